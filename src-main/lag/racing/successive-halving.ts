/**
 * Successive halving over the steps of the final schedule (Karnin et al. 2013, algorithm 3; Jamieson and Talwalkar
 * 2016): at every rung the best 1/eta of the candidates, rounded up, are trained on to the next. Nothing is
 * trained twice, and what the winner was trained for is part of its final run.
 */
import { metricOf, type RuleOf, rungsOf } from '../../contract/decision.ts';
import { type Contestant, lookAt } from './contestant.ts';
import { type Demand, needs, RaceLedger, type RaceOutcome } from './race-outcome.ts';

/** @param pool candidates that are not controls, in pool order */
export function successiveHalving(
  rule: RuleOf<'successiveHalving'>,
  pool: readonly Contestant[],
): RaceOutcome {
  const ledger = new RaceLedger(pool, metricOf(rule));
  const rungs = rungsOf(rule);
  const climb = climbRungs(ledger, {
    entrants: pool,
    rungs,
    metric: metricOf(rule),
    keep: (count) => Math.ceil(count / rule.eta - 1e-9),
  });
  if (climb.kind === 'needs') return climb;
  return ledger.result(
    climb.survivors.length === 0
      ? `Every candidate that was left diverged or failed before step ${climb.step}.`
      : climb.survivors.length === 1 && climb.step < rungs.at(-1)!
        ? `One candidate is left after step ${climb.step}.`
        : `Step ${climb.step} is the last rung.`,
  );
}

export interface Ladder {
  readonly entrants: readonly Contestant[];
  /** Ascending. */
  readonly rungs: readonly number[];
  readonly metric: string;
  /** How many of a rung's candidates go on; at least one does. */
  readonly keep: (count: number, rung: number) => number;
  /** Bracket of Hyperband. */
  readonly bracket?: number;
  /** Whether the last one left is trained to the last rung all the same. */
  readonly goesToTheEnd?: boolean;
}

export type Climb =
  | { readonly kind: 'needs'; readonly demands: readonly Demand[]; readonly why: string }
  | { readonly kind: 'done'; readonly survivors: readonly Contestant[]; readonly step: number };

/** One ladder, up to the first rung that has still to be trained. */
export function climbRungs(ledger: RaceLedger, ladder: Ladder): Climb {
  const { rungs, metric, bracket } = ladder;
  const inBracket = bracket === undefined ? '' : ` of bracket ${bracket}`;
  let alive = ladder.entrants;
  let step = 0;
  for (const [index, rung] of rungs.entries()) {
    const look = lookAt(alive, rung, metric);
    if (look.untrained.length > 0) {
      const open = needs(look, `Rung ${index + 1} of ${rungs.length}${inBracket}: step ${rung}.`);
      if (open.kind === 'needs') return open;
    }
    const isLast = index === rungs.length - 1;
    const keep = isLast ? look.ranked.length : Math.max(1, ladder.keep(alive.length, index));
    const count = alive.length;
    ledger.enter(
      look,
      look.ranked.slice(keep).map(({ contestant }, behind) => ({
        strategy: contestant.strategy,
        why: `place ${keep + behind + 1} of ${count} at step ${rung}; the best ${keep} go on`,
      })),
      { bracket: bracket ?? null },
    );
    alive = look.ranked.slice(0, keep).map(({ contestant }) => contestant);
    step = rung;
    if (alive.length === 0 || (alive.length === 1 && !ladder.goesToTheEnd)) break;
  }
  return { kind: 'done', survivors: alive, step };
}
