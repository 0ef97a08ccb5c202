/**
 * The models of a study as points: the source as it was trained, growing points grown again, models at the lag and
 * the end from checkpoints that were kept. A model at the lag that was not kept is trained again from its growing
 * point, with the same batches on the same schedule, which gives the same bytes; nobody is charged for it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../contract/architecture.ts';
import type { ComputeDevice } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { TrainerEvent, UnplacedJob } from '../contract/job.ts';
import { readSubject } from '../contract/landscape.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import { checkpointFileName, readCheckpoint, writeCheckpoint } from '../training/checkpoint-file.ts';
import type { ParameterSpace } from './parameter-space.ts';
import { pointOf, spaceOfArchitecture } from './parameter-space.ts';
import type { StudyMaterial } from './study-material.ts';

export interface Trainers {
  run(
    job: UnplacedJob,
    onEvent: (event: TrainerEvent) => void,
    signal: AbortSignal,
    only: ComputeDevice | null,
  ): Promise<void>;
}

export interface ModelPoint {
  readonly architecture: Architecture;
  readonly space: ParameterSpace;
  readonly point: Float32Array;
}

/** Outcome of training a model for the probe: its file, or why there is none. */
export interface TrainedModel {
  readonly hash: string | null;
  readonly step: number;
  readonly reason: string | null;
}

/** Points held at a time; parts come ordered by model, and a path has two ends. */
const HELD = 4;

export class StudyModels {
  private readonly material: StudyMaterial;
  private readonly held = new Map<string, ModelPoint>();
  /** Files of models trained for the probe, by subject. */
  private readonly trained = new Map<string, string>();

  constructor(material: StudyMaterial) {
    this.material = material;
  }

  /** Whether the model must be trained before it can be loaded. */
  needsTraining(subject: string): boolean {
    const { strategy, place } = readSubject(subject);
    if (strategy === null || place !== 'lag') return false;
    return !this.trained.has(subject) && this.material.keptCheckpoint(strategy, this.material.lag) === null;
  }

  /** Takes up the file of an earlier, interrupted probe; false when it is gone. */
  recall(subject: string, hash: string): boolean {
    if (!existsSync(join(this.material.workFolder, checkpointFileName(hash)))) return false;
    this.trained.set(subject, hash);
    return true;
  }

  /**
   * Trains the model of a subject at the lag.
   * @throws EspalierError `interrupted` when the signal fired, `refused` when the device is not there
   */
  async train(
    subject: string,
    trainers: Trainers,
    options: { readonly signal: AbortSignal; readonly onStep: (step: number) => void },
  ): Promise<TrainedModel> {
    const { material } = this;
    const strategy = readSubject(subject).strategy!;
    const start = writeCheckpoint(material.workFolder, material.growingPoint(strategy));
    const path = join(material.workFolder, checkpointFileName(start.hash));
    let trained: TrainedModel | null = null;
    let stopped: EspalierError | null = null;
    const onEvent = (event: TrainerEvent): void => {
      if (event.kind === 'progress') options.onStep(event.step);
      if (event.kind === 'checkpoint' && event.final)
        trained = { hash: event.hash, step: event.step, reason: null };
      if (event.kind === 'diverged') trained = { hash: null, step: event.step, reason: event.reason };
      if (event.kind === 'cancelled') stopped = interrupted();
      if (event.kind === 'failed')
        stopped = new EspalierError(event.code, event.message, event.hint ? { hint: event.hint } : {});
    };
    await trainers.run(
      {
        ...material.trainingTo(strategy, material.lag),
        runId: `${material.studyId}/landscape/${subject}`,
        start: { path, hash: start.hash, step: 0 },
        checkpointFolder: material.workFolder,
      },
      onEvent,
      options.signal,
      material.trainedOn(strategy),
    );
    if (stopped) throw stopped as EspalierError;
    const outcome = trained as TrainedModel | null;
    if (outcome === null)
      throw new EspalierError('failed', `the training of ${subject} ended without a model`);
    if (outcome.hash !== null) this.trained.set(subject, outcome.hash);
    return outcome;
  }

  /** @throws EspalierError `failed` when its checkpoint cannot be read */
  load(subject: string): ModelPoint {
    const known = this.held.get(subject);
    if (known) {
      this.held.delete(subject); // to the end of the queue
      this.held.set(subject, known);
      return known;
    }
    const { architecture, parameters } = this.read(subject);
    const space = spaceOfArchitecture(architecture);
    const model = { architecture, space, point: pointOf(space, parameters) };
    this.held.set(subject, model);
    if (this.held.size > HELD) this.held.delete(this.held.keys().next().value!);
    return model;
  }

  private read(subject: string): CheckpointContent {
    const { material } = this;
    const { strategy, place } = readSubject(subject);
    if (strategy === null) return material.source();
    if (place === 'start') return material.growingPoint(strategy);
    const own = this.trained.get(subject);
    if (own !== undefined)
      return readCheckpoint(join(material.workFolder, checkpointFileName(own)), { verifyHash: own });
    const kept = material.keptCheckpoint(strategy, place === 'lag' ? material.lag : material.horizon);
    if (kept === null) throw new EspalierError('failed', `no checkpoint of ${subject} was kept`);
    return readCheckpoint(kept.path, { verifyHash: kept.hash });
  }
}

export const interrupted = (): EspalierError =>
  new EspalierError('interrupted', 'the landscape probe was stopped');
