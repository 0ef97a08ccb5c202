/**
 * The choice at a growing point, with its evidence (landscape-aware growing, Karp et al. 2024, section 3).
 * Pure: evaluations in, decision out. The lowest value of the rule wins; a candidate that cannot be told from it
 * by the measured noise is reported as tied, and initial loss is always shown beside the choice.
 *
 * Simplified: every interval holds by itself; no correction is made for comparing several candidates at once.
 */
import type { DecisionEvidence, Interval } from '../contract/analysis.ts';
import { type DecisionRule, isHigherBetter, lagOf, metricOf } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import type { EvaluationRecord, RunState } from '../contract/records.ts';
import { normalQuantile } from '../tensor/random.ts';
import { pairedDifference } from './bootstrap.ts';
import { describeRule, type RuleReading, readRule } from './decision-rules.ts';
import { TIE_TOLERANCE } from './rank-statistics.ts';

export interface SelectionCandidate {
  readonly strategy: string;
  /** Position in the pool; equal values go to the lower one. */
  readonly position: number;
  /** Controls are compared, but never chosen. */
  readonly isControl: boolean;
  /** State of the run the rule reads, as of the lag. */
  readonly state: RunState;
  /** Evaluations of that run. */
  readonly evaluations: readonly EvaluationRecord[];
  /** The rule's value in paired repeat 1, 2, …, the same index being the same data order; null where missing. */
  readonly repeatValues?: readonly (number | null)[];
}

/** A candidate against another one, `losses - reference`. */
export interface Comparison {
  /** Null where noise cannot be measured: fewer than two validation batches. */
  readonly difference: Interval | null;
  readonly isTied: boolean;
}

interface Ranked {
  readonly candidate: SelectionCandidate;
  readonly reading: RuleReading;
}

/** How a choice is measured; the choice itself is the same either way. */
export interface SelectionOptions {
  /**
   * False leaves the bootstrap out, which is nearly all the work: the margin is null, and tied are only candidates
   * at most TIE_TOLERANCE apart.
   */
  readonly margins?: boolean;
}

/**
 * Chooses among the candidates that are not controls, by a rule that looks once.
 *
 * @throws EspalierError `bad-input` for an empty pool or repeated names, `refused` while a needed evaluation is
 *   still to come, `failed` when every candidate diverged or failed.
 */
export function selectStrategy(
  candidates: readonly SelectionCandidate[],
  rule: DecisionRule,
  seed: number,
  { margins = true }: SelectionOptions = {},
): DecisionEvidence {
  const pool = rankedPool(candidates);
  const readings = new Map(pool.map((candidate) => [candidate, readCandidate(candidate, rule)]));
  const ranked: Ranked[] = pool
    .flatMap((candidate) => {
      const reading = readings.get(candidate);
      return reading ? [{ candidate, reading }] : [];
    })
    .sort((a, b) => a.reading.value - b.reading.value || a.candidate.position - b.candidate.position);
  const lost = pool.filter((candidate) => !readings.get(candidate));
  const [best, second] = ranked;
  if (best === undefined) throw allLost(pool.length, lagOf(rule));
  const noiseFloor = pairedNoiseFloor(
    ranked.map(({ candidate, reading }) => [reading.value, ...(candidate.repeatValues ?? [])]),
  );
  const compared = ranked.map((entry) =>
    entry === best
      ? null
      : margins
        ? compareReadings(entry.reading, best.reading, rule, seed, noiseFloor)
        : compareValues(entry.reading, best.reading),
  );
  const sign = isHigherBetter(metricOf(rule)) ? -1 : 1;
  return {
    strategy: best.candidate.strategy,
    rule: rule.rule,
    lag: lagOf(rule),
    values: [
      ...ranked.map(({ candidate, reading }) => ({
        strategy: candidate.strategy,
        value: sign * reading.value,
      })),
      ...lost.map((candidate) => ({ strategy: candidate.strategy, value: null })),
    ],
    margin: compared[1]?.difference ?? null,
    runnerUp: second?.candidate.strategy ?? null,
    tie: ranked
      .filter((_, index) => index === 0 || compared[index]?.isTied)
      .map((entry) => entry.candidate.strategy),
    noise: describeNoise(rule, best.reading.batchLosses.length, noiseFloor, pool),
    noiseFloor,
    initialLossPicks: initialLossPicks(pool),
  };
}

/**
 * Compares two readings on the same validation batches. Tied: at most TIE_TOLERANCE apart, or the interval of
 * the paired difference holds 0, or the difference is below what paired repeats show as noise.
 */
export function compareReadings(
  reading: RuleReading,
  reference: RuleReading,
  rule: DecisionRule,
  seed: number,
  noiseFloor: number | null,
): Comparison {
  const difference = pairedDifference(reading.batchLosses, reference.batchLosses, {
    seed,
    purpose: 'margin',
    confidence: rule.confidence,
    resamples: rule.resamples,
  });
  const distance = Math.abs(reading.value - reference.value);
  const isTied =
    distance <= TIE_TOLERANCE ||
    (difference !== null && difference.low <= 0 && difference.high >= 0) ||
    (noiseFloor !== null && distance < tieWidth(noiseFloor, rule.confidence));
  return { difference, isTied };
}

/** Compares the values alone: tied are values at most TIE_TOLERANCE apart. */
export function compareValues(
  { value }: Pick<RuleReading, 'value'>,
  reference: Pick<RuleReading, 'value'>,
): Comparison {
  return { difference: null, isTied: Math.abs(value - reference.value) <= TIE_TOLERANCE };
}

/** The error of a pool of which nothing is left. */
export function allLost(candidateCount: number, step: number): EspalierError {
  return new EspalierError(
    'failed',
    `All ${candidateCount} candidates diverged or failed before step ${step}; at least one must have a finite loss to be chosen.`,
    { hint: 'Lower the learning rate, or add a strategy that keeps the source function.' },
  );
}

/** Differences below this are noise: the two-sided normal bound for the standard deviation of a difference. */
export function tieWidth(noiseFloor: number, confidence: number): number {
  return normalQuantile((1 + confidence) / 2) * noiseFloor;
}

/**
 * Standard deviation of a paired difference, from repeats with another data order. `values[c][r]` is the value
 * of candidate c in repeat r; what a repeat does to all candidates alike cancels in the difference.
 * Pooled over all pairs of candidates, each weighted by its degrees of freedom; null without two candidates that
 * share two repeats.
 */
export function pairedNoiseFloor(values: readonly (readonly (number | null)[])[]): number | null {
  let squares = 0;
  let degrees = 0;
  for (let i = 0; i < values.length; i++)
    for (let j = 0; j < i; j++) {
      const differences = values[i]!.flatMap((value, repeat) => {
        const other = values[j]![repeat] ?? null;
        return value === null || other === null || !Number.isFinite(value - other) ? [] : [value - other];
      });
      if (differences.length < 2) continue;
      const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
      squares += differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      degrees += differences.length - 1;
    }
  return degrees === 0 ? null : Math.sqrt(squares / degrees);
}

/** Reads the rule for one candidate; null when it diverged or failed. Throws `refused` when it is too early. */
export function readCandidate(candidate: SelectionCandidate, rule: DecisionRule): RuleReading | null {
  if (candidate.state === 'diverged' || candidate.state === 'failed' || candidate.state === 'cancelled')
    return null;
  const outcome = readRule(rule, candidate.evaluations);
  if (outcome === 'diverged') return null;
  if (outcome !== 'missing') return outcome;
  throw new EspalierError(
    'refused',
    `Candidate ${candidate.strategy} has no evaluation at step ${lagOf(rule)}; the rule ${rule.rule} needs one of every candidate that still runs.`,
    { hint: `Wait until its run has passed step ${lagOf(rule)}, and have that step evaluated.` },
  );
}

/**
 * The candidates that may be chosen, in pool order.
 * @throws EspalierError `bad-input` for an empty pool or repeated names
 */
export function rankedPool<Candidate extends Pick<SelectionCandidate, 'strategy' | 'position' | 'isControl'>>(
  candidates: readonly Candidate[],
): Candidate[] {
  const pool = candidates
    .filter((candidate) => !candidate.isControl)
    .sort((a, b) => a.position - b.position || (a.strategy < b.strategy ? -1 : 1));
  if (pool.length === 0)
    throw new EspalierError(
      'bad-input',
      'The pool has no strategy to choose from; it must hold at least one besides the controls.',
    );
  if (new Set(pool.map((candidate) => candidate.strategy)).size < pool.length)
    throw new EspalierError('bad-input', 'Two candidates have the same strategy name; names must differ.');
  return pool;
}

/** All strategies tied for the lowest initial loss, in pool order. */
export function initialLossPicks(
  pool: readonly Pick<SelectionCandidate, 'strategy' | 'evaluations'>[],
): string[] {
  const initial = pool.map(
    (candidate) => candidate.evaluations.find((evaluation) => evaluation.step === 0)?.loss ?? Number.NaN,
  );
  const finite = initial.filter(Number.isFinite);
  if (finite.length === 0) return [];
  const lowest = Math.min(...finite);
  return pool.flatMap((candidate, index) =>
    initial[index]! - lowest <= TIE_TOLERANCE ? [candidate.strategy] : [],
  );
}

function describeNoise(
  rule: DecisionRule,
  batchCount: number,
  noiseFloor: number | null,
  pool: readonly SelectionCandidate[],
): string {
  const percent = `${Number((rule.confidence * 100).toFixed(1))} %`;
  const parts = [`Compared is ${describeRule(rule)}; at most ${TIE_TOLERANCE} apart counts as equal.`];
  parts.push(
    batchCount < 2
      ? batchCount === 0
        ? 'This value has no parts by validation batch, so the noise of validation sampling is not measured.'
        : 'With a single validation batch the noise of validation sampling cannot be measured.'
      : `Within noise means that the ${percent} bootstrap interval of the paired difference to the best, over ${batchCount} validation batches, contains 0${
          noiseFloor === null
            ? ''
            : `, or that the difference is below ${tieWidth(noiseFloor, rule.confidence).toFixed(4)}, the ${percent} width of paired repeats`
        }.`,
  );
  const repeatCount = Math.max(...pool.map((candidate) => candidate.repeatValues?.length ?? 0));
  parts.push(
    noiseFloor === null
      ? 'It covers the sampling of validation text only, not the order of training batches and not the seeds: another training order may change the choice.'
      : `It covers the sampling of validation text and, through ${repeatCount} paired repeats, what the repeats vary (order of training batches, seed of new weights); it does not cover another source model.`,
  );
  return parts.join(' ');
}
