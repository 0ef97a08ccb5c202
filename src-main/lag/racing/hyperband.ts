/**
 * Hyperband (Li et al. 2018, algorithm 1) over a fixed pool. Bracket s begins at maxLag · eta^-s with
 * ⌈(s_max + 1) / (s + 1) · eta^s⌉ candidates, of which ⌊1/eta⌋ go on at each rung. The paper draws new
 * configurations for every bracket; here each bracket takes candidates of the one pool, and the first always all
 * of them, so that nobody goes unseen. Their curves are shared: no step is trained or charged twice.
 */
import { bracketStartsOf, metricOf, type RuleOf } from '../../contract/decision.ts';
import { randomStream } from '../../tensor/random.ts';
import type { Contestant } from './contestant.ts';
import { type Demand, RaceLedger, type RaceOutcome } from './race-outcome.ts';
import { climbRungs } from './successive-halving.ts';

/** One bracket: candidates at each rung, by Li et al. 2018, table 1. */
export interface Bracket {
  /** s: how often it divides. */
  readonly index: number;
  readonly rungs: readonly number[];
  readonly counts: readonly number[];
}

/** Brackets from the most exploratory (s_max) to the last (0). */
export function bracketsOf(rule: RuleOf<'hyperband'>): Bracket[] {
  const starts = bracketStartsOf(rule);
  const most = starts.length - 1;
  return starts.map((_, place) => {
    const index = most - place;
    const first = Math.ceil(((most + 1) / (index + 1)) * rule.eta ** index - 1e-9);
    return {
      index,
      rungs: starts.slice(place),
      counts: Array.from({ length: index + 1 }, (_, rung) => Math.floor(first / rule.eta ** rung + 1e-9)),
    };
  });
}

/** @param pool candidates that are not controls, in pool order */
export function hyperband(rule: RuleOf<'hyperband'>, pool: readonly Contestant[], seed: number): RaceOutcome {
  const ledger = new RaceLedger(pool, metricOf(rule));
  const demands: Demand[] = [];
  const brackets = bracketsOf(rule);
  for (const { index, rungs, counts } of brackets) {
    const climb = climbRungs(ledger, {
      entrants: index === brackets.length - 1 ? pool : entrantsOf(pool, counts[0]!, index, seed),
      rungs,
      metric: metricOf(rule),
      keep: (count) => Math.floor(count / rule.eta + 1e-9),
      bracket: index,
      goesToTheEnd: true,
    });
    if (climb.kind === 'needs') demands.push(...climb.demands);
  }
  if (demands.length > 0)
    return { kind: 'needs', demands, why: `Next rungs of ${brackets.length} brackets, curves shared.` };
  return ledger.result(`All ${brackets.length} brackets have ended at step ${rule.maxLag}.`);
}

/** The bracket's own draw: every strategy has a ticket by its name, so another candidate changes no ticket. */
function entrantsOf(pool: readonly Contestant[], count: number, bracket: number, seed: number): Contestant[] {
  const tickets = new Map(
    pool.map((one) => [one, randomStream(seed, 'hyperband', bracket, one.strategy).nextUint32()]),
  );
  return [...pool]
    .sort((a, b) => tickets.get(a)! - tickets.get(b)! || a.position - b.position)
    .slice(0, count)
    .sort((a, b) => a.position - b.position);
}
