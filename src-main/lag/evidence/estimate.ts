/** Means over audits with bootstrap intervals. */
import type { Estimate } from '../../contract/evidence.ts';
import { bootstrapBounds } from '../bootstrap.ts';

export interface EvidenceOptions {
  /** Seed of the bootstrap. */
  readonly seed: number;
  readonly resamples: number;
}

/** Fewest audits with an interval: resamples of fewer values hide more than they show. */
export const LEAST_AUDITS_FOR_INTERVAL = 5;

/** Mean of one value for each audit; `values` must not be empty. Equal lists have equal intervals. */
export function estimateOf(values: readonly number[], { seed, resamples }: EvidenceOptions): Estimate {
  const mean = meanOf(values);
  if (values.length < LEAST_AUDITS_FOR_INTERVAL) return { mean, low: null, high: null };
  const bounds = bootstrapBounds(
    values.length,
    (indices) => {
      let sum = 0;
      for (const index of indices) sum += values[index]!;
      return sum / indices.length;
    },
    { seed, resamples, purpose: 'evidence' },
  );
  return { mean, low: bounds?.low ?? null, high: bounds?.high ?? null };
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation with n - 1; 0 for fewer than two values. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
