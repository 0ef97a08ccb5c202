/**
 * Seeded percentile bootstrap (Efron and Tibshirani 1993, chapter 13). The draws depend on the stream only, so
 * every candidate of a study is compared on the same resamples and no candidate changes another's interval.
 */
import type { Interval } from '../contract/analysis.ts';
import { EspalierError } from '../contract/errors.ts';
import { type RandomStream, randomStream } from '../tensor/random.ts';

export interface BootstrapOptions {
  readonly seed: number;
  /** Words that name the stream below `bootstrap`. */
  readonly purpose: string;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Default 2000. */
  readonly resamples?: number;
}

/**
 * Percentile interval of a statistic over resampled indices 0 … count-1.
 * The statistic gets `count` indices drawn with replacement (the array is reused; copy it to keep it) and may
 * return null where it is undefined; such resamples are left out. Null when fewer than two items exist or more
 * than half of the resamples are undefined.
 */
export function bootstrapBounds(
  count: number,
  statistic: (indices: Readonly<Uint32Array>) => number | null,
  options: BootstrapOptions,
): { low: number; high: number } | null {
  const { confidence = 0.95, resamples = 2000 } = options;
  requireOptions(confidence, resamples);
  if (count < 2) return null;
  const stream = randomStream(options.seed, 'bootstrap', options.purpose);
  const indices = new Uint32Array(count);
  const values: number[] = [];
  for (let draw = 0; draw < resamples; draw++) {
    drawIndices(stream, indices);
    const value = statistic(indices);
    if (value !== null) values.push(value);
  }
  if (values.length * 2 < resamples) return null;
  const sorted = Float64Array.from(values).sort();
  return { low: quantile(sorted, (1 - confidence) / 2), high: quantile(sorted, (1 + confidence) / 2) };
}

/**
 * Mean of the paired differences `losses - reference` over validation batches, with its percentile interval.
 * Both lists hold one loss for each validation batch, in the same order.
 * Null when there are fewer than two batches or a loss is not finite.
 */
export function pairedDifference(
  losses: ArrayLike<number>,
  reference: ArrayLike<number>,
  options: BootstrapOptions,
): Interval | null {
  const count = losses.length;
  if (count !== reference.length)
    throw new EspalierError(
      'bad-input',
      `The candidates were evaluated on ${count} and ${reference.length} validation batches; a paired comparison needs the same batches.`,
    );
  const differences = Float64Array.from(losses, (loss, index) => loss - reference[index]!);
  if (!differences.every(Number.isFinite)) return null;
  const bounds = bootstrapBounds(count, (indices) => meanAt(differences, indices), options);
  if (bounds === null) return null;
  return { estimate: differences.reduce((sum, value) => sum + value, 0) / count, ...bounds };
}

/** Quantile of ascending values by linear interpolation (Hyndman and Fan 1996, type 7; NumPy's default). */
export function quantile(sorted: ArrayLike<number>, probability: number): number {
  if (sorted.length === 0 || !(probability >= 0 && probability <= 1))
    throw new EspalierError(
      'bad-input',
      `The quantile ${probability} of ${sorted.length} values is not defined; it needs at least one value and a probability from 0 to 1.`,
    );
  const place = probability * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

function drawIndices(stream: RandomStream, indices: Uint32Array): void {
  for (let place = 0; place < indices.length; place++) indices[place] = stream.below(indices.length);
}

function meanAt(values: Float64Array, indices: Readonly<Uint32Array>): number {
  let sum = 0;
  for (let place = 0; place < indices.length; place++) sum += values[indices[place]!]!;
  return sum / indices.length;
}

function requireOptions(confidence: number, resamples: number): void {
  if (!(confidence > 0 && confidence < 1))
    throw new EspalierError(
      'bad-input',
      `The confidence is ${confidence}; it must lie between 0 and 1, such as 0.95.`,
    );
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new EspalierError(
      'bad-input',
      `The number of resamples is ${resamples}; it must be a whole number from 1 on, such as 2000.`,
    );
}
