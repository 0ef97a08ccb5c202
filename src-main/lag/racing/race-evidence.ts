/** The evidence of a decision that took several looks. */
import type { DecisionEvidence } from '../../contract/analysis.ts';
import { type DecisionRule, isHigherBetter, lagOf, metricOf } from '../../contract/decision.ts';
import { LOSS_METRIC } from '../../contract/recorded-audit.ts';
import { describeRule, orientedValue, type RuleReading } from '../decision-rules.ts';
import { TIE_TOLERANCE } from '../rank-statistics.ts';
import { allLost, type Comparison, compareReadings, compareValues, initialLossPicks } from '../selection.ts';
import { type Contestant, evaluationAt } from './contestant.ts';
import type { LastSeen, RaceResult } from './race-outcome.ts';

/**
 * Two candidates are compared at the last step at which both were seen, on the same validation batches.
 * @throws EspalierError `failed` when every candidate diverged or failed
 */
export function raceEvidence(
  rule: DecisionRule,
  pool: readonly Contestant[],
  result: RaceResult,
  { seed, margins }: { readonly seed: number; readonly margins: boolean },
): DecisionEvidence {
  const metric = metricOf(rule);
  const { standings, rounds } = result;
  const [winner, second] = standings;
  const lastStep = rounds.reduce((last, { step }) => Math.max(last, step), 0);
  if (winner === undefined) throw allLost(pool.length, lastStep || lagOf(rule));
  const compared = new Map(
    standings.slice(1).map((entry) => [entry, compareAt(entry, winner, rule, metric, seed, margins)]),
  );
  const tied = result.tie;
  const isTied = (entry: LastSeen): boolean =>
    tied === null ? (compared.get(entry)?.isTied ?? false) : tied.includes(entry.contestant);
  const sign = isHigherBetter(metric) ? -1 : 1;
  const there = new Set(standings.map(({ contestant }) => contestant));
  return {
    strategy: winner.contestant.strategy,
    rule: rule.rule,
    lag: lastStep,
    values: [
      ...standings.map(({ contestant, value }) => ({ strategy: contestant.strategy, value: sign * value })),
      ...pool.filter((one) => !there.has(one)).map(({ strategy }) => ({ strategy, value: null })),
    ],
    margin: (second && compared.get(second)?.difference) ?? null,
    runnerUp: second?.contestant.strategy ?? null,
    tie: standings
      .filter((entry) => entry === winner || isTied(entry))
      .map(({ contestant }) => contestant.strategy),
    noise: noiseOf(rule, result),
    noiseFloor: null,
    initialLossPicks: initialLossPicks(pool),
    metric,
    trainedTo: Object.fromEntries(pool.map((one) => [one.strategy, result.trainedTo.get(one) ?? 0])),
    rounds,
    stoppedBecause: result.stoppedBecause,
  };
}

function compareAt(
  entry: LastSeen,
  winner: LastSeen,
  rule: DecisionRule,
  metric: string,
  seed: number,
  margins: boolean,
): Comparison {
  const reference = evaluationAt(winner.contestant.evaluations, entry.step);
  if (reference === undefined) return { difference: null, isTied: false };
  const readingOf = (evaluation: typeof reference): RuleReading => ({
    value: orientedValue(evaluation, metric),
    batchLosses: Float64Array.from(metric === LOSS_METRIC ? evaluation.batchLosses : []),
  });
  return margins
    ? compareReadings(readingOf(entry.evaluation), readingOf(reference), rule, seed, null)
    : compareValues(entry, { value: orientedValue(reference, metric) });
}

function noiseOf(rule: DecisionRule, { tie, certainty }: RaceResult): string {
  const percent = `${Number((rule.confidence * 100).toFixed(1))} %`;
  const within =
    tie === null
      ? `Within noise means that the ${percent} bootstrap interval of the paired difference to the chosen one at that step, over validation batches, contains 0.`
      : 'Within noise are the candidates left at the end.';
  return [
    `Compared is ${describeRule(rule)}; at most ${TIE_TOLERANCE} apart counts as equal.`,
    certainty,
    within,
    'It covers the sampling of validation text only, not the order of training batches and not the seeds: another training order may change the choice.',
  ]
    .filter((part) => part !== '')
    .join(' ');
}
