/**
 * Batches as pure functions of the seed and the step: any step can be computed without the ones before it, so a
 * resumed run, and every candidate of a study, sees the same sequences in the same order.
 */
import { EspalierError } from '../contract/errors.ts';
import { randomStream } from '../tensor/random.ts';
import { type Dataset, requireContext } from './dataset.ts';

export interface BatchShape {
  readonly batchSize: number;
  /** Context length T; each row has T + 1 tokens, because targets are the inputs shifted by one. */
  readonly context: number;
}

/**
 * Token ids `[batchSize, context + 1]` of one training step, row by row: windows of the training part at random
 * positions, drawn with replacement.
 * @throws EspalierError `bad-input` for impossible sizes or a training part shorter than context + 1.
 */
export function trainingBatch(
  dataset: Dataset,
  { seed, step, batchSize, context }: BatchShape & { readonly seed: number; readonly step: number },
): Int32Array {
  requireSizes(dataset, { batchSize, context });
  const stream = randomStream(seed, 'batches', step);
  const starts = Array.from({ length: batchSize }, () => stream.below(dataset.trainingTokens - context));
  return windows(dataset.tokens, starts, context);
}

/**
 * `batchCount` fixed batches `[batchSize, context + 1]` of the validation part. Windows are spread evenly from its
 * first to its last token; no two predict the same token if there are enough tokens (batchCount · batchSize ·
 * context + 1), and each batch holds windows from the whole part.
 * @throws EspalierError `bad-input` for impossible sizes or a validation part shorter than context + 1.
 */
export function validationBatches(
  dataset: Dataset,
  { batchCount, batchSize, context }: BatchShape & { readonly batchCount: number },
): Int32Array[] {
  requireSizes(dataset, { batchSize, context, batchCount });
  return evenBatches(dataset.tokens.subarray(dataset.trainingTokens), { batchCount, batchSize, context });
}

/** `batchCount` batches of windows spread evenly over `tokens`, which hold at least context + 1. */
export function evenBatches(
  tokens: Int32Array,
  { batchCount, batchSize, context }: BatchShape & { readonly batchCount: number },
): Int32Array[] {
  const windowCount = batchCount * batchSize;
  const lastStart = tokens.length - context - 1;
  const startOf = (window: number): number =>
    windowCount === 1 ? 0 : Math.floor((window * lastStart) / (windowCount - 1));
  return Array.from({ length: batchCount }, (_, batch) =>
    windows(
      tokens,
      Array.from({ length: batchSize }, (_, row) => startOf(row * batchCount + batch)),
      context,
    ),
  );
}

function windows(tokens: Int32Array, starts: readonly number[], context: number): Int32Array {
  const batch = new Int32Array(starts.length * (context + 1));
  for (const [row, start] of starts.entries())
    batch.set(tokens.subarray(start, start + context + 1), row * (context + 1));
  return batch;
}

function requireSizes(dataset: Dataset, sizes: BatchShape & { readonly batchCount?: number }): void {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isInteger(size) || size < 1)
      throw new EspalierError('bad-input', `${name} is ${size}; it must be a whole number from 1.`);
  requireContext(dataset, sizes.context);
}
