/**
 * What a trainer needs to know, and what it says. A job is self-contained: any process that can read the
 * files it names can run it. Its events are numbered; replaying one twice changes nothing.
 */
import type { Architecture } from './architecture.ts';
import type { ComputeDevice, ComputeSettings } from './compute.ts';
import type { ErrorCode } from './errors.ts';
import type { JobMetric } from './metrics.ts';
import type { Recipe } from './recipe.ts';
import type { EvaluationRecord } from './records.ts';

export interface TrainerJob {
  /** Run id in the history. */
  readonly runId: string;
  readonly architecture: Architecture;
  readonly dataset: { readonly path: string; readonly contentHash: string };
  /** State to start from: the growing point, or a later checkpoint of the same run. */
  readonly start: { readonly path: string; readonly hash: string; readonly step: number };
  /** The run's checkpoint of step 0, from which weight distances are measured; left out, they are null. */
  readonly origin?: { readonly path: string; readonly hash: string };
  readonly recipe: Recipe;
  /** Length of the learning-rate schedule in steps from the growing point. */
  readonly scheduleSteps: number;
  /** Train until this step (at most scheduleSteps). */
  readonly untilStep: number;
  /** Seed of the training batches; the same for every candidate of a study. */
  readonly batchSeed: number;
  /** Batch number of step 1 is firstBatch + 1: the stream goes on where the source stopped. */
  readonly firstBatch: number;
  /** Adam's step counter at the growing point: 0 with fresh moments, the source's steps with copied ones. */
  readonly adamStepOffset: number;
  readonly evaluation: {
    readonly batchCount: number;
    readonly batchSize: number;
    /** Steps at which to evaluate, ascending; step 0 is evaluated when the run starts at step 0. */
    readonly steps: readonly number[];
    /** Measured at every evaluation as well. */
    readonly metrics?: readonly JobMetric[];
  };
  /** Folder for checkpoint files. */
  readonly checkpointFolder: string;
  /** Least seconds between checkpoints; they are only taken right after an evaluation. */
  readonly checkpointSeconds: number;
  /** A validation loss above this, or one that is not finite, ends the run as diverged. */
  readonly divergenceLoss: number;
  /** Training seconds spent before `start`, for the seconds of later evaluations. */
  readonly secondsBefore: number;
  readonly compute: ComputeSettings;
}

/** A job before it is known which trainer gets it. */
export type UnplacedJob = Omit<TrainerJob, 'compute'>;

export type TrainerEvent = { readonly runId: string; readonly sequence: number } & (
  | { readonly kind: 'started'; readonly device: string; readonly computeDevice: ComputeDevice }
  | ({ readonly kind: 'evaluation' } & Omit<EvaluationRecord, 'runId'>)
  | { readonly kind: 'progress'; readonly step: number; readonly seconds: number }
  | {
      readonly kind: 'checkpoint';
      readonly step: number;
      readonly hash: string;
      readonly bytes: number;
      readonly final: boolean;
      readonly seconds: number;
    }
  | {
      readonly kind: 'finished';
      readonly step: number;
      readonly seconds: number;
      /** Of the trainer so far, in bytes; added by whoever knows the process. */
      readonly peakMemoryBytes?: number;
    }
  | { readonly kind: 'diverged'; readonly step: number; readonly seconds: number; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly step: number; readonly seconds: number }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    }
);

/** `Omit` that keeps a union a union. */
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type TrainerEventBody = DistributiveOmit<TrainerEvent, 'runId' | 'sequence'>;

/**
 * Whether two jobs may train in one graph: everything that decides which batches a run sees, how it learns and when it
 * is measured is equal. Runs in which only new layers learn may differ in what learns.
 */
export function fitTogether(a: UnplacedJob, b: UnplacedJob): boolean {
  const shape = ({
    architecture,
    dataset,
    recipe,
    scheduleSteps,
    untilStep,
    batchSeed,
    firstBatch,
    adamStepOffset,
    evaluation,
    checkpointSeconds,
    start,
    origin,
  }: UnplacedJob): string =>
    JSON.stringify([
      architecture,
      dataset.contentHash,
      recipe,
      [scheduleSteps, untilStep, batchSeed, firstBatch, adamStepOffset, checkpointSeconds],
      evaluation,
      start.step,
      origin !== undefined,
    ]);
  return a.recipe.trainable !== 'newLayers' && shape(a) === shape(b);
}

export type TrainerRequest =
  /** One job, or several that fit together and train in one graph. */
  | { readonly kind: 'run'; readonly jobs: readonly TrainerJob[] }
  /** Stop that run after the chunk under way; answered by `cancelled`. */
  | { readonly kind: 'cancel'; readonly runId: string }
  /** The owner has committed everything of that run up to this event. */
  | { readonly kind: 'acknowledge'; readonly runId: string; readonly sequence: number };
