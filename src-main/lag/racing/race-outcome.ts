/** What a rule that looks several times has found out so far: what it still needs, or who stands where. */
import type { DecisionRound } from '../../contract/analysis.ts';
import { isHigherBetter } from '../../contract/decision.ts';
import type { Contestant, Look, Standing } from './contestant.ts';

/** Training a rule asks for: the contestants up to the step, on the final schedule. */
export interface Demand {
  readonly contestant: Contestant;
  readonly untilStep: number;
}

/** A candidate at the last step at which the rule saw it. */
export interface LastSeen extends Standing {
  readonly step: number;
}

export interface RaceResult {
  readonly rounds: readonly DecisionRound[];
  /** Best first: whoever got further stands before, equal steps by value. Lost candidates are left out. */
  readonly standings: readonly LastSeen[];
  /** Steps the rule needed of every contestant. */
  readonly trainedTo: ReadonlyMap<Contestant, number>;
  readonly stoppedBecause: string;
  /** Candidates tied with the chosen one by the rule's own test; null where it has none. */
  readonly tie: readonly Contestant[] | null;
  /** How the rule guards against noise, in sentences. */
  readonly certainty: string;
}

export type RaceOutcome =
  | { readonly kind: 'needs'; readonly demands: readonly Demand[]; readonly why: string }
  | ({ readonly kind: 'over' } & RaceResult);

/** Keeps account while a rule goes from look to look. */
export class RaceLedger {
  readonly rounds: DecisionRound[] = [];
  readonly trainedTo = new Map<Contestant, number>();
  private readonly seen = new Map<Contestant, LastSeen>();
  private readonly lost = new Set<Contestant>();
  private readonly sign: 1 | -1;

  constructor(pool: readonly Contestant[], metric: string) {
    for (const contestant of pool) this.trainedTo.set(contestant, 0);
    this.sign = isHigherBetter(metric) ? -1 : 1;
  }

  /** Enters a complete look with what it led to. */
  enter(
    look: Look,
    eliminated: DecisionRound['eliminated'],
    { bracket = null, spearman = null }: Partial<Pick<DecisionRound, 'bracket' | 'spearman'>> = {},
  ): void {
    for (const standing of look.ranked) {
      const before = this.seen.get(standing.contestant);
      if (!before || before.step < look.step)
        this.seen.set(standing.contestant, { ...standing, step: look.step });
      this.charge(standing.contestant, look.step);
    }
    for (const contestant of look.lost) {
      this.lost.add(contestant);
      this.charge(contestant, Math.min(look.step, contestant.trainedTo));
    }
    this.rounds.push({
      step: look.step,
      bracket,
      values: [
        ...look.ranked.map(({ contestant, value }) => ({
          strategy: contestant.strategy,
          value: this.sign * value,
        })),
        ...look.lost.map(({ strategy }) => ({ strategy, value: null })),
      ],
      leader: look.ranked[0]?.contestant.strategy ?? null,
      eliminated,
      spearman,
    });
  }

  standings(): LastSeen[] {
    return [...this.seen.values()]
      .filter(({ contestant }) => !this.lost.has(contestant))
      .sort((a, b) => b.step - a.step || a.value - b.value || a.contestant.position - b.contestant.position);
  }

  result(
    stoppedBecause: string,
    { tie = null, certainty = '' }: Partial<Pick<RaceResult, 'tie' | 'certainty'>> = {},
  ): RaceOutcome {
    const { rounds, trainedTo } = this;
    return { kind: 'over', rounds, standings: this.standings(), trainedTo, stoppedBecause, tie, certainty };
  }

  private charge(contestant: Contestant, step: number): void {
    this.trainedTo.set(contestant, Math.max(step, this.trainedTo.get(contestant) ?? 0));
  }
}

/** Asks for the contestants a look could not see. */
export const needs = (look: Look, why: string): RaceOutcome => ({
  kind: 'needs',
  demands: look.untrained.map((contestant) => ({ contestant, untilStep: look.step })),
  why,
});
