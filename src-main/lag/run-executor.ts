/**
 * Executes one planned run: makes its growing point, hands a job to the trainer pool, commits what comes back,
 * and goes on from the last checkpoint after a crash. Running it again after any interruption completes it.
 */
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EspalierError, messageOf, outOfMemory, saysOutOfMemory } from '../contract/errors.ts';
import type { TrainerEvent, TrainerJob, UnplacedJob } from '../contract/job.ts';
import type { JobMetric, PreparedMetric } from '../contract/metrics.ts';
import type { CheckpointRecord, RunRecord } from '../contract/records.ts';
import { metricFileName } from '../data/metric-file.ts';
import type { History } from '../history/history.ts';
import { trainingFlopsPerStep } from '../model/flops.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import { checkpointFileName, readCheckpoint, writeCheckpoint } from '../training/checkpoint-file.ts';
import type { TrainerPool } from '../training/trainer-pool.ts';
import { TrainerCrash } from '../training/trainer-pool.ts';
import type { PlannedRun } from './study-plan.ts';

export interface RunEnvironment {
  readonly history: History;
  readonly pool: TrainerPool;
  readonly studyId: string;
  readonly dataset: TrainerJob['dataset'];
  readonly checkpointFolder: string;
  readonly checkpointSeconds: number;
  readonly evaluation: {
    readonly batchCount: number;
    readonly batchSize: number;
    /** Their files lie beside the dataset's. */
    readonly metrics?: readonly PreparedMetric[];
  };
  readonly divergenceLoss: number;
  /** Program, runtime and platform: the same bytes are promised where it is equal. */
  readonly program: string;
  readonly signal: AbortSignal;
  /** Called after every committed event of any run. */
  readonly onProgress: (runId: string, step: number) => void;
}

/** Crashes without progress that a run may have before it counts as failed. */
const RETRIES = 1;

/**
 * Trains `run` to its end and returns its record: finished, diverged or failed.
 * @throws EspalierError `interrupted` when the signal fired, `refused` when the device is not there
 */
export async function executeRun(
  run: PlannedRun,
  makeStart: () => CheckpointContent,
  environment: RunEnvironment,
): Promise<RunRecord> {
  const { history, signal } = environment;
  const isInCompany = environment.pool.together > 1;
  let crashes = 0;
  for (;;) {
    const record = history.getRun(run.id);
    if (isOver(record, run, history.latestCheckpoint(run.id))) return settle(run, environment);
    if (signal.aborted) throw interrupted();
    const checkpoint = usableCheckpoint(run, environment) ?? addStart(run, makeStart(), environment);
    const origin = originOf(run, checkpoint, makeStart, environment);
    history.updateRun(run.id, {
      state: 'running',
      attempts: record.attempts + 1,
      stepsPlanned: run.untilStep,
    });
    // In one graph with others a run may round otherwise than beside those of the last attempt.
    if (isInCompany) forgetSince(checkpoint, environment);
    const outcome = await attempt(run, { checkpoint, origin }, environment);
    if (outcome === 'interrupted') {
      history.updateRun(run.id, { state: 'waiting' });
      throw interrupted();
    }
    if (outcome === 'ended') continue;
    const progressed = (history.latestCheckpoint(run.id)?.step ?? 0) > checkpoint.step;
    crashes = progressed ? 1 : crashes + 1;
    const message = outcome.message;
    if (crashes > RETRIES && saysOutOfMemory(message)) {
      history.updateRun(run.id, { state: 'waiting' });
      throw outOfMemory(message, outcome);
    }
    if (crashes > RETRIES) return fail(run, environment, message);
    history.addEvent({
      studyId: environment.studyId,
      runId: run.id,
      kind: 'run-retried',
      message: `${run.id}: ${message}; it goes on from step ${history.latestCheckpoint(run.id)?.step ?? 0}${isInCompany ? '' : ' with the same numbers'}`,
    });
  }
}

/** Adds a run to the history before anything of it is done. `owner` is the candidate's id, null for the source. */
export function createRun(
  run: PlannedRun,
  owner: string | null,
  { history, studyId }: RunEnvironment,
  sourceKey?: string,
): void {
  history.createRun(
    {
      id: run.id,
      studyId,
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
      computeDevice: null,
      reason: null,
      peakMemoryBytes: null,
    },
    sourceKey === undefined ? {} : { sourceKey },
  );
}

function interrupted(): EspalierError {
  return new EspalierError('interrupted', 'the study was stopped');
}

function isOver(record: RunRecord, run: PlannedRun, latest: CheckpointRecord | null): boolean {
  if (record.state === 'diverged' || record.state === 'failed') return true;
  if (record.state === 'finished' && record.stepsDone >= run.untilStep) return true;
  return latest?.kind === 'final' && latest.step >= run.untilStep;
}

/**
 * The checkpoint a run goes on from. One whose file is gone or damaged is forgotten, so that the run is computed
 * again from what is left: it gives the same numbers. Null when nothing is left.
 */
export function usableCheckpoint(
  { id }: PlannedRun,
  { history, studyId, checkpointFolder }: RunEnvironment,
): CheckpointRecord | null {
  for (;;) {
    const latest = history.latestCheckpoint(id);
    if (!latest) return null;
    const problem = findProblem(checkpointFolder, latest);
    if (problem === null) return latest;
    history.transaction(() => {
      history.deleteCheckpoint(latest);
      const message = `${id}: ${problem}; what was lost since step ${history.latestCheckpoint(id)?.step ?? 0} is computed again`;
      history.addEvent({ studyId, runId: id, kind: 'checkpoint-lost', message });
    });
  }
}

export const isUsable = (folder: string, checkpoint: CheckpointRecord): boolean =>
  findProblem(folder, checkpoint) === null;

/** Why a checkpoint cannot be used; null when it can. */
function findProblem(folder: string, { hash, step }: CheckpointRecord): string | null {
  const path = join(folder, checkpointFileName(hash));
  if (!existsSync(path)) return `the file of its checkpoint at step ${step} is gone (${path})`;
  try {
    readCheckpoint(path, { verifyHash: hash });
    return null;
  } catch (error) {
    return `its checkpoint at step ${step} cannot be used: ${messageOf(error)}`;
  }
}

/** Marks a run that reached its end as finished (a kill may have come between checkpoint and mark). */
function settle(run: PlannedRun, { history }: RunEnvironment): RunRecord {
  const record = history.getRun(run.id);
  if (record.state === 'diverged' || record.state === 'failed' || record.state === 'finished') return record;
  return history.updateRun(run.id, { state: 'finished' });
}

function fail(run: PlannedRun, environment: RunEnvironment, reason: string): RunRecord {
  const { history, studyId } = environment;
  return history.transaction(() => {
    history.addEvent({ studyId, runId: run.id, kind: 'run-failed', message: `${run.id}: ${reason}` });
    return history.updateRun(run.id, { state: 'failed', reason });
  });
}

/** Writes the growing point (or the initial model) and remembers it. */
function addStart(
  run: PlannedRun,
  content: CheckpointContent,
  environment: RunEnvironment,
): CheckpointRecord {
  const { hash, bytes } = writeCheckpoint(environment.checkpointFolder, content);
  const checkpoint: CheckpointRecord = { hash, bytes, runId: run.id, step: 0, kind: 'start' };
  environment.history.addCheckpoint(checkpoint);
  return checkpoint;
}

/**
 * The step-0 checkpoint, from which the run's weight distances are measured. It is kept until the run is over; if
 * it is gone (a run that ended and goes on, a lost file) it is made again, and is the same by its hash.
 */
function originOf(
  run: PlannedRun,
  checkpoint: CheckpointRecord,
  makeStart: () => CheckpointContent,
  environment: RunEnvironment,
): CheckpointRecord {
  if (checkpoint.step === 0) return checkpoint;
  const kept = environment.history.listCheckpoints(run.id).find(({ kind }) => kind === 'start');
  if (kept && isUsable(environment.checkpointFolder, kept)) return kept;
  return addStart(run, makeStart(), environment);
}

/** Where an attempt begins, and from where it measures. */
interface AttemptFiles {
  readonly checkpoint: CheckpointRecord;
  readonly origin: CheckpointRecord;
}

function jobOf(
  run: PlannedRun,
  { checkpoint, origin }: AttemptFiles,
  environment: RunEnvironment,
): UnplacedJob {
  const pathOf = ({ hash }: CheckpointRecord): string =>
    join(environment.checkpointFolder, checkpointFileName(hash));
  const { metrics = [], ...sizes } = environment.evaluation;
  const datasets = dirname(environment.dataset.path);
  const withPath = (metric: PreparedMetric): JobMetric => ({
    ...metric,
    path: join(datasets, metricFileName(metric.contentHash)),
  });
  return {
    runId: run.id,
    architecture: run.architecture,
    dataset: environment.dataset,
    start: { path: pathOf(checkpoint), hash: checkpoint.hash, step: checkpoint.step },
    origin: { path: pathOf(origin), hash: origin.hash },
    recipe: run.recipe,
    scheduleSteps: run.scheduleSteps,
    untilStep: run.untilStep,
    batchSeed: run.batchSeed,
    firstBatch: run.firstBatch,
    adamStepOffset: run.adamStepOffset,
    evaluation: {
      ...sizes,
      steps: run.evaluationSteps,
      ...(metrics.length === 0 ? {} : { metrics: metrics.map(withPath) }),
    },
    checkpointFolder: environment.checkpointFolder,
    checkpointSeconds: environment.checkpointSeconds,
    divergenceLoss: environment.divergenceLoss,
    secondsBefore: checkpoint.step === 0 ? 0 : environment.history.getRun(run.id).seconds,
  };
}

async function attempt(
  run: PlannedRun,
  files: AttemptFiles,
  environment: RunEnvironment,
): Promise<'ended' | 'interrupted' | TrainerCrash> {
  const { history, pool, signal } = environment;
  let outcome: 'ended' | 'interrupted' = 'ended';
  let refusal: EspalierError | null = null;
  const onEvent = (event: TrainerEvent): void => {
    if (event.kind === 'cancelled') outcome = 'interrupted';
    else if (event.kind === 'failed') {
      if (event.code === 'failed') fail(run, environment, event.message);
      else refusal = new EspalierError(event.code, event.message, event.hint ? { hint: event.hint } : {});
    } else commit(run, event, files.checkpoint, environment);
    if ('step' in event) environment.onProgress(run.id, event.step);
  };
  try {
    // A run stays on the kind of device that it began on; all candidates grow from one source, wherever they train.
    const only =
      history.getRun(run.id).computeDevice ?? (run.kind === 'source' ? pool.firstCompute.device : null);
    await pool.run(jobOf(run, files, environment), onEvent, signal, only);
  } catch (error) {
    if (!(error instanceof TrainerCrash)) throw error;
    return signal.aborted ? 'interrupted' : error;
  }
  if (refusal) {
    history.updateRun(run.id, { state: 'waiting' });
    throw refusal;
  }
  return outcome;
}

/** Forgets what was measured after a checkpoint, which is about to be measured anew. */
function forgetSince({ runId, step }: CheckpointRecord, { history }: RunEnvironment): void {
  history.forgetEvaluations(runId, step === 0 ? 0 : step + 1);
}

type CommittedEvent = Exclude<TrainerEvent, { kind: 'cancelled' | 'failed' }>;

/** Commits one event; returning means that it is durable. */
function commit(
  run: PlannedRun,
  event: CommittedEvent,
  start: CheckpointRecord,
  environment: RunEnvironment,
): void {
  const { history, studyId } = environment;
  switch (event.kind) {
    case 'started': {
      const { device } = history.getRun(run.id);
      // What trains now may round otherwise than what trained before: another device, batches in other parts.
      if (device !== '' && device !== event.device) forgetSince(start, environment);
      history.updateRun(run.id, { device: event.device, computeDevice: event.computeDevice });
      return;
    }
    case 'evaluation': {
      const { kind: _, sequence: __, ...measured } = event;
      history.recordEvaluations([{ ...measured, runId: run.id }]);
      return;
    }
    case 'progress':
      return;
    case 'checkpoint':
      commitCheckpoint(run, event, environment);
      return;
    case 'finished':
      history.updateRun(run.id, {
        state: 'finished',
        ...spent(run, event),
        peakMemoryBytes: event.peakMemoryBytes ?? null,
      });
      return;
    case 'diverged': {
      const unused = history.transaction(() => {
        history.updateRun(run.id, { state: 'diverged', reason: event.reason, ...spent(run, event) });
        history.addEvent({
          studyId,
          runId: run.id,
          kind: 'run-diverged',
          message: `${run.id}: ${event.reason}`,
        });
        const latest = history.latestCheckpoint(run.id)?.step ?? 0;
        return dropCheckpoints(history, run.id, ({ step }) => step < latest);
      });
      deleteCheckpointFiles(environment.checkpointFolder, unused);
      return;
    }
    default:
      event satisfies never;
  }
}

function spent(run: PlannedRun, { step, seconds }: { step: number; seconds: number }) {
  return {
    stepsDone: step,
    seconds,
    flops: step * trainingFlopsPerStep(run.architecture, run.recipe.batchSize),
  };
}

/**
 * The new checkpoint takes the place of all earlier ones of the run; their files go when nothing needs them. Step 0
 * stays until the run is over, because weight distances are measured from it.
 */
function commitCheckpoint(
  run: PlannedRun,
  event: Extract<TrainerEvent, { kind: 'checkpoint' }>,
  { history, checkpointFolder }: RunEnvironment,
): void {
  const { step, hash, bytes, final } = event;
  const unused = history.transaction(() => {
    history.addCheckpoint({ runId: run.id, step, hash, bytes, kind: final ? 'final' : 'resume' });
    history.updateRun(run.id, spent(run, event));
    return dropCheckpoints(history, run.id, (old) => old.step < step && (final || old.kind !== 'start'));
  });
  deleteCheckpointFiles(checkpointFolder, unused);
}

/** Forgets checkpoints of a run. Returns the hashes that nothing refers to any more. */
function dropCheckpoints(
  history: History,
  runId: string,
  isSuperseded: (checkpoint: CheckpointRecord) => boolean,
): string[] {
  return history
    .listCheckpoints(runId)
    .filter(isSuperseded)
    .map((checkpoint) => history.deleteCheckpoint(checkpoint))
    .filter((hash) => hash !== null);
}

/** Deletes checkpoint files that the history no longer refers to. A file that will not go is left for clean-up. */
export function deleteCheckpointFiles(folder: string, hashes: readonly string[]): void {
  for (const hash of hashes) {
    const path = join(folder, checkpointFileName(hash));
    try {
      if (existsSync(path)) rmSync(path);
    } catch (error) {
      process.emitWarning(`${path} could not be deleted: ${messageOf(error)}`);
    }
  }
}
