/**
 * How well every early measurement would have ranked and chosen, given the final losses of an audit: rank
 * correlation and regret by step (Karp et al. 2024, figures 1 to 3), and what deciding there would have cost.
 */
import type { Interval, RankAgreement } from '../contract/analysis.ts';
import { bootstrapBounds } from './bootstrap.ts';
import { averageRanks, kendallTauB, spearman, TIE_TOLERANCE, topOneRegret } from './rank-statistics.ts';

/** One measurement of every candidate of the pool at one step; null where it has no finite value. */
export interface Predictor {
  readonly name: RankAgreement['predictor'];
  readonly step: number;
  readonly values: readonly (number | null)[];
  readonly costShare: number;
}

/** Fewest candidates for which a bootstrap over candidates is shown. */
export const MIN_CANDIDATES_FOR_INTERVAL = 4;

/**
 * Agreement of one predictor with the final losses, in the order of `strategies`. Candidates without a final loss
 * or without a value are left out; losses closer than TIE_TOLERANCE share a rank. No resamples: no interval.
 */
export function rankAgreement(
  predictor: Predictor,
  finalLosses: readonly (number | null)[],
  strategies: readonly string[],
  options: { seed: number; confidence: number; resamples: number },
): RankAgreement {
  const kept = finalLosses.flatMap((final, index) => {
    const value = predictor.values[index] ?? null;
    return final === null || value === null ? [] : [{ final, value, strategy: strategies[index]! }];
  });
  const values = kept.map((entry) => entry.value);
  const finals = kept.map((entry) => entry.final);
  const valueRanks = averageRanks(values, TIE_TOLERANCE);
  const finalRanks = averageRanks(finals, TIE_TOLERANCE);
  const estimate = spearman(valueRanks, finalRanks);
  const regret = topOneRegret(values, finals);
  return {
    predictor: predictor.name,
    step: predictor.step,
    candidateCount: kept.length,
    spearman: estimate,
    spearmanInterval: spearmanInterval(estimate, valueRanks, finalRanks, options),
    kendallTauB: kendallTauB(valueRanks, finalRanks),
    regret: regret?.expected ?? null,
    worstRegret: regret?.worst ?? null,
    picks: regret?.picks.map((index) => kept[index]!.strategy) ?? [],
    costShare: predictor.costShare,
  };
}

/**
 * FLOPs of deciding after k steps of the final schedule and finishing the pick, as a share of training all n
 * candidates for the horizon F: (n·k + F - k) / (n·F). The pick goes on from its step k.
 */
export function plainCostShare(candidateCount: number, lag: number, horizon: number): number {
  return (candidateCount * lag + horizon - lag) / (candidateCount * horizon);
}

/** The same for cooldown probes, after which the pick starts again at the growing point: (n·k + F) / (n·F). */
export function cooldownCostShare(candidateCount: number, lag: number, horizon: number): number {
  return (candidateCount * lag + horizon) / (candidateCount * horizon);
}

/** Resamples candidates, with the ranks formed anew in every resample. */
function spearmanInterval(
  estimate: number | null,
  valueRanks: readonly number[],
  finalRanks: readonly number[],
  options: { seed: number; confidence: number; resamples: number },
): Interval | null {
  if (estimate === null || valueRanks.length < MIN_CANDIDATES_FOR_INTERVAL || options.resamples === 0)
    return null;
  const bounds = bootstrapBounds(
    valueRanks.length,
    (indices) =>
      spearman(
        Array.from(indices, (index) => valueRanks[index]!),
        Array.from(indices, (index) => finalRanks[index]!),
      ),
    { ...options, purpose: 'agreement' },
  );
  return bounds && { estimate, ...bounds };
}
