/**
 * Runs a study: source, growth, probes, decision, continuation. Every step looks at the history first and does
 * only what is missing, so the same call starts a study, resumes it after any interruption, and does nothing to
 * a finished one.
 */
import { EspalierError } from '../contract/errors.ts';
import type { History } from '../history/history.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import type { ChoiceCandidate, ChoiceSite } from './choose.ts';
import { choose, pastDecision } from './choose.ts';
import { conductStudy } from './conduct-study.ts';
import { growingPointOf, lastCheckpointOf } from './growing-point.ts';
import type { RunEnvironment } from './run-executor.ts';
import { deleteCheckpointFiles } from './run-executor.ts';
import { RunGroup, type RunTask } from './run-group.ts';
import { provideSource } from './source-model.ts';
import type { PlannedRun, StudyPlan } from './study-plan.ts';
import { candidateId } from './study-plan.ts';
import type { StudyProgress } from './study-progress.ts';
import { ProgressMeter } from './study-progress.ts';

export type { StudyProgress };

export interface StudyRunnerOptions {
  readonly plan: StudyPlan;
  readonly environment: Omit<RunEnvironment, 'onProgress'>;
  /** Runs side by side. */
  readonly trainers: number;
  readonly onProgress: (progress: StudyProgress) => void;
}

/**
 * Runs, resumes or leaves alone; the history must be open for writing.
 * @throws EspalierError `interrupted` when the signal fired, `refused` when the device is not there, `failed` when
 *   the source, every candidate or the chosen one could not be trained
 */
export function runStudy(options: StudyRunnerOptions): Promise<void> {
  return conductStudy(
    options.environment,
    async () => `chosen: ${await new StudyRunner(options).toTheEnd()}`,
  );
}

class StudyRunner {
  private readonly plan: StudyPlan;
  private readonly environment: RunEnvironment;
  private readonly group: RunGroup;
  private readonly progress: ProgressMeter;
  private loadSource: (() => CheckpointContent) | null = null;

  constructor({ plan, environment, trainers, onProgress }: StudyRunnerOptions) {
    this.plan = plan;
    this.progress = new ProgressMeter(plan.spec, onProgress);
    this.environment = {
      ...environment,
      onProgress: (runId, step) => this.progress.move(runId, step),
    };
    this.group = new RunGroup(this.environment, trainers, (run, { stepsDone }) =>
      this.progress.end(run.id, stepsDone, run.untilStep),
    );
  }

  private get history(): History {
    return this.environment.history;
  }

  /** @returns name of the chosen strategy */
  async toTheEnd(): Promise<string> {
    const { plan, history, group } = this;
    const full = plan.poolPlan.candidates.map((_, index) => plan.fullRun(index));
    const isAudit = plan.spec.mode === 'audit';
    const chosenRun = (chosen: string): PlannedRun =>
      full[plan.poolPlan.candidates.findIndex(({ strategy }) => strategy.name === chosen)]!;
    const after = (chosen: string): PlannedRun[] =>
      isAudit ? [...full, ...plan.extraProbes] : [chosenRun(chosen)];

    const site = this.choiceSite();
    const past = pastDecision(site, history);
    const ahead = past
      ? after(past.strategy)
      : [...plan.decisionRuns, ...(isAudit ? [...full, ...plan.extraProbes] : [])];
    // Before the decision any one candidate stands in for the chosen one: their costs are equal.
    const standIn = past || isAudit ? [] : full.slice(0, 1);
    this.progress.plan([plan.source, ...plan.decisionRuns, ...ahead, ...standIn]);
    this.recallPastRuns([plan.source, ...ahead]);
    const source = await provideSource(
      { studyId: plan.studyId, seed: plan.spec.seed, run: plan.source },
      group.runEnvironment,
    );
    this.progress.end(source.id, source.stepsDone, plan.source.untilStep);

    this.progress.enter('probing');
    const { strategy } = await choose(site, history, (tasks) => group.execute(tasks), this.runsAlongside());

    this.progress.enter('continuing');
    this.progress.plan([plan.source, ...plan.decisionRuns, ...after(strategy)]);
    await group.execute(after(strategy).map((run) => this.taskOf(run)));
    if (!isAudit) this.requireTrained(strategy, chosenRun(strategy));
    if (plan.spec.keepCheckpoints === 'chosen') this.dropOtherCheckpoints(chosenRun(strategy).id);
    this.progress.enter('finished');
    return strategy;
  }

  private choiceSite(): ChoiceSite {
    const { plan } = this;
    const { decision, seed, horizon, mode } = plan.spec;
    const repeats = plan.decisionRuns.filter(({ repeat }) => repeat > 0);
    return {
      studyId: plan.studyId,
      policy: '',
      growingPoint: 0,
      rule: decision,
      seed,
      horizon,
      evaluationSteps: plan.fullRun(0).evaluationSteps,
      candidates: plan.poolPlan.candidates.map(({ strategy, isControl }, index): ChoiceCandidate => {
        const full = plan.fullRun(index);
        const probe = plan.decisionRuns.find((run) => run.candidate === index && run.repeat === 0)!;
        return {
          candidateId: candidateId(plan.studyId, plan.poolPlan, index, 0),
          strategy: strategy.name,
          position: index,
          isControl,
          // An audit trains everything to the horizon anyway; the procedure sees what it asked for.
          task: (schedule, untilStep) =>
            this.taskOf(schedule === 'cooldown' ? probe : mode === 'audit' ? full : { ...full, untilStep }),
          repeats: repeats.filter((run) => run.candidate === index).map((run) => this.taskOf(run)),
        };
      }),
    };
  }

  /** What the decision does not ask for but shows: controls, trained as far as it may look, and paired repeats. */
  private runsAlongside(): RunTask[] {
    const { decisionRuns, poolPlan } = this.plan;
    return decisionRuns
      .filter((run) => run.repeat > 0 || poolPlan.candidates[run.candidate!]!.isControl)
      .map((run) => this.taskOf(run));
  }

  /** A study that is to deliver a model has failed without one. An audit reports the loss of its choice instead. */
  private requireTrained(strategy: string, { id }: PlannedRun): void {
    const { state, reason } = this.history.getRun(id);
    if (state === 'finished') return;
    throw new EspalierError(
      'failed',
      `the chosen strategy ${strategy} could not be trained to the end: ${reason ?? state}`,
      {
        hint:
          state === 'diverged'
            ? 'Lower recipe.learningRate, or raise decision.lag so that the choice sees more of the training.'
            : 'Run the study again: it goes on from the last checkpoint.',
      },
    );
  }

  /**
   * A run still ahead that was cut off, or that failed before, may have met a passing trouble: it gets another
   * try. What a decision rests on stays as it was.
   */
  private recallPastRuns(ahead: readonly PlannedRun[]): void {
    const isAhead = new Set(ahead.map((run) => run.id));
    for (const run of this.history.listRuns(this.plan.studyId)) {
      if (!isAhead.has(run.id)) this.progress.end(run.id, run.stepsDone, run.stepsPlanned);
      else this.progress.move(run.id, run.stepsDone);
      if (isAhead.has(run.id) && (run.state === 'running' || run.state === 'failed'))
        this.history.updateRun(run.id, { state: 'waiting', reason: null });
    }
  }

  private taskOf(run: PlannedRun): RunTask {
    const { plan } = this;
    const { strategy } = plan.poolPlan.candidates[run.candidate!]!;
    return {
      run,
      candidateId: candidateId(plan.studyId, plan.poolPlan, run.candidate!, run.repeat),
      makeStart: () =>
        growingPointOf(this.source(), {
          strategy,
          targetLayers: plan.targetArchitecture.layers,
          seed: plan.spec.seed,
          repeat: run.repeat,
        }),
    };
  }

  private readonly source = (): CheckpointContent => {
    this.loadSource ??= lastCheckpointOf(
      this.plan.source.id,
      this.history,
      this.environment.checkpointFolder,
    );
    return this.loadSource();
  };

  /** Keeps the source and the chosen model; the others can be computed again. */
  private dropOtherCheckpoints(chosenRunId: string): void {
    const { plan, history, environment } = this;
    const unused = history.transaction(() =>
      history
        .listRuns(plan.studyId)
        .filter((run) => run.id !== chosenRunId && run.kind !== 'source')
        .flatMap((run) => history.listCheckpoints(run.id))
        .map((checkpoint) => history.deleteCheckpoint(checkpoint))
        .filter((hash) => hash !== null),
    );
    deleteCheckpointFiles(environment.checkpointFolder, unused);
  }
}
