/**
 * Rank statistics of a pool: how well one measurement of the candidates orders another one.
 * Definitions follow scipy.stats (rankdata, spearmanr, kendalltau variant b) and are checked against it.
 *
 * Candidates that keep the source's function start at the same loss up to rounding. `TIE_TOLERANCE` makes such
 * losses equal, so that float noise never decides a rank or a regret.
 */
import { EspalierError } from '../contract/errors.ts';

/** Losses at most this far apart, in nats per token, count as equal. */
export const TIE_TOLERANCE = 1e-4;

/**
 * 1-based ranks, the smallest value first; equal values share the mean of their ranks.
 * Values count as equal when they lie within `tolerance` of the smallest value of their group.
 * Throws `bad-input` for NaN; infinities are allowed.
 */
export function averageRanks(values: readonly number[], tolerance = 0): number[] {
  if (values.some(Number.isNaN))
    throw new EspalierError('bad-input', 'A value to be ranked is NaN; it must be a number.', {
      hint: 'Leave candidates without a loss out before ranking.',
    });
  const order = values.map((_, index) => index).sort((a, b) => compare(values[a]!, values[b]!));
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    const smallest = values[order[start]!]!;
    let end = start + 1;
    while (end < order.length && isWithin(values[order[end]!]!, smallest, tolerance)) end++;
    for (let place = start; place < end; place++) ranks[order[place]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Ranks of the values that are not null, ties averaged; null stays null. Losses closer than the tolerance tie. */
export function ranksOfPresent(
  values: readonly (number | null)[],
  tolerance = TIE_TOLERANCE,
): (number | null)[] {
  const ranks = averageRanks(
    values.filter((value) => value !== null),
    tolerance,
  );
  let next = 0;
  return values.map((value) => (value === null ? null : ranks[next++]!));
}

/**
 * Spearman's rank correlation: Pearson's correlation of the average ranks.
 * Null when it is undefined: fewer than two pairs, or one side constant.
 */
export function spearman(x: readonly number[], y: readonly number[]): number | null {
  requireSameLength(x, y);
  return pearson(averageRanks(x), averageRanks(y));
}

/**
 * Kendall's tau-b: concordant minus discordant pairs over √(pairs untied in x · pairs untied in y).
 * Null when it is undefined: fewer than two pairs, or one side constant.
 */
export function kendallTauB(x: readonly number[], y: readonly number[]): number | null {
  requireSameLength(x, y);
  let difference = 0;
  let untiedX = 0;
  let untiedY = 0;
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < i; j++) {
      const signX = compare(x[i]!, x[j]!);
      const signY = compare(y[i]!, y[j]!);
      difference += signX * signY;
      untiedX += Math.abs(signX);
      untiedY += Math.abs(signY);
    }
  if (untiedX === 0 || untiedY === 0) return null;
  return clampCorrelation(difference / Math.sqrt(untiedX * untiedY));
}

export interface TopOneRegret {
  /** Mean regret over the tied picks, as if one of them were drawn. */
  readonly expected: number;
  /** Regret of the worst among the tied picks. */
  readonly worst: number;
  /** Indices of all candidates tied for the best predictor, in order. */
  readonly picks: readonly number[];
}

/**
 * Final loss of the candidate with the lowest predictor minus the best final loss, in nats per token.
 * Predictors within `tolerance` of the lowest are all picks. Null for an empty pool.
 */
export function topOneRegret(
  predictor: readonly number[],
  final: readonly number[],
  tolerance = TIE_TOLERANCE,
): TopOneRegret | null {
  requireSameLength(predictor, final);
  if (predictor.length === 0) return null;
  const lowest = Math.min(...predictor);
  const best = Math.min(...final);
  const picks = predictor.flatMap((value, index) => (isWithin(value, lowest, tolerance) ? [index] : []));
  const regrets = picks.map((index) => final[index]! - best);
  return {
    expected: regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length,
    worst: Math.max(...regrets),
    picks,
  };
}

/** Pearson's correlation of equally long lists; null when undefined. */
function pearson(x: readonly number[], y: readonly number[]): number | null {
  const meanX = mean(x);
  const meanY = mean(y);
  let covariance = 0;
  let varianceX = 0;
  let varianceY = 0;
  for (let index = 0; index < x.length; index++) {
    const dx = x[index]! - meanX;
    const dy = y[index]! - meanY;
    covariance += dx * dy;
    varianceX += dx * dx;
    varianceY += dy * dy;
  }
  if (x.length < 2 || varianceX === 0 || varianceY === 0) return null;
  return clampCorrelation(covariance / Math.sqrt(varianceX * varianceY));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rounding may carry a perfect correlation a few ulps past 1. */
function clampCorrelation(value: number): number {
  return Math.min(1, Math.max(-1, value));
}

/** Order of two numbers as -1, 0 or 1; unlike a difference it is right for equal infinities. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isWithin(value: number, smallest: number, tolerance: number): boolean {
  return value === smallest || value - smallest <= tolerance;
}

function requireSameLength(x: readonly number[], y: readonly number[]): void {
  if (x.length !== y.length)
    throw new EspalierError(
      'bad-input',
      `The lists hold ${x.length} and ${y.length} values; they must be equally long, one pair for each candidate.`,
    );
}
