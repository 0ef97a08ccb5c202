/** What all audits of a history say together about strategies, rules and lags. docs/choosing.md explains it. */
import { LOSS_METRIC } from './recorded-audit.ts';

/** Audits to look at; a fact that an audit does not know does not match. */
export interface EvidenceFilter {
  readonly corpus?: string;
  /** Layers after growing over layers before. */
  readonly ratio?: number;
  readonly sourceLayers?: number;
  readonly targetLayers?: number;
  readonly width?: number;
  readonly activation?: string;
  /** Only these strategies compete; audits with fewer than two of them are left out. */
  readonly pool?: readonly string[];
  /** Metric by which runs are judged; the loss when left out. */
  readonly metric?: string;
}

export const metricOfFilter = ({ metric }: EvidenceFilter): string => metric ?? LOSS_METRIC;

/** Mean over audits with its 95 % percentile bootstrap interval over audits; no bounds for fewer than five. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A strategy, or a family of growth operators, over the audits it took part in. */
export interface StrategyEvidence {
  readonly name: string;
  readonly audits: number;
  /** Different settings among these audits; seeds of one setting count once. */
  readonly settings: number;
  /** Share of audits it won; a shared first place counts as its share, members of a family add up. */
  readonly winRate: Estimate;
  /** Win rate if winners were drawn: its mean share of the pools. */
  readonly chance: number;
  /** Mean rank over pool size: 1/n for the best of n, 1 for the last. Members of a family are averaged. */
  readonly rankShare: Estimate;
  /** Final value minus the best of the audit, never below 0; a run without a final value counts as the worst. */
  readonly regret: Estimate;
  /** Runs without a final value. */
  readonly lost: number;
}

/** A decision rule at a lag that is a share of the horizon, over the audits that can answer it. */
export interface RuleEvidence {
  readonly rule: string;
  /** Share of the horizon; lags within a factor of 1.4 are counted as this one. 0 for initial loss. */
  readonly lagShare: number;
  readonly audits: number;
  readonly settings: number;
  /** Correlation of the compared value with the final values; null for rules that look several times. */
  readonly spearman: Estimate | null;
  readonly regret: Estimate;
  /** Share of audits in which it picked the best, or one tied with it. */
  readonly hitRate: Estimate;
  /** Share of training every candidate to the end. */
  readonly cost: Estimate;
}

/** What stands first, how surely, and what would change that. */
export interface Advice {
  readonly name: string;
  readonly audits: number;
  readonly settings: number;
  readonly regret: Estimate;
  readonly runnerUp: {
    readonly name: string;
    /** Audits that have both. */
    readonly audits: number;
    /** Regret of the runner-up minus that of the first, audit by audit. */
    readonly difference: Estimate;
    /**
     * Further audits, each one standard deviation of these differences against the first, after which the runner-up
     * would stand first; null where the differences do not vary.
     */
    readonly overtakesAfter: number | null;
  } | null;
  /** The interval of the difference to the runner-up lies above 0. */
  readonly isSure: boolean;
  /** Parts of the audits in which another one stands first. */
  readonly otherwise: readonly { readonly where: string; readonly name: string; readonly audits: number }[];
}

/** Advice, or why there is none. */
export type Recommendation = { readonly advice: Advice } | { readonly insufficient: string };

export interface EvidenceReport {
  readonly metric: string;
  readonly filter: EvidenceFilter;
  readonly audits: readonly { readonly id: string; readonly name: string; readonly seed: number }[];
  readonly settings: number;
  /** Audits that were not looked at, with the reason. */
  readonly leftOut: readonly { readonly id: string; readonly why: string }[];
  /** By mean regret, best first. */
  readonly strategies: readonly StrategyEvidence[];
  /** By mean regret, best first; strategies of unknown family are in none. */
  readonly families: readonly StrategyEvidence[];
  /** By rule, then lag. */
  readonly rules: readonly RuleEvidence[];
  readonly recommendation: {
    readonly strategy: Recommendation;
    readonly family: Recommendation;
    readonly rule: Recommendation;
  };
}
