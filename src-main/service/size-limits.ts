/** Refuses a study that this machine cannot hold, before anything is written or trained. */
import { existsSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Architecture } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import type { StudyEstimate } from '../lag/study-plan.ts';
import { countParameters } from '../model/parameter-layout.ts';

/** The largest model of a study, and how it is trained. */
export interface LargestModel {
  readonly targetArchitecture: Architecture;
  readonly spec: {
    readonly recipe: { readonly batchSize: number };
    readonly compute: { readonly device: string };
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

/**
 * Least bytes one trainer needs: parameters, gradients and both moments; on the CPU also what the backward pass
 * keeps (the logits and their gradient, one attention square a layer); the tokens of one evaluation.
 */
export function leastTrainerBytes({ spec, targetArchitecture }: LargestModel): number {
  const { layers, heads, context, vocabulary } = targetArchitecture;
  const batch = spec.recipe.batchSize;
  const state = 16 * countParameters(targetArchitecture);
  const onCpu = spec.compute.device === 'cpu' || spec.compute.device === 'reference';
  const kept = onCpu ? 4 * batch * context * (2 * vocabulary + layers * heads * context) : 0;
  const evaluation = 4 * spec.evaluation.batches * spec.evaluation.batchSize * (context + 1);
  return state + kept + evaluation;
}

/** @throws EspalierError `refused` naming what is needed, what is there and what to lower */
export function refuseTooLarge(plan: LargestModel, estimate: StudyEstimate, capacity: Capacity): void {
  const needed = leastTrainerBytes(plan);
  if (needed > capacity.memoryBytes)
    throw new EspalierError(
      'refused',
      `the study needs at least ${gibibytes(needed)} of memory for one trainer (model: ${estimate.parameters.target} parameters); this machine has ${gibibytes(capacity.memoryBytes)}`,
      {
        hint: 'Lower model.width, model.context, target.layers, recipe.batchSize or evaluation.batches.',
        problems: [{ at: 'model', message: `needs ${gibibytes(needed)} of memory` }],
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

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
