/** How far a study is, in runs and FLOPs. */
import type { StudySpec } from '../contract/study.ts';
import type { PlannedRun } from './study-plan.ts';
import { plannedFlops } from './study-plan.ts';

/** Where a study stands; FLOPs are planned work, evaluations included. */
export interface StudyProgress {
  readonly phase: 'source' | 'probing' | 'continuing' | 'finished';
  readonly runsDone: number;
  readonly runsTotal: number;
  readonly flopsDone: number;
  readonly flopsTotal: number;
  /** Run and step that moved last. */
  readonly runId: string | null;
  readonly step: number;
}

export class ProgressMeter {
  private readonly spec: Pick<StudySpec, 'evaluation'>;
  private readonly report: (progress: StudyProgress) => void;
  private readonly steps = new Map<string, number>();
  /** Step up to which a run is over, whether it got there or not. */
  private readonly over = new Map<string, number>();
  private phase: StudyProgress['phase'] = 'source';
  private planned: readonly PlannedRun[] = [];

  constructor(spec: Pick<StudySpec, 'evaluation'>, report: (progress: StudyProgress) => void) {
    this.spec = spec;
    this.report = report;
  }

  /** Runs may repeat: one that first stops at the lag and later goes on counts once, by its longest plan. */
  plan(runs: readonly PlannedRun[]): void {
    const longest = new Map<string, PlannedRun>();
    for (const run of runs)
      if (!((longest.get(run.id)?.untilStep ?? -1) >= run.untilStep)) longest.set(run.id, run);
    this.planned = [...longest.values()];
  }

  enter(phase: StudyProgress['phase']): void {
    this.phase = phase;
    if (phase === 'finished') this.tell(null, 0);
  }

  move(runId: string, step: number): void {
    this.steps.set(runId, step);
    this.tell(runId, step);
  }

  /** The run will do no more before `untilStep`. */
  end(runId: string, step: number, untilStep: number): void {
    this.over.set(runId, untilStep);
    this.move(runId, step);
  }

  private tell(runId: string | null, step: number): void {
    const sum = (flopsOf: (run: PlannedRun) => number): number =>
      this.planned.reduce((total, run) => total + flopsOf(run), 0);
    this.report({
      phase: this.phase,
      runsDone: this.planned.filter((run) => this.isOver(run)).length,
      runsTotal: this.planned.length,
      flopsDone: sum((run) => this.flopsDone(run)),
      flopsTotal: sum((run) => plannedFlops(run, this.spec)),
      runId,
      step,
    });
  }

  private isOver(run: PlannedRun): boolean {
    return (this.over.get(run.id) ?? -1) >= run.untilStep;
  }

  private flopsDone(run: PlannedRun): number {
    if (this.isOver(run)) return plannedFlops(run, this.spec);
    const step = this.steps.get(run.id) ?? 0;
    if (step === 0 && !this.over.has(run.id)) return 0;
    return plannedFlops({ ...run, untilStep: Math.min(step, run.untilStep) }, this.spec);
  }
}
