/**
 * Runs one job: trains from a checkpoint to a step, evaluates at the given steps, takes checkpoints. Everything
 * it computes is a pure function of the job; the clock only decides when to checkpoint.
 *
 * Checkpoints are taken right after an evaluation, when no running mean is half full, so a resumed run reports
 * the same numbers as one that was never interrupted.
 */
import { EspalierError } from '../contract/errors.ts';
import type { TrainerEventBody, TrainerJob } from '../contract/job.ts';
import { trainingBatch, validationBatches } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import type { MetricData } from '../data/metric-data.ts';
import type { CompiledModel, TrainingSession, TrainingState } from '../engine/engine.ts';
import type { AdamWSettings } from '../model/adamw.ts';
import { learningRateAt } from '../model/learning-rate.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import { zerosLike } from '../tensor/tensor-map.ts';
import { CallLength } from './call-length.ts';
import type { CheckpointContent } from './checkpoint-file.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import { type JobMetricData, measureMetrics } from './measure-metrics.ts';
import { groupsOf, phaseAfter, phaseScalars, type TrainingPhase, trainingPhases } from './training-phases.ts';
import { weightDistance } from './weight-distance.ts';

export interface TrainerContext {
  readonly deviceDescription: string;
  loadDataset(path: string, contentHash: string): Dataset;
  /** The sequences of a metric; called only where the job has metrics. */
  loadMetric(path: string, contentHash: string): MetricData;
  compile(spec: TrainingSpec): Promise<CompiledModel>;
  /** Delivers an event; resolves when it may go on (for checkpoints: when the owner has committed it). */
  emit(event: TrainerEventBody): Promise<void>;
  isCancelled(): boolean;
  /** Milliseconds that training took: monotonic, and what else the trainer does meanwhile is not in it. */
  now(): number;
  /** Monotonic clock in milliseconds. */
  wall(): number;
}

export type JobEnding = Extract<
  TrainerEventBody,
  { readonly kind: 'finished' | 'diverged' | 'cancelled' | 'failed' }
>;

/** The AdamW settings of a recipe, as the training graph wants them. */
export function optimizerOf(recipe: TrainerJob['recipe']): AdamWSettings {
  return { ...recipe.adam, clipNorm: recipe.clipNorm };
}

/**
 * Trains until the job is done, diverged or cancelled, and gives everything back before it says which. All events
 * but the last are emitted.
 * @throws EspalierError `refused` when the device is not there, `failed` for a damaged start or dataset
 */
export async function runJob(job: TrainerJob, context: TrainerContext): Promise<JobEnding> {
  const dataset = context.loadDataset(job.dataset.path, job.dataset.contentHash);
  const start = readCheckpoint(job.start.path, { verifyHash: job.start.hash });
  checkStart(job, start, dataset);
  const metrics = (job.evaluation.metrics ?? []).map(({ name, path, contentHash }) => ({
    name,
    data: context.loadMetric(path, contentHash),
  }));
  const origin = job.origin ? readOrigin(job.origin, start) : null;
  const phases = trainingPhases(job.recipe, job.architecture, start.lineage);
  const session = await openSession(job, context, phaseAfter(phases, start.step), {
    parameters: start.parameters,
    momentM: start.momentM ?? zerosLike(start.parameters),
    momentV: start.momentV ?? zerosLike(start.parameters),
  });
  const run = new JobRun(job, context, { dataset, metrics, phases, session, start, origin });
  try {
    const { device, precision = 'float32' } = job.compute;
    const products = precision === 'float32' ? '' : `, products in ${precision}`;
    await context.emit({
      kind: 'started',
      device: `${context.deviceDescription}${products}`,
      computeDevice: device,
    });
    return await run.toTheEnd();
  } finally {
    await run.dispose();
  }
}

async function openSession(
  { architecture, recipe, evaluation, compute }: TrainerJob,
  context: TrainerContext,
  phase: TrainingPhase,
  state: TrainingState,
): Promise<TrainingSession> {
  const groups = groupsOf(phase);
  const model = await context.compile({
    architecture,
    optimizer: optimizerOf(recipe),
    ...(groups === undefined ? {} : { groups }),
    batchSize: recipe.batchSize,
    ...(compute.accumulationSteps === undefined ? {} : { accumulationSteps: compute.accumulationSteps }),
    evaluationBatchSize: evaluation.batchSize,
    ...(compute.recompute === undefined ? {} : { recompute: compute.recompute }),
    ...(compute.precision === undefined ? {} : { precision: compute.precision }),
  });
  return model.open(state);
}

/** The parameters of step 0: those of the start itself when the run begins. */
function readOrigin(origin: NonNullable<TrainerJob['origin']>, start: CheckpointContent): TensorMap {
  if (start.step === 0) return start.parameters;
  const { step, architecture, parameters } = readCheckpoint(origin.path, { verifyHash: origin.hash });
  if (step !== 0 || architecture.layers !== start.architecture.layers)
    throw new EspalierError(
      'failed',
      `${origin.path} is step ${step} of a model with ${architecture.layers} layers; the origin must be step 0 of one with ${start.architecture.layers}`,
    );
  return parameters;
}

function checkStart(job: TrainerJob, start: CheckpointContent, dataset: Dataset): void {
  if (start.step !== job.start.step)
    throw new EspalierError(
      'failed',
      `${job.start.path} is at step ${start.step}; the job expects ${job.start.step}`,
    );
  if (start.architecture.layers !== job.architecture.layers)
    throw new EspalierError(
      'failed',
      `${job.start.path} has ${start.architecture.layers} layers; the job expects ${job.architecture.layers}`,
    );
  if (dataset.vocabulary > job.architecture.vocabulary)
    throw new EspalierError(
      'failed',
      `the dataset has ${dataset.vocabulary} token ids; the model knows ${job.architecture.vocabulary}`,
    );
}

/** What a job works with. */
interface JobMaterial {
  readonly dataset: Dataset;
  readonly metrics: readonly JobMetricData[];
  readonly phases: readonly TrainingPhase[];
  /** Of the phase that the start is in. */
  readonly session: TrainingSession;
  readonly start: CheckpointContent;
  /** Parameters at step 0; null when they are not known. */
  readonly origin: TensorMap | null;
}

class JobRun {
  private readonly job: TrainerJob;
  private readonly context: TrainerContext;
  private readonly dataset: Dataset;
  private readonly metrics: readonly JobMetricData[];
  private readonly phases: readonly TrainingPhase[];
  private phase: TrainingPhase;
  private session: TrainingSession;
  private readonly start: CheckpointContent;
  private readonly origin: TensorMap | null;
  private readonly validation: Int32Array;
  private step: number;
  private trainingMs: number;
  private lastCheckpointAt: number;
  /** Since the last evaluation. */
  private lossSum = 0;
  private lossCount = 0;
  private largestNorm = 0;
  private readonly callLength = new CallLength();

  constructor(
    job: TrainerJob,
    context: TrainerContext,
    { dataset, metrics, phases, session, start, origin }: JobMaterial,
  ) {
    this.job = job;
    this.context = context;
    this.dataset = dataset;
    this.metrics = metrics;
    this.phases = phases;
    this.phase = phaseAfter(phases, job.start.step);
    this.session = session;
    this.start = start;
    this.origin = origin;
    this.step = job.start.step;
    this.trainingMs = job.secondsBefore * 1000;
    this.lastCheckpointAt = context.wall();
    const { context: length } = job.architecture;
    const { batchCount, batchSize } = job.evaluation;
    this.validation = concatenate(validationBatches(dataset, { batchCount, batchSize, context: length }));
  }

  async toTheEnd(): Promise<JobEnding> {
    const { job } = this;
    const evaluationSteps = job.evaluation.steps.filter((step) => step > this.step && step < job.untilStep);
    const targets = job.untilStep > this.step ? [...evaluationSteps, job.untilStep] : [];
    if (this.step === 0) {
      const divergence = await this.evaluate();
      if (divergence) return divergence;
      if (job.untilStep === 0) await this.checkpoint(true);
    }
    for (const target of targets) {
      while (this.step < target) {
        if (this.context.isCancelled()) return { kind: 'cancelled', step: this.step, seconds: this.seconds };
        await this.enterPhase();
        const divergence = await this.train(this.callSteps(target - this.step));
        if (divergence) return divergence;
      }
      const divergence = await this.evaluate();
      if (divergence) return divergence;
      const isLast = this.step === job.untilStep;
      if (isLast || this.context.wall() - this.lastCheckpointAt >= job.checkpointSeconds * 1000)
        await this.checkpoint(isLast);
    }
    return { kind: 'finished', step: this.step, seconds: this.seconds };
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }

  /** Goes on in a new session where other parameters learn from the next step on. */
  private async enterPhase(): Promise<void> {
    const next = phaseAfter(this.phases, this.step);
    if (next === this.phase) return;
    const state = await this.session.read();
    await this.session.dispose();
    this.session = await openSession(this.job, this.context, next, state);
    this.phase = next;
  }

  private get seconds(): number {
    return this.trainingMs / 1000;
  }

  /** Steps of the next engine call. Numbers do not depend on how steps are split over calls. */
  private callSteps(remaining: number): number {
    return this.callLength.next(Math.min(remaining, this.phase.untilStep - this.step));
  }

  /** Null when all is well. */
  private async train(count: number): Promise<JobEnding | null> {
    const { job, step } = this;
    const [startedAt, calledAt] = [this.context.now(), this.context.wall()];
    const { context: length } = job.architecture;
    const batches = Array.from({ length: count }, (_, index) =>
      trainingBatch(this.dataset, {
        seed: job.batchSeed,
        step: job.firstBatch + step + index + 1,
        batchSize: job.recipe.batchSize,
        context: length,
      }),
    );
    const scalars = batches.flatMap((_, index) =>
      phaseScalars(this.phase, optimizerOf(job.recipe), {
        learningRate: learningRateAt(job.recipe, step + index + 1, job.scheduleSteps),
        step: step + index + 1,
        adamStepOffset: job.adamStepOffset,
      }),
    );
    const { losses, gradientNorms } = await this.session.train(concatenate(batches), scalars);
    const elapsedMs = this.context.now() - startedAt;
    this.trainingMs += elapsedMs;
    this.callLength.took(count, this.context.wall() - calledAt);
    for (const [index, loss] of losses.entries()) {
      const norm = gradientNorms[index]!;
      if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
        const what = Number.isFinite(loss) ? `gradient norm became ${norm}` : `training loss became ${loss}`;
        return this.divergence(step + index + 1, `the ${what} at step ${step + index + 1}`);
      }
      this.lossSum += loss;
      this.lossCount++;
      this.largestNorm = Math.max(this.largestNorm, norm);
    }
    this.step += count;
    await this.context.emit({ kind: 'progress', step: this.step, seconds: this.seconds });
    return null;
  }

  /** Null when all is well. */
  private async evaluate(): Promise<JobEnding | null> {
    const { job, step } = this;
    const batchLosses = await this.session.evaluate(this.validation);
    const loss = batchLosses.reduce((sum, value) => sum + value, 0) / batchLosses.length;
    const trained = this.lossCount > 0;
    const metrics = await measureMetrics(this.session, this.metrics);
    const distance = this.origin && weightDistance(await this.session.readParameters(), this.origin);
    await this.context.emit({
      kind: 'evaluation',
      step,
      loss,
      batchLosses,
      trainingLoss: trained ? this.lossSum / this.lossCount : null,
      gradientNorm: trained ? this.largestNorm : null,
      learningRate: step > 0 ? learningRateAt(job.recipe, step, job.scheduleSteps) : null,
      weightDistance: distance,
      ...(metrics === null ? {} : { metrics }),
      seconds: this.seconds,
    });
    this.lossSum = 0;
    this.lossCount = 0;
    this.largestNorm = 0;
    if (Number.isFinite(loss) && loss <= job.divergenceLoss) return null;
    const limit = Number.isFinite(loss) ? `, above the limit of ${job.divergenceLoss.toFixed(2)}` : '';
    return this.divergence(
      step,
      `the validation loss became ${Number.isFinite(loss) ? loss.toFixed(3) : loss}${limit} at step ${step}`,
    );
  }

  private divergence(step: number, reason: string): JobEnding {
    return { kind: 'diverged', step, seconds: this.seconds, reason };
  }

  private async checkpoint(final: boolean): Promise<void> {
    const { parameters, momentM, momentV } = await this.session.read();
    const { hash, bytes } = writeCheckpoint(this.job.checkpointFolder, {
      architecture: this.job.architecture,
      step: this.step,
      parameters,
      momentM,
      momentV,
      lineage: this.start.lineage,
      extra: this.start.extra,
    });
    await this.context.emit({
      kind: 'checkpoint',
      step: this.step,
      hash,
      bytes,
      final,
      seconds: this.seconds,
    });
    this.lastCheckpointAt = this.context.wall();
  }
}

function concatenate(batches: readonly Int32Array[]): Int32Array {
  const result = new Int32Array(batches.reduce((sum, batch) => sum + batch.length, 0));
  let offset = 0;
  for (const batch of batches) {
    result.set(batch, offset);
    offset += batch.length;
  }
  return result;
}
