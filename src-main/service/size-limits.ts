/** Refuses a study that this machine cannot hold, before anything is written or trained. */
import { existsSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Architecture } from '../contract/architecture.ts';
import { type ComputeDevice, GPU_DEVICES } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { PassChoices } from '../contract/study-fields.ts';
import { ACCUMULATION_STEPS, accumulationProblem } from '../contract/study-fields.ts';
import type { StudyEstimate } from '../lag/study-plan.ts';
import { countParameters } from '../model/parameter-layout.ts';
import type { PassSettings } from '../model/training-memory.ts';
import { evaluationBytes, passBytes } from '../model/training-memory.ts';

/** The largest model of a study, and how it is trained. */
export interface LargestModel {
  readonly targetArchitecture: Architecture;
  readonly spec: {
    readonly recipe: { readonly batchSize: number };
    /** Of a study that trains its source by a recipe of its own. */
    readonly source?: { readonly recipe: { readonly batchSize: number } };
    readonly model: { readonly context: number };
    readonly compute: PassChoices & { readonly device: ComputeDevice };
    readonly evaluation: { readonly batches: number; readonly batchSize: number };
  };
}

export interface Capacity {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** Memory of the machine, and free space where the home folder is or will be. */
export function capacityOf(homeFolder: string): Capacity {
  const { bavail, bsize, blocks } = statfsSync(nearestFolder(homeFolder));
  // A file system of the kernel's own has no blocks; writing there fails with a better message than this one.
  return { memoryBytes: totalmem(), diskBytes: blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize };
}

/** The path itself, or the nearest thing above it that is there. */
export function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** A trainer before it has a model: Node.js and the runtime. */
const PROCESS_BYTES = 160e6;
/** Parameters, gradients and both moments, and one copy of the state, in bytes for each parameter. */
const STATE_BYTES = 28;
/**
 * What the runtime takes for a pass over what lives at once in it: its memory grows in steps. Measured at four sizes
 * from 0.4 to 25 million parameters: 2.0 to 2.7 (docs/decisions.md).
 */
const ARENA = 2.7;

/** A draft is estimated at every edit, and its model seldom changes with it: the last answer is kept. */
let last: { readonly key: string; readonly bytes: number } | null = null;
function bytesOfPasses(architecture: Architecture, pass: PassSettings, evaluationBatchSize: number): number {
  const key = JSON.stringify([architecture, pass, evaluationBatchSize]);
  if (last?.key !== key)
    last = {
      key,
      bytes: passBytes(architecture, pass) + evaluationBytes(architecture, evaluationBatchSize),
    };
  return last.bytes;
}

/**
 * Bytes that one trainer is expected to need. On a GPU most of them are on the device, whose size is not known here;
 * counted are the process and the state.
 */
export function trainerBytes({ spec, targetArchitecture }: LargestModel): number {
  const { device, accumulationSteps = 1, recompute = false } = spec.compute;
  const { batches, batchSize } = spec.evaluation;
  const pass = { batchSize: spec.recipe.batchSize, accumulationSteps, recompute };
  const passes = GPU_DEVICES.has(device) ? 0 : ARENA * bytesOfPasses(targetArchitecture, pass, batchSize);
  const evaluation = 4 * batches * batchSize * (targetArchitecture.context + 1);
  return PROCESS_BYTES + STATE_BYTES * countParameters(targetArchitecture) + passes + evaluation;
}

/** As many trainers as there are cores for, and no more than memory holds; one at least. */
export function trainersThatFit(cores: number, plan: LargestModel, { memoryBytes }: Capacity): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryBytes / trainerBytes(plan))));
}

/**
 * @param trainers how many were asked for; null where the program chooses
 * @throws EspalierError `refused` naming what is needed, what is there and what to lower
 */
export function refuseTooLarge(
  plan: LargestModel,
  estimate: StudyEstimate,
  capacity: Capacity,
  trainers: number | null,
): void {
  const needed = trainerBytes(plan);
  if (needed > capacity.memoryBytes)
    throw new EspalierError(
      'refused',
      `the study needs about ${gibibytes(needed)} of memory for one trainer (model: ${estimate.parameters.target} parameters); this machine has ${gibibytes(capacity.memoryBytes)}`,
      {
        hint: [
          ...lighterPasses(plan, capacity),
          'Lower model.width, model.context, target.layers, recipe.batchSize or evaluation.batches.',
        ].join(' '),
        problems: [{ at: 'model', message: `needs ${gibibytes(needed)} of memory` }],
      },
    );
  if (trainers !== null && trainers * needed > capacity.memoryBytes)
    throw new EspalierError(
      'refused',
      `${trainers} trainers need about ${gibibytes(trainers * needed)} of memory; this machine has ${gibibytes(capacity.memoryBytes)}`,
      {
        hint: `Use ${Math.floor(capacity.memoryBytes / needed)} at most, or leave compute.trainers out.`,
        problems: [{ at: 'compute.trainers', message: `need ${gibibytes(trainers * needed)} of memory` }],
      },
    );
  if (estimate.diskBytes > capacity.diskBytes)
    throw new EspalierError(
      'refused',
      `the study needs up to ${gibibytes(estimate.diskBytes)} of disk for checkpoints; ${gibibytes(capacity.diskBytes)} are free`,
      {
        hint: 'Free some space, choose another folder with --home DIR, or compare fewer strategies.',
        problems: [{ at: 'pool', message: `needs ${gibibytes(estimate.diskBytes)} of disk` }],
      },
    );
}

/** Settings of passes with which one trainer would fit, in a sentence; nothing where none would. */
function lighterPasses(plan: LargestModel, { memoryBytes }: Capacity): string[] {
  const { spec } = plan;
  const { accumulationSteps = 1, recompute = false } = spec.compute;
  const sizes = {
    'recipe.batchSize': spec.recipe.batchSize,
    ...(spec.source ? { 'source.recipe.batchSize': spec.source.recipe.batchSize } : {}),
  };
  const finer = ACCUMULATION_STEPS.filter(
    (steps) =>
      steps > accumulationSteps &&
      accumulationProblem({ ...spec.compute, accumulationSteps: steps }, sizes) === null,
  );
  const first = (steps: readonly number[], changes: Pick<PassChoices, 'recompute'>): string | undefined => {
    for (const own of steps) {
      const compute = { ...spec.compute, ...changes, accumulationSteps: own };
      const needed = trainerBytes({ ...plan, spec: { ...spec, compute } });
      if (needed > memoryBytes) continue;
      const settings = [
        ...(own > accumulationSteps ? [`compute.accumulationSteps to ${own}`] : []),
        ...(changes.recompute ? ['compute.recompute to true'] : []),
      ];
      return `${settings.join(' and ')} (one trainer then needs about ${gibibytes(needed)})`;
    }
    return undefined;
  };
  const single = [
    first(finer, {}),
    recompute ? undefined : first([accumulationSteps], { recompute: true }),
  ].filter((way) => way !== undefined);
  const ways =
    single.length > 0 ? single : [first(finer, { recompute: true })].filter((way) => way !== undefined);
  return ways.length === 0 ? [] : [`Set ${ways.join(', or ')}.`];
}

export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
