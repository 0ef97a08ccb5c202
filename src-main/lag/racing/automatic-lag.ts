/**
 * The lag chosen by the curves themselves: all candidates train on until their ranking has settled, that is until
 * at `stable` looks in a row it agrees with the look before (Spearman at least `threshold`) and the leader is the
 * same or tied with the one before. A ranking that has settled for a while may still turn later; the series of
 * looks is kept as evidence.
 */
import { looksOf, metricOf, type RuleOf } from '../../contract/decision.ts';
import { LOSS_METRIC } from '../../contract/recorded-audit.ts';
import { averageRanks, spearman, TIE_TOLERANCE } from '../rank-statistics.ts';
import { type Contestant, type Look, lookAt, type Standing } from './contestant.ts';
import { needs, RaceLedger, type RaceOutcome } from './race-outcome.ts';
import { meanDifference, studentQuantile } from './student-t.ts';

/** @param pool candidates that are not controls, in pool order */
export function automaticLag(rule: RuleOf<'automaticLag'>, pool: readonly Contestant[]): RaceOutcome {
  const metric = metricOf(rule);
  const ledger = new RaceLedger(pool, metric);
  const looks = looksOf(rule);
  const certainty = `The lag is the first step at which the ranking had a Spearman correlation of at least ${rule.threshold} with the look before, and the same or a tied leader, ${rule.stable} times in a row; looked at were up to ${looks.length} steps.`;
  let before: Look | null = null;
  let agreeing = 0;
  for (const [index, step] of looks.entries()) {
    const look = lookAt(pool, step, metric);
    if (look.untrained.length > 0)
      return needs(look, `Look ${index + 1} of at most ${looks.length}: step ${step}.`);
    const correlation = before && correlationOf(before, look);
    ledger.enter(look, [], { spearman: correlation });
    const [leader] = look.ranked;
    if (leader === undefined)
      return ledger.result(`Every candidate diverged or failed before step ${step}.`, { certainty });
    if (look.ranked.length === 1)
      return ledger.result(`One candidate is left at step ${step}.`, { certainty });
    const agrees =
      before !== null &&
      (correlation === null ? haveSameRanks(before, look) : correlation >= rule.threshold) &&
      isLeaderKept(before, look, rule.confidence, metric);
    agreeing = agrees ? agreeing + 1 : 0;
    if (agreeing >= rule.stable)
      return ledger.result(
        `The ranking was stable at ${rule.stable} ${rule.stable === 1 ? 'look' : 'looks in a row'} up to step ${step}.`,
        { certainty },
      );
    before = look;
  }
  return ledger.result(`The ranking had not settled by step ${rule.maxLag}, the last look.`, { certainty });
}

/** Values of the candidates that both looks have, in the order of the later one. */
function sharedValues(before: Look, now: Look): { before: number[]; now: number[] } {
  const earlier = new Map(before.ranked.map(({ contestant, value }) => [contestant, value]));
  const shared = now.ranked.filter(({ contestant }) => earlier.has(contestant));
  return {
    before: shared.map(({ contestant }) => earlier.get(contestant)!),
    now: shared.map(({ value }) => value),
  };
}

function ranksOf(before: Look, now: Look): [number[], number[]] {
  const values = sharedValues(before, now);
  return [averageRanks(values.before, TIE_TOLERANCE), averageRanks(values.now, TIE_TOLERANCE)];
}

/** Null where it is undefined: all tied at one of the looks. */
const correlationOf = (before: Look, now: Look): number | null => spearman(...ranksOf(before, now));

function haveSameRanks(before: Look, now: Look): boolean {
  const [earlier, later] = ranksOf(before, now);
  return earlier.every((rank, index) => rank === later[index]);
}

/** The leader of the look before still leads, or is within noise of the new one. */
function isLeaderKept(before: Look, now: Look, confidence: number, metric: string): boolean {
  const past = now.ranked.find(({ contestant }) => contestant === before.ranked[0]?.contestant);
  return past !== undefined && isTiedWith(past, now.ranked[0]!, confidence, metric);
}

function isTiedWith(one: Standing, leader: Standing, confidence: number, metric: string): boolean {
  if (one === leader || one.value - leader.value <= TIE_TOLERANCE) return true;
  const [losses, reference] = [one.evaluation.batchLosses, leader.evaluation.batchLosses];
  if (metric !== LOSS_METRIC || losses.length < 2 || reference.length < 2) return false;
  const { mean, standardError } = meanDifference(losses, reference);
  return mean - studentQuantile((1 - confidence) / 2, losses.length - 1) * standardError <= 0;
}
