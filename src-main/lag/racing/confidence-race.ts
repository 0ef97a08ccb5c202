/**
 * A race by confidence, in the manner of Hoeffding and Bernstein races (Maron and Moore 1994), with Student's t on
 * paired differences over the validation batches. At every look a candidate is dropped when it is worse than the
 * leader by more than `tolerance` even at the near end of its interval.
 *
 * Looking often at many rivals finds false losers, so each one-sided test gets the share
 * (1 - confidence) / (looks · rivals) of the allowed error (Bonferroni). By the union bound the candidate that is
 * truly best over validation text at every look is then kept with at least the stated confidence, whoever leads.
 * Not covered: curves that cross after the last look, other training orders, other source models.
 */
import { looksOf, type RuleOf } from '../../contract/decision.ts';
import { LOSS_METRIC } from '../../contract/recorded-audit.ts';
import { type Contestant, lookAt, type Standing } from './contestant.ts';
import { needs, RaceLedger, type RaceOutcome } from './race-outcome.ts';
import { type MeanDifference, meanDifference, studentQuantile } from './student-t.ts';

/** @param pool candidates that are not controls, in pool order */
export function confidenceRace(rule: RuleOf<'confidenceRace'>, pool: readonly Contestant[]): RaceOutcome {
  const { tolerance, confidence } = rule;
  const ledger = new RaceLedger(pool, LOSS_METRIC);
  const looks = looksOf(rule);
  const rivals = Math.max(1, pool.length - 1);
  const level = (1 - confidence) / (looks.length * rivals);
  const certainty =
    `Dropped is a candidate that is more than ${tolerance} nats per token worse than the leader by a one-sided t ` +
    `interval over validation batches. Its error level is ${level.toPrecision(3)}: the allowed ` +
    `${Number((1 - confidence).toPrecision(6))} divided by ${looks.length} looks and ${rivals} rivals (Bonferroni), so that ` +
    'the best candidate is dropped at any look with at most that allowed probability.';
  let alive: readonly Contestant[] = pool;
  for (const [index, step] of looks.entries()) {
    const look = lookAt(alive, step, LOSS_METRIC);
    if (look.untrained.length > 0)
      return needs(
        look,
        `Look ${index + 1} of at most ${looks.length}: step ${step}, ${alive.length} in the race.`,
      );
    const [leader, ...others] = look.ranked;
    const quantile = leader ? quantileFor(leader, others, level) : 0;
    const behind = others.map((rival) => ({ rival, difference: differenceOf(rival, leader!) }));
    const isWorse = ({ mean, standardError }: MeanDifference): boolean =>
      mean - quantile * standardError > tolerance;
    const dropped = behind.filter(({ difference }) => isWorse(difference));
    ledger.enter(
      look,
      dropped.map(({ rival, difference: { mean, standardError } }) => ({
        strategy: rival.contestant.strategy,
        why: `${mean.toFixed(4)} behind ${leader!.contestant.strategy}, at least ${(mean - quantile * standardError).toFixed(4)} at the corrected level`,
      })),
    );
    const out = new Set(dropped.map(({ rival }) => rival));
    const left = look.ranked.filter((standing) => !out.has(standing));
    alive = left.map(({ contestant }) => contestant);
    const tie = { tie: alive, certainty };
    if (alive.length === 0)
      return ledger.result(`Every candidate that was left diverged or failed before step ${step}.`, {
        certainty,
      });
    if (alive.length === 1)
      return ledger.result(`One candidate is left after step ${step}: the leader is safe.`, tie);
    if (isTie(left, quantile, tolerance))
      return ledger.result(
        `The ${alive.length} candidates left at step ${step} are a tie: each pair is within ${tolerance} nats per token at the corrected level.`,
        tie,
      );
    if (step === rule.maxLag)
      return ledger.result(
        `Step ${step} is the last look; ${alive.length} candidates are left, and the leader is taken.`,
        tie,
      );
  }
  // The last of the looks is maxLag, where every path above ends.
  return ledger.result(`Step ${rule.maxLag} is the last look.`, { certainty });
}

/** All pairs equivalent: both ends of every interval within the tolerance (two one-sided tests). */
function isTie(left: readonly Standing[], quantile: number, tolerance: number): boolean {
  return left.every((one, index) =>
    left.slice(0, index).every((other) => {
      const { mean, standardError } = differenceOf(one, other);
      return Math.abs(mean) + quantile * standardError <= tolerance;
    }),
  );
}

const differenceOf = (one: Standing, other: Standing): MeanDifference =>
  meanDifference(one.evaluation.batchLosses, other.evaluation.batchLosses);

const quantiles = new Map<string, number>();

/** The quantile of the leader's number of batches, kept: it costs more than all comparisons of a look. */
function quantileFor(leader: Standing, others: readonly Standing[], level: number): number {
  if (others.length === 0) return 0;
  const batches = leader.evaluation.batchLosses.length;
  if (batches < 2) return differenceOf(leader, leader).mean;
  const key = `${level} ${batches}`;
  const known = quantiles.get(key) ?? studentQuantile(level, batches - 1);
  quantiles.set(key, known);
  return known;
}
