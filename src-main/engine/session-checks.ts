/** Checks that every session makes at its edge, whatever the engine. */
import type { ComputeDevice } from '../contract/compute.ts';
import { precisionsOf } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { StepScalars } from '../model/adamw.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { TrainingState } from './engine.ts';

/** @throws EspalierError `refused` where the device has no products of that precision */
export function checkPrecision({ precision = 'float32' }: TrainingSpec, device: ComputeDevice): void {
  const known = precisionsOf(device);
  if (!known.includes(precision))
    throw new EspalierError(
      'refused',
      `precision is ${precision} on device ${device}; must be ${known.join(' or ')} there`,
      { hint: 'Leave compute.precision out, or use a device that has it: cuda, or webgpu for float16.' },
    );
}

/** Number of batches in `tokens`; refuses ids outside the vocabulary and incomplete batches. */
export function checkTokens(
  spec: TrainingSpec,
  tokens: Int32Array,
  batchSize: number,
  expected?: number,
): number {
  const { context, vocabulary } = spec.architecture;
  const batchLength = batchSize * (context + 1);
  const count = tokens.length / batchLength;
  if (!Number.isInteger(count) || count < 1 || (expected !== undefined && count !== expected))
    throw new EspalierError(
      'failed',
      `tokens hold ${tokens.length} ids; must be ${expected ?? 'a whole number of'} × ${batchSize} sequences × ${context + 1} ids`,
    );
  for (let index = 0; index < tokens.length; index++)
    if (!(tokens[index]! >= 0 && tokens[index]! < vocabulary))
      throw new EspalierError(
        'failed',
        `token id ${tokens[index]} at ${index} is outside 0..${vocabulary - 1}`,
      );
  return count;
}

/** Number of steps in `scalars` [K, groups]; refuses a set too few. */
export function checkScalars(spec: TrainingSpec, scalars: readonly StepScalars[]): number {
  const groupCount = spec.groups?.length ?? 1;
  const count = scalars.length / groupCount;
  if (!Number.isInteger(count))
    throw new EspalierError(
      'failed',
      `there are ${scalars.length} sets of step scalars; must be one for each of ${groupCount} groups a step`,
    );
  return count;
}

/** Refuses a state that lacks a tensor of the architecture, has one too many, or one of the wrong size. */
export function checkState(spec: TrainingSpec, state: TrainingState): void {
  const layout = parameterLayout(spec.architecture);
  for (const part of ['parameters', 'momentM', 'momentV'] as const) {
    const tensors = state[part];
    for (const { name, size } of layout) {
      const length = tensors.get(name)?.length;
      if (length !== size)
        throw new EspalierError('failed', `${part}.${name} has ${length ?? 'no'} values; must have ${size}`);
    }
    if (tensors.size !== layout.length)
      throw new EspalierError('failed', `${part} has ${tensors.size} tensors; must have ${layout.length}`);
  }
}

export function disposedError(): EspalierError {
  return new EspalierError('failed', 'this training session was disposed');
}
