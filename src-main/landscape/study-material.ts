/** What a landscape probe needs to know of a study, put together by the service. Nothing in it is changed. */
import type { Architecture } from '../contract/architecture.ts';
import type { ComputeDevice } from '../contract/compute.ts';
import type { UnplacedJob } from '../contract/job.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';

export interface StudyMaterial {
  readonly studyId: string;
  /** Seed of the study; directions, start vectors and bootstraps have streams of their own below it. */
  readonly seed: number;
  /** Steps from the growing point to the lag; 0 when the choice was made at the growing point. */
  readonly lag: number;
  readonly horizon: number;
  readonly sourceArchitecture: Architecture;
  readonly targetArchitecture: Architecture;
  readonly optimizer: TrainingSpec['optimizer'];
  /** Sequences in a validation batch. */
  readonly batchSize: number;
  /** FLOPs of one training step of the target. */
  readonly flopsPerStep: number;
  /** The first `count` of the study's fixed validation batches, token ids [batchSize, context + 1] each. */
  batches(count: number): readonly Int32Array[];
  /** The trained source. */
  source(): CheckpointContent;
  /** The model that a strategy grew. */
  growingPoint(strategy: string): CheckpointContent;
  /** The kept checkpoint of the run on the final schedule at this step; null where there is none. */
  keptCheckpoint(strategy: string, step: number): { readonly path: string; readonly hash: string } | null;
  /** The training on the final schedule from the growing point to this step. */
  trainingTo(strategy: string, step: number): TrainingOrder;
  /** The kind of device on which the study trained the strategy; null where any of its devices may. */
  trainedOn(strategy: string): ComputeDevice | null;
  /** Folder for models that are trained for the probe alone. */
  readonly workFolder: string;
}

/** A job without what depends on where it runs. */
export type TrainingOrder = Omit<UnplacedJob, 'runId' | 'start' | 'checkpointFolder'>;
