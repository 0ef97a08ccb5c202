/** Estimates over the fixed batches with 95 % intervals: how far another draw of validation text might move them. */
import type { BatchEstimate } from '../contract/landscape.ts';
import { randomStream } from '../tensor/random.ts';

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;

/**
 * A statistic of batches with its seeded percentile bootstrap (Efron & Tibshirani 1993, chapter 13). The draws
 * depend on seed and number of batches only, so equal statistics get equal intervals.
 * @param statistic Value over the batches at the given indices (with repetitions; reused, not to be kept).
 * @returns null where the statistic is not finite; no bounds below two batches
 */
export function bootstrapEstimate(
  batchCount: number,
  seed: number,
  statistic: (batches: Readonly<Uint32Array>) => number,
): BatchEstimate | null {
  const indices = Uint32Array.from({ length: batchCount }, (_, index) => index);
  const estimate = statistic(indices);
  if (!Number.isFinite(estimate)) return null;
  if (batchCount < 2) return { estimate, low: null, high: null };
  const stream = randomStream(seed, 'landscape', 'bootstrap');
  const values = new Float64Array(RESAMPLES);
  for (let draw = 0; draw < RESAMPLES; draw++) {
    for (let place = 0; place < batchCount; place++) indices[place] = stream.below(batchCount);
    values[draw] = statistic(indices);
  }
  if (!values.every(Number.isFinite)) return { estimate, low: null, high: null };
  values.sort();
  return {
    estimate,
    low: quantile(values, (1 - CONFIDENCE) / 2),
    high: quantile(values, (1 + CONFIDENCE) / 2),
  };
}

/** Mean of `values` over the given batches. */
export function meanOver(values: ArrayLike<number>, batches: Readonly<Uint32Array>): number {
  let sum = 0;
  for (let place = 0; place < batches.length; place++) sum += values[batches[place]!]!;
  return sum / batches.length;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

/** JSON has no NaN and no infinities. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/**
 * Interval of a positive ratio from its values with one batch left out: jackknife on the logarithm, with Student's t.
 * @returns no bounds below three batches or where a value is not positive
 */
export function jackknifeEstimate(estimate: number, leftOut: readonly number[]): BatchEstimate {
  const count = leftOut.length;
  const logs = leftOut.map(Math.log);
  if (count < 3 || !logs.every(Number.isFinite)) return { estimate, low: null, high: null };
  const centre = mean(logs);
  const spread = logs.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const factor = Math.exp(studentT(count - 1) * Math.sqrt(((count - 1) / count) * spread));
  return { estimate, low: estimate / factor, high: estimate * factor };
}

/** 97.5 % point of Student's t: Cornish-Fisher expansion (Abramowitz & Stegun 26.7.5), 3 % low at 2 degrees. */
function studentT(degrees: number): number {
  const z = 1.959963984540054;
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  );
}

/** Linear interpolation between order statistics (Hyndman & Fan 1996, type 7). */
function quantile(sorted: Float64Array, probability: number): number {
  const place = probability * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (sorted[Math.min(below + 1, sorted.length - 1)]! - low) * (place - below);
}
