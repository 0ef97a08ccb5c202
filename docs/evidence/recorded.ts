/** What the page is made from: recorded audits, and the outcome of stacking studies. */
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import type { StackingAnalysis } from '../../src-main/contract/stacking-analysis.ts';

export interface AuditOf {
  readonly setting: string;
  readonly audit: RecordedAudit;
}

export interface RecordedStacking {
  readonly setting: string;
  readonly study: string;
  readonly seed: number;
  readonly budgetFlops: number;
  readonly policies: readonly RecordedPolicy[];
}

export interface RecordedPolicy {
  readonly name: string;
  readonly policy: StackingAnalysis['policies'][number]['policy'];
  readonly search: 'charged' | 'free' | null;
  readonly finalLoss: number | null;
  readonly trainingFlops: number;
  readonly searchFlops: number;
  readonly growingPoints: readonly {
    readonly fromLayers: number;
    readonly toLayers: number;
    readonly strategy: string | null;
    readonly tie: readonly string[];
    readonly initialLossPicks: readonly string[];
  }[];
  readonly stages: readonly {
    readonly layers: number;
    readonly steps: number;
    readonly flopsBefore: number;
    readonly flopsPerStep: number;
    readonly curve: readonly { readonly step: number; readonly loss: number | null }[];
  }[];
}

/** The recorded part of a stacking study. */
export function recordStacking(setting: string, analysis: StackingAnalysis): RecordedStacking {
  return {
    setting,
    study: analysis.id,
    seed: analysis.seed,
    budgetFlops: analysis.budgetFlops,
    policies: analysis.policies.map((policy) => ({
      name: policy.name,
      policy: policy.policy,
      search: policy.search,
      finalLoss: policy.finalLoss,
      trainingFlops: policy.trainingFlops,
      searchFlops: policy.searchFlops,
      growingPoints: policy.growingPoints.map(({ fromLayers, toLayers, strategy, decision }) => ({
        fromLayers,
        toLayers,
        strategy,
        tie: decision?.tie ?? [],
        initialLossPicks: decision?.initialLossPicks ?? [],
      })),
      stages: policy.stages.map(({ layers, steps, flopsBefore, flopsPerStep, curve }) => ({
        layers,
        steps,
        flopsBefore,
        flopsPerStep,
        curve,
      })),
    })),
  };
}
