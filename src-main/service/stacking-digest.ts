/** What a stacking study found in short: as data for scripts, and as a table and sentences for a terminal. */
import type { Interval } from '../contract/analysis.ts';
import type { LayerOrigin, PolicyAnalysis, StackingAnalysis } from '../contract/stacking-analysis.ts';
import { formatDifference, formatFlops, formatLoss } from '../report/number-format.ts';
import { stackingFindings } from '../report/stacking-findings.ts';
import { grownBy, inFinalOrder, stateInWords } from '../report/stacking-looks.ts';
import type { TextTable } from './study-digest.ts';

/** Losses in nats per token; null where a value is not known or was lost. */
export interface StackingDigest {
  readonly study: string;
  readonly name: string;
  readonly mode: 'stacking';
  readonly state: StackingAnalysis['state'];
  readonly seed: number;
  readonly budgetFlops: number;
  readonly largestBudgetError: number | null;
  readonly policies: readonly {
    readonly policy: string;
    readonly kind: PolicyAnalysis['policy'];
    readonly search: PolicyAnalysis['search'];
    readonly state: string;
    readonly reason: string | null;
    readonly finalLoss: number | null;
    readonly rank: number | null;
    readonly margin: Interval | null;
    readonly trainingFlops: number;
    readonly searchFlops: number;
    readonly totalFlops: number;
    readonly stages: readonly {
      readonly layers: number;
      readonly steps: number;
      readonly strategy: string | null;
    }[];
    readonly decisions: readonly {
      readonly growingPoint: number;
      readonly strategy: string | null;
      readonly rule: string | null;
      readonly lag: number | null;
      readonly margin: Interval | null;
      readonly tie: readonly string[];
      readonly initialLossPicks: readonly string[];
    }[];
    readonly lineage: readonly LayerOrigin[];
  }[];
  readonly findings: readonly string[];
}

export function stackingDigest(analysis: StackingAnalysis): StackingDigest {
  const { id, name, mode, state, seed, budgetFlops, largestBudgetError } = analysis;
  return {
    study: id,
    name,
    mode,
    state,
    seed,
    budgetFlops,
    largestBudgetError,
    policies: analysis.policies.map((policy) => ({
      policy: policy.name,
      kind: policy.policy,
      search: policy.search,
      state: policy.state,
      reason: policy.reason,
      finalLoss: policy.finalLoss,
      rank: policy.rank,
      margin: policy.margin,
      trainingFlops: policy.trainingFlops,
      searchFlops: policy.searchFlops,
      totalFlops: policy.totalFlops,
      stages: policy.stages.map(({ layers, steps, strategy }) => ({ layers, steps, strategy })),
      decisions: policy.growingPoints.map(({ growingPoint, strategy, decision }) => ({
        growingPoint,
        strategy,
        rule: decision?.rule ?? null,
        lag: decision?.lag ?? null,
        margin: decision?.margin ?? null,
        tie: decision?.tie ?? [],
        initialLossPicks: decision?.initialLossPicks ?? [],
      })),
      lineage: policy.lineage,
    })),
    findings: stackingFindings(analysis),
  };
}

/** Policies, best first. */
export function policyTable({ policies, state }: StackingAnalysis): TextTable {
  const ordered = inFinalOrder(policies);
  const best = ordered.findIndex(({ finalLoss }) => finalLoss !== null);
  return {
    header: ['policy', 'final', 'margin', 'interval', 'training', 'search', 'grown by'],
    rows: ordered.map((policy) => [
      policy.name,
      policy.finalLoss === null ? stateInWords(policy, state) : formatLoss(policy.finalLoss),
      policy.margin ? formatDifference(policy.margin.estimate) : '',
      policy.margin
        ? `${formatDifference(policy.margin.low)} to ${formatDifference(policy.margin.high)}`
        : '',
      formatFlops(policy.trainingFlops),
      policy.searchFlops > 0 ? formatFlops(policy.searchFlops) : '',
      grownBy(policy),
    ]),
    textColumns: 1,
    marked: best < 0 ? null : best,
  };
}
