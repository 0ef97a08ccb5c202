/**
 * How far running work has come. A run's record says so when it stops; while it goes on, its last evaluation does.
 * Seconds stay those of the record: evaluations of an analysis carry none. Pure.
 */
import type { CurvePoint, StudyAnalysis } from '../../contract/analysis.ts';
import type { RunRecord, RunState } from '../../contract/records.ts';
import type { GrowingPointAnalysis } from '../../contract/stacking-analysis.ts';
import type { Spent } from '../../contract/window/timeline.ts';

/** What a run has spent, at least until its last evaluation. */
export function spentSoFar(
  spent: Spent,
  {
    state,
    curve,
    flopsPerStep,
  }: {
    readonly state: RunState;
    readonly curve: readonly CurvePoint[];
    readonly flopsPerStep: number;
  },
): Spent {
  const steps = curve.at(-1)?.step ?? 0;
  return state === 'running' && steps > spent.steps
    ? { ...spent, steps, flops: steps * flopsPerStep }
    : spent;
}

/** What a search has spent, at least until the last evaluations of its probes. */
export function searchSoFar(point: GrowingPointAnalysis, flopsPerStep: number): Spent {
  const { probes, searchFlops, searchSteps, searchSeconds } = point;
  const measured = probes.reduce((sum, { curve }) => sum + (curve.at(-1)?.step ?? 0), 0);
  const isRunning = probes.some(({ state }) => state === 'running');
  const more = isRunning ? Math.max(0, measured - searchSteps) : 0;
  return { flops: searchFlops + more * flopsPerStep, steps: searchSteps + more, seconds: searchSeconds };
}

/** The runs of candidates as far as they were measured. */
export function runsSoFar(
  { id, candidates, target }: StudyAnalysis,
  runs: readonly RunRecord[],
): RunRecord[] {
  const byId = new Map(candidates.map((candidate) => [`${id}/${candidate.strategy}`, candidate]));
  return runs.map((run) => {
    const candidate = run.candidateId === null ? undefined : byId.get(run.candidateId);
    if (!candidate) return run;
    const { steps, flops } = spentSoFar(
      { steps: run.stepsDone, flops: run.flops, seconds: run.seconds },
      {
        state: run.state,
        curve: run.kind === 'probe' ? candidate.probeCurve : candidate.fullCurve,
        flopsPerStep: target.flopsPerStep,
      },
    );
    return { ...run, stepsDone: steps, flops };
  });
}
