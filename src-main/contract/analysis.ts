/**
 * What a study found, as plain numbers: computed in lag/, drawn by report/, the command line and the window.
 * Losses in nats per token; steps counted from the growing point.
 */
import type { Architecture } from './architecture.ts';
import type { ComputeDevice } from './compute.ts';
import type { RunState, StudyState } from './records.ts';

/** One candidate's early dynamics and results. NaN never appears: a missing or diverged value is null. */
export interface CandidateAnalysis {
  readonly strategy: string;
  readonly operator: string;
  /** Layer plan in shorthand, one word a layer: `3` copy, `3*` identity copy, `3~0.5` scaled, `r`, `i`, `z`. */
  readonly plan: string;
  readonly exactness: string;
  readonly isControl: boolean;
  /** State of the run the decision rests on (the probe, or the full run where the rule reads that). */
  readonly state: RunState;
  readonly reason: string | null;
  readonly initialLoss: number | null;
  /**
   * Value the decision rests on (DecisionEvidence.values): a loss at the lag, or whatever the rule compares; before
   * the decision what the rule reads so far, null for rules that look several times or extrapolate.
   */
  readonly lossAtLag: number | null;
  readonly finalLoss: number | null;
  /**
   * 1-based ranks among non-control candidates, ties averaged; null where the loss is null, and for all while
   * a loss of another non-control candidate is still to come (the final rank of a select study: always null).
   */
  readonly rankInitial: number | null;
  readonly rankAtLag: number | null;
  readonly rankFinal: number | null;
  /**
   * Value at the lag minus that of the chosen candidate, with its interval; null for the chosen itself, without a
   * decision or a value, and where noise cannot be measured (fewer than two validation batches).
   */
  readonly margin: Interval | null;
  readonly isChosen: boolean;
  /** Within noise of the chosen one at the lag. */
  readonly isTied: boolean;
  /** Evaluations of the probe run (decision rule's own schedule), by step. */
  readonly probeCurve: readonly CurvePoint[];
  /** Evaluations of the full run (the recipe's schedule), by step; empty where it was not trained. */
  readonly fullCurve: readonly CurvePoint[];
  readonly secondsSpent: number;
  readonly flopsSpent: number;
  /** Largest memory of the trainers of its finished runs, in bytes; null where none is known. */
  readonly peakMemoryBytes: number | null;
}

export interface CurvePoint {
  readonly step: number;
  /** Null where the loss was not finite. */
  readonly loss: number | null;
}

/** An estimate with a confidence interval. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** How well the ranking at step k of some measurement agrees with the final ranking (audits only). */
export interface RankAgreement {
  /**
   * `initial loss`, `loss at k`, `cooldown probe`, … (lag/predictors/predictors.ts), `METRIC at k`, or `rule NAME`
   * for the value of a rule that no predictor states.
   */
  readonly predictor: string;
  readonly step: number;
  /** Candidates ranked; controls and candidates without a final loss are left out. */
  readonly candidateCount: number;
  readonly spearman: number | null;
  /** 95 % percentile bootstrap over candidates; null for fewer than 4. */
  readonly spearmanInterval: Interval | null;
  readonly kendallTauB: number | null;
  /** Expected regret of the pick, ties at the top averaged; worst regret among them. */
  readonly regret: number | null;
  readonly worstRegret: number | null;
  readonly picks: readonly string[];
  /** FLOPs of deciding here and finishing the pick, as a share of training every candidate to the end. */
  readonly costShare: number;
}

/** How the final values of a metric agree with the final losses (audits that recorded other metrics only). */
export interface MetricAgreement {
  readonly metric: string;
  readonly lowerIsBetter: boolean;
  /** Candidates with a final value and a final loss; controls left out. */
  readonly candidateCount: number;
  /** Of the rankings by metric and by loss, the better first in both: 1 where they agree. */
  readonly spearman: number | null;
  readonly kendallTauB: number | null;
  readonly bestValue: number;
  /** Strategies the final values would choose, ties within 0.0001. */
  readonly picks: readonly string[];
  /** Mean final loss of the picks minus the lowest final loss, in nats per token. */
  readonly lossRegret: number;
}

export interface DecisionEvidence {
  readonly strategy: string;
  /** Name of the rule: `cooldown`, `lossAtLag`, … (contract/decision.ts). */
  readonly rule: string;
  /** Step of the last look. */
  readonly lag: number;
  /**
   * Value of the rule for every ranked candidate, best first; diverged ones last with null. A candidate dropped
   * on the way stands behind those that went further, with its value at its own last look.
   */
  readonly values: readonly { readonly strategy: string; readonly value: number | null }[];
  /** Second best minus best, with its interval; null when one candidate is left or noise cannot be measured. */
  readonly margin: Interval | null;
  readonly runnerUp: string | null;
  /** Candidates within noise of the chosen one, the chosen first. One entry: a win. */
  readonly tie: readonly string[];
  /** What "within noise" means here, in a sentence. */
  readonly noise: string;
  /** Standard deviation of a paired difference from repeats; null when no repeats were asked for. */
  readonly noiseFloor: number | null;
  /** What choosing by initial loss would have picked (all tied for best). */
  readonly initialLossPicks: readonly string[];
  /** Metric compared; `loss` in records that lack it. */
  readonly metric?: string | undefined;
  /**
   * Steps the rule needed of every candidate that is no control, by strategy: on the final schedule, or of its own
   * probe for `cooldown`. Exact, whatever was trained beyond; missing in old records.
   */
  readonly trainedTo?: Readonly<Record<string, number>> | null | undefined;
  /** Every look of a rule that looks several times, in order; null for a rule that looks once. */
  readonly rounds?: readonly DecisionRound[] | null | undefined;
  /** Why the rule looked no further; null for a rule that looks once. */
  readonly stoppedBecause?: string | null | undefined;
}

/** One look of a rule at the candidates still in the race. */
export interface DecisionRound {
  readonly step: number;
  /** Bracket of `hyperband`, s_max … 0; null for the other rules. */
  readonly bracket: number | null;
  /** Best first; null for a candidate that diverged or failed before this step. */
  readonly values: readonly { readonly strategy: string; readonly value: number | null }[];
  readonly leader: string | null;
  readonly eliminated: readonly { readonly strategy: string; readonly why: string }[];
  /** Rank correlation with the look before (`automaticLag`); null elsewhere, at the first look and where undefined. */
  readonly spearman: number | null;
}

/** Steps, seconds and FLOPs spent, against training every candidate to the horizon. */
export interface StudyCost {
  readonly steps: number;
  readonly seconds: number;
  /** FLOPs of probes and of the chosen continuation; the source is not counted, evaluations are not counted. */
  readonly flops: number;
  readonly exhaustiveFlops: number;
  readonly shareOfExhaustive: number;
  /** What the study spent in all, ground truth of an audit included. */
  readonly flopsWithAudit: number;
}

/** Candidates that trained on one kind of device. */
export interface DeviceUse {
  readonly device: ComputeDevice;
  readonly candidates: readonly string[];
}

export interface StudyAnalysis {
  readonly id: string;
  readonly name: string;
  readonly mode: 'select' | 'audit';
  readonly state: StudyState;
  readonly reason: string | null;
  readonly seed: number;
  readonly createdAt: string;
  readonly source: {
    readonly architecture: Architecture;
    readonly parameters: number;
    readonly steps: number;
    readonly finalLoss: number | null;
    readonly curve: readonly CurvePoint[];
    readonly reused: boolean;
  };
  readonly target: {
    readonly architecture: Architecture;
    readonly parameters: number;
    readonly flopsPerStep: number;
  };
  readonly data: {
    readonly corpus: string;
    readonly tokenizer: string;
    readonly trainingTokens: number;
    readonly validationTokens: number;
    readonly contentHash: string;
  };
  /** Horizon F: steps of a full run. */
  readonly horizon: number;
  readonly pool: string;
  readonly duplicates: readonly { readonly strategy: string; readonly sameAs: string }[];
  readonly candidates: readonly CandidateAnalysis[];
  readonly decision: DecisionEvidence | null;
  readonly agreement: readonly RankAgreement[];
  /** Recorded metrics besides the loss; empty outside audits and before their final losses are there. */
  readonly metricAgreement: readonly MetricAgreement[];
  readonly cost: StudyCost;
  /** How the final loss is formed, in a sentence. */
  readonly finalLossDefinition: string;
  /** The study file after defaults, as YAML. */
  readonly studyYaml: string;
  readonly reproduce: string;
  readonly environment: Readonly<Record<string, string>>;
  /** One entry where results are not mixed. */
  readonly deviceUse: readonly DeviceUse[];
  readonly events: readonly { readonly at: string; readonly kind: string; readonly message: string }[];
}
