/** What replaying decision rules on the recorded curves of an audit found, without any training. */
import type { DecisionRule } from './decision.ts';

/** What a decision cost together with finishing its winner; the source and evaluations are not counted. */
export interface ReplayCost {
  /** Training steps: decision, and the rest of the winner's final run. */
  readonly steps: number;
  /** Of these, steps of cooldown probes, which no final run goes on from. */
  readonly probeSteps: number;
  /** Null where the FLOPs of a step are not known. */
  readonly flops: number | null;
  /** Share of training every candidate to the horizon. */
  readonly shareOfExhaustive: number;
}

/** One rule on one audit. */
export interface ReplayRow {
  readonly rule: DecisionRule;
  /** The rule with its settings in short: `successiveHalving 50·100·200 /2`. */
  readonly label: string;
  readonly strategy: string;
  /** Step of the last look. */
  readonly lag: number;
  /** Candidates that are equal to the chosen one at that look (at most TIE_TOLERANCE apart), the chosen included. */
  readonly equals: readonly string[];
  /**
   * Final value of the pick against the best, in the units of the metric and never below 0; the mean over `equals`,
   * as if one of them were drawn. Null where one of them has no final value.
   */
  readonly regret: number | null;
  /** The same of the strategy picked alone. */
  readonly regretOfPick: number | null;
  /** 1-based rank of the pick among the final values, ties averaged; null without a final value. */
  readonly rank: number | null;
  readonly cost: ReplayCost;
  /** No other rule of this replay is at least as good in both regret and cost, and better in one. */
  readonly isOnFront: boolean;
  readonly stoppedBecause: string | null;
}

export interface ReplayReport {
  readonly audit: {
    readonly id: string;
    readonly name: string;
    readonly seed: number;
    readonly horizon: number;
  };
  /** Metric by which regret is judged. */
  readonly metric: string;
  /** Strategies that compete, in pool order; controls left out. */
  readonly candidates: readonly {
    readonly strategy: string;
    /** Mean of the last 10 % of the final run; null where the run did not reach the horizon. */
    readonly finalValue: number | null;
    readonly rank: number | null;
  }[];
  readonly exhaustiveSteps: number;
  /** In the order of the rules given. */
  readonly rows: readonly ReplayRow[];
  /** Rules that these curves cannot answer, with the reason. */
  readonly skipped: readonly { readonly label: string; readonly why: string }[];
}
