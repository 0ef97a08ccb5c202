/**
 * Runs a study: source, growth, probes, decision, continuation. Every step looks at the history first and does
 * only what is missing, so the same call starts a study, resumes it after any interruption, and does nothing to
 * a finished one.
 */
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { StudyState } from '../contract/records.ts';
import { grow } from '../growth/grow.ts';
import type { History } from '../history/history.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import { checkpointFileName, readCheckpoint } from '../training/checkpoint-file.ts';
import { makeDecision, pastDecision } from './make-decision.ts';
import { removeOrphanCheckpoints } from './orphan-checkpoints.ts';
import type { RunEnvironment } from './run-executor.ts';
import { createRun, deleteCheckpointFiles, executeRun } from './run-executor.ts';
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
export async function runStudy(options: StudyRunnerOptions): Promise<void> {
  const { plan, environment } = options;
  const { history, checkpointFolder } = environment;
  const { studyId } = plan;
  if (history.getStudy(studyId).state === 'finished') return;
  removeOrphanCheckpoints(checkpointFolder, history);
  history.updateStudyState(studyId, 'running');
  try {
    const chosen = await new StudyRunner(options).toTheEnd();
    history.transaction(() => {
      history.addEvent({
        studyId,
        runId: null,
        kind: 'study-finished',
        message: `finished; chosen: ${chosen}`,
      });
      history.updateStudyState(studyId, 'finished');
    });
  } catch (error) {
    const isInterrupted = error instanceof EspalierError && error.code === 'interrupted';
    noteEnd(history, studyId, isInterrupted ? 'interrupted' : 'failed', messageOf(error));
    throw error;
  }
  removeOrphanCheckpoints(checkpointFolder, history);
}

/** A full disk must not hide why the study stopped. */
function noteEnd(history: History, studyId: string, state: StudyState, reason: string): void {
  try {
    history.updateStudyState(studyId, state, reason);
  } catch (error) {
    process.emitWarning(`study ${studyId} could not be marked as ${state}: ${messageOf(error)}`);
  }
}

class StudyRunner {
  private readonly plan: StudyPlan;
  private readonly environment: RunEnvironment;
  private readonly trainers: number;
  private readonly progress: ProgressMeter;
  /** Stops the other runs when one cannot go on. */
  private readonly stop = new AbortController();

  constructor({ plan, environment, trainers, onProgress }: StudyRunnerOptions) {
    this.plan = plan;
    this.trainers = trainers;
    this.progress = new ProgressMeter(plan.spec, onProgress);
    this.environment = {
      ...environment,
      signal: AbortSignal.any([environment.signal, this.stop.signal]),
      onProgress: (runId, step) => this.progress.move(runId, step),
    };
  }

  private get history(): History {
    return this.environment.history;
  }

  /** @returns name of the chosen strategy */
  async toTheEnd(): Promise<string> {
    const { plan, history } = this;
    const full = plan.poolPlan.candidates.map((_, index) => plan.fullRun(index));
    const isAudit = plan.spec.mode === 'audit';
    const chosenRun = (chosen: string): PlannedRun =>
      full[plan.poolPlan.candidates.findIndex(({ strategy }) => strategy.name === chosen)]!;
    const after = (chosen: string): PlannedRun[] => (isAudit ? full : [chosenRun(chosen)]);

    const past = pastDecision(plan, history);
    const ahead = past ? after(past.strategy) : [...plan.decisionRuns, ...(isAudit ? full : [])];
    // Before the decision any one candidate stands in for the chosen one: their costs are equal.
    const standIn = past || isAudit ? [] : full.slice(0, 1);
    this.progress.plan([plan.source, ...plan.decisionRuns, ...ahead, ...standIn]);
    this.recallPastRuns([plan.source, ...ahead]);
    const source = await provideSource(plan, this.environment);
    this.progress.end(source.id, source.stepsDone, plan.source.untilStep);

    this.progress.enter('probing');
    if (!past) await this.execute(plan.decisionRuns);
    const { strategy } = past ?? makeDecision(plan, history);

    this.progress.enter('continuing');
    this.progress.plan([plan.source, ...plan.decisionRuns, ...after(strategy)]);
    await this.execute(after(strategy));
    if (!isAudit) this.requireTrained(strategy, chosenRun(strategy));
    if (plan.spec.keepCheckpoints === 'chosen') this.dropOtherCheckpoints(chosenRun(strategy).id);
    this.progress.enter('finished');
    return strategy;
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

  /** Runs the given runs, `trainers` at a time, in order. The first error (none of a single run) stops all. */
  private async execute(runs: readonly PlannedRun[]): Promise<void> {
    const { plan, history, environment } = this;
    const known = new Set(history.listRuns(plan.studyId).map((run) => run.id));
    history.transaction(() => {
      for (const run of runs)
        if (!known.has(run.id))
          createRun(run, candidateId(plan.studyId, plan.poolPlan, run.candidate!, run.repeat), environment);
    });
    const source = this.loadSource();
    const waiting = [...runs];
    let stopped: unknown = null;
    const worker = async (): Promise<void> => {
      for (let run = waiting.shift(); run; run = waiting.shift()) {
        const next = run;
        try {
          const { stepsDone } = await executeRun(next, () => this.growingPoint(next, source()), environment);
          this.progress.end(next.id, stepsDone, next.untilStep);
        } catch (error) {
          stopped ??= error;
          waiting.length = 0;
          this.stop.abort();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.trainers, runs.length) }, worker));
    if (stopped !== null) throw stopped;
  }

  /** Reads the trained source once, when the first candidate is grown. */
  private loadSource(): () => CheckpointContent {
    let content: CheckpointContent | null = null;
    return () => {
      const checkpoint = this.history.latestCheckpoint(this.plan.source.id);
      if (!checkpoint)
        throw new EspalierError('failed', `run ${this.plan.source.id} has no checkpoint to grow from`);
      const path = `${this.environment.checkpointFolder}/${checkpointFileName(checkpoint.hash)}`;
      content ??= readCheckpoint(path, { verifyHash: checkpoint.hash });
      return content;
    };
  }

  private growingPoint(run: PlannedRun, source: CheckpointContent): CheckpointContent {
    const { plan } = this;
    const { strategy } = plan.poolPlan.candidates[run.candidate!]!;
    const { momentM, momentV } = source;
    const grown = grow({
      source: {
        architecture: source.architecture,
        parameters: source.parameters,
        moments: momentM && momentV ? { m: momentM, v: momentV } : null,
      },
      targetLayers: plan.targetArchitecture.layers,
      strategy,
      seed: plan.spec.seed,
      repeat: run.repeat,
    });
    const { architecture, parameters, lineage } = grown;
    const copies = 'moments' in strategy && strategy.moments === 'copy';
    return {
      architecture,
      step: 0,
      parameters,
      momentM: copies ? grown.momentM : null,
      momentV: copies ? grown.momentV : null,
      lineage,
      extra: { strategy: JSON.stringify(strategy) },
    };
  }

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
