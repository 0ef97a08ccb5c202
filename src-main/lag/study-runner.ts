/**
 * Runs a study: source, growth, probes, decision, continuation. Every step looks at the history first and does
 * only what is missing, so the same call starts a study, resumes it after any interruption, and does nothing to
 * a finished one.
 */
import { createHash } from 'node:crypto';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { RunRecord, StudyState } from '../contract/records.ts';
import { grow } from '../growth/grow.ts';
import type { History } from '../history/history.ts';
import { initialParameters } from '../model/parameter-layout.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import { checkpointFileName, readCheckpoint } from '../training/checkpoint-file.ts';
import { makeDecision, pastDecision } from './make-decision.ts';
import { removeOrphanCheckpoints } from './orphan-checkpoints.ts';
import type { RunEnvironment } from './run-executor.ts';
import { deleteCheckpointFiles, executeRun, isUsable, usableCheckpoint } from './run-executor.ts';
import type { PlannedRun, StudyPlan } from './study-plan.ts';
import { candidateId, plannedFlops } from './study-plan.ts';

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
  private readonly report: (progress: StudyProgress) => void;
  private readonly steps = new Map<string, number>();
  /** Step up to which a run is over, whether it got there or not. */
  private readonly over = new Map<string, number>();
  /** Stops the other runs when one cannot go on. */
  private readonly stop = new AbortController();
  private phase: StudyProgress['phase'] = 'source';
  private planned: PlannedRun[] = [];

  constructor({ plan, environment, trainers, onProgress }: StudyRunnerOptions) {
    this.plan = plan;
    this.trainers = trainers;
    this.report = onProgress;
    this.environment = {
      ...environment,
      signal: AbortSignal.any([environment.signal, this.stop.signal]),
      onProgress: (runId, step) => {
        this.steps.set(runId, step);
        this.tell(runId, step);
      },
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
    this.planned = this.distinct([plan.source, ...plan.decisionRuns, ...ahead]);
    this.recallPastRuns([plan.source, ...ahead]);
    await this.trainSource();

    this.phase = 'probing';
    if (!past) await this.execute(plan.decisionRuns);
    const { strategy } = past ?? makeDecision(plan, history);

    this.phase = 'continuing';
    this.planned = this.distinct([plan.source, ...plan.decisionRuns, ...after(strategy)]);
    await this.execute(after(strategy));
    if (!isAudit) this.requireTrained(strategy, chosenRun(strategy));
    if (plan.spec.keepCheckpoints === 'chosen') this.dropOtherCheckpoints(chosenRun(strategy).id);
    this.phase = 'finished';
    this.tell(null, 0);
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

  /** The longest plan of each run: a run that first stops at the lag and later goes on counts once. */
  private distinct(runs: readonly PlannedRun[]): PlannedRun[] {
    const longest = new Map<string, PlannedRun>();
    for (const run of runs)
      if (!((longest.get(run.id)?.untilStep ?? -1) >= run.untilStep)) longest.set(run.id, run);
    return [...longest.values()];
  }

  private tell(runId: string | null, step: number): void {
    const { spec } = this.plan;
    const share = (run: PlannedRun): number =>
      (this.over.get(run.id) ?? -1) >= run.untilStep
        ? 1
        : Math.min(1, (this.steps.get(run.id) ?? 0) / Math.max(1, run.untilStep));
    this.report({
      phase: this.phase,
      runsDone: this.planned.filter((run) => (this.over.get(run.id) ?? -1) >= run.untilStep).length,
      runsTotal: this.planned.length,
      flopsDone: this.planned.reduce((sum, run) => sum + share(run) * plannedFlops(run, spec), 0),
      flopsTotal: this.planned.reduce((sum, run) => sum + plannedFlops(run, spec), 0),
      runId,
      step,
    });
  }

  /**
   * A run still ahead that was cut off, or that failed before, may have met a passing trouble: it gets another
   * try. What a decision rests on stays as it was.
   */
  private recallPastRuns(ahead: readonly PlannedRun[]): void {
    const isAhead = new Set(ahead.map((run) => run.id));
    for (const run of this.history.listRuns(this.plan.studyId)) {
      this.steps.set(run.id, run.stepsDone);
      if (!isAhead.has(run.id)) this.over.set(run.id, run.stepsPlanned);
      else if (run.state === 'running' || run.state === 'failed')
        this.history.updateRun(run.id, { state: 'waiting', reason: null });
    }
  }

  private async perform(run: PlannedRun, makeStart: () => CheckpointContent): Promise<RunRecord> {
    const record = await executeRun(run, makeStart, this.environment);
    this.steps.set(run.id, record.stepsDone);
    this.over.set(run.id, run.untilStep);
    this.tell(run.id, record.stepsDone);
    return record;
  }

  private async trainSource(): Promise<void> {
    const { plan, history, environment } = this;
    const key = this.sourceKey();
    if (!this.knownRun(plan.source.id)) {
      const trained = history.findSourceRun(key);
      if (trained && isUsable(environment.checkpointFolder, trained.checkpoint)) {
        this.reuseSource(trained.run, trained.checkpoint.hash, trained.checkpoint.bytes, key);
        return;
      }
      this.createRun(plan.source, null, key);
    }
    let record = await this.perform(plan.source, () => this.initialSource());
    if (record.state === 'finished' && !usableCheckpoint(plan.source, this.environment)) {
      history.updateRun(plan.source.id, { state: 'waiting', stepsDone: 0, seconds: 0, flops: 0 });
      record = await this.perform(plan.source, () => this.initialSource());
    }
    if (record.state !== 'finished')
      throw new EspalierError(
        'failed',
        `the source model could not be trained: ${record.reason ?? record.state}`,
        {
          hint: 'Lower source.recipe.learningRate, or look at the events of the study.',
        },
      );
  }

  /** All that determines the trained source, and where the same bytes are promised. */
  private sourceKey(): string {
    const { plan, environment } = this;
    const content = {
      version: 1,
      architecture: plan.sourceArchitecture,
      dataset: environment.dataset.contentHash,
      steps: plan.source.untilStep,
      recipe: plan.source.recipe,
      seed: plan.spec.seed,
      evaluation: { ...environment.evaluation, steps: plan.source.evaluationSteps },
      divergenceLoss: environment.divergenceLoss,
      device: environment.compute.device,
    };
    return createHash('sha256').update(JSON.stringify(content)).digest('hex');
  }

  private initialSource(): CheckpointContent {
    const { sourceArchitecture, spec } = this.plan;
    const parameters = initialParameters(sourceArchitecture, spec.seed);
    return {
      architecture: sourceArchitecture,
      step: 0,
      parameters,
      momentM: null,
      momentV: null,
      lineage: null,
      extra: {},
    };
  }

  /** A source that another study trained becomes this study's own, so that either may be removed. */
  private reuseSource(trained: RunRecord, hash: string, bytes: number, sourceKey: string): void {
    const { plan, history } = this;
    const runId = plan.source.id;
    const evaluations = history.listEvaluations(trained.id);
    history.transaction(() => {
      history.createRun({ ...trained, id: runId, studyId: plan.studyId, attempts: 0 }, { sourceKey });
      history.recordEvaluations(evaluations.map((evaluation) => ({ ...evaluation, runId })));
      history.addCheckpoint({ hash, bytes, runId, step: trained.stepsDone, kind: 'final' });
      history.addEvent({
        studyId: plan.studyId,
        runId,
        kind: 'source-reused',
        message: `the source was trained before (study ${trained.studyId}); it is used again`,
      });
    });
    this.steps.set(runId, trained.stepsDone);
    this.over.set(runId, trained.stepsDone);
    this.tell(runId, trained.stepsDone);
  }

  private knownRun(id: string): RunRecord | undefined {
    return this.history.listRuns(this.plan.studyId).find((run) => run.id === id);
  }

  private createRun(run: PlannedRun, owner: string | null, sourceKey?: string): void {
    this.history.createRun(
      {
        id: run.id,
        studyId: this.plan.studyId,
        candidateId: owner,
        kind: run.kind,
        state: 'waiting',
        stepsPlanned: run.untilStep,
        stepsDone: 0,
        attempts: 0,
        seconds: 0,
        flops: 0,
        architecture: run.architecture,
        device: '',
        reason: null,
      },
      sourceKey === undefined ? {} : { sourceKey },
    );
  }

  /** Runs the given runs, `trainers` at a time, in order. The first error (none of a single run) stops all. */
  private async execute(runs: readonly PlannedRun[]): Promise<void> {
    const { plan, history } = this;
    const known = new Set(history.listRuns(plan.studyId).map((run) => run.id));
    history.transaction(() => {
      for (const run of runs)
        if (!known.has(run.id))
          this.createRun(run, candidateId(plan.studyId, plan.poolPlan, run.candidate!, run.repeat));
    });
    const source = this.loadSource();
    const waiting = [...runs];
    let stopped: unknown = null;
    const worker = async (): Promise<void> => {
      for (let run = waiting.shift(); run; run = waiting.shift()) {
        const next = run;
        try {
          await this.perform(next, () => this.growingPoint(next, source()));
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
