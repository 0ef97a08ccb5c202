/**
 * What a stacking study found, as plain numbers: policies at equal FLOPs, the decisions of each growing point, and
 * where every layer of the final models comes from. NaN never appears: a missing or lost value is null.
 */
import type { CurvePoint, DecisionEvidence, DeviceUse, Interval, StudyAnalysis } from './analysis.ts';
import type { Architecture } from './architecture.ts';
import type { RunState } from './records.ts';
import type { TriggerReading } from './trigger.ts';

/** Where a layer's parameters came from at one growing point. */
export interface LayerAncestor {
  /** Growing point, from 0. */
  readonly growingPoint: number;
  readonly kind: 'copy' | 'average' | 'random' | 'zero';
  /** Layer of the stage before, for copies; the lower one of the two for averages. */
  readonly from: number | null;
  /** The upper of the two layers, for averages only. */
  readonly and?: number | undefined;
  readonly outScale: number;
  readonly outScaleMlp: number;
  readonly noise: number;
}

/** The history of one layer of a final model, newest growing point first. */
export interface LayerOrigin {
  readonly layer: number;
  readonly ancestors: readonly LayerAncestor[];
  /** Stage in which the layer was born: 0 for a layer of the first model; an average is born where it is made. */
  readonly bornInStage: number;
  /** Its place in that stage's model. */
  readonly bornAsLayer: number;
}

/** One stage of one policy. */
export interface StageAnalysis {
  /** Stage of this policy, from 0. */
  readonly stage: number;
  readonly layers: number;
  /** Strategy that grew the model into this stage; null for a model trained from its initialisation. */
  readonly strategy: string | null;
  /** Layer plan in shorthand; null as above. */
  readonly plan: string | null;
  readonly state: RunState;
  readonly stepsPlanned: number;
  readonly steps: number;
  readonly flops: number;
  /** Training FLOPs of this policy before the stage, search included where it is charged. */
  readonly flopsBefore: number;
  readonly flopsPerStep: number;
  /** Wall seconds of training; evaluations are not counted. */
  readonly seconds: number;
  readonly initialLoss: number | null;
  readonly endLoss: number | null;
  readonly curve: readonly CurvePoint[];
  /** Every reading of the stage's trigger; empty without one. */
  readonly triggerReadings: readonly TriggerReading[];
}

export interface GrowingPointAnalysis {
  readonly growingPoint: number;
  readonly fromLayers: number;
  readonly toLayers: number;
  readonly strategy: string | null;
  /** Null for policies that do not choose by a rule, and before the choice. */
  readonly decision: DecisionEvidence | null;
  /** Probes of the candidates, for the chart; empty for policies that do not probe. */
  readonly probes: readonly {
    readonly strategy: string;
    readonly plan: string;
    readonly state: RunState;
    readonly curve: readonly CurvePoint[];
  }[];
  readonly searchFlops: number;
  readonly searchSteps: number;
  readonly searchSeconds: number;
}

export interface PolicyAnalysis {
  readonly name: string;
  /** Name in the study file; `name` adds how the search is paid where both ways are compared. */
  readonly specName: string;
  readonly policy: 'lag' | 'fixed' | 'random' | 'once' | 'scratch';
  /** Null for policies that do not search. */
  readonly search: 'charged' | 'free' | null;
  readonly state: RunState;
  readonly reason: string | null;
  readonly stages: readonly StageAnalysis[];
  readonly growingPoints: readonly GrowingPointAnalysis[];
  /** FLOPs of the path, of the search, and together. */
  readonly trainingFlops: number;
  readonly searchFlops: number;
  readonly totalFlops: number;
  /** Mean of the evaluations in the last tenth of the last stage. */
  readonly finalLoss: number | null;
  /** 1-based, ties averaged; null until every policy has ended. */
  readonly rank: number | null;
  /** Final loss minus that of the best policy, with its interval over validation batches; null for the best. */
  readonly margin: Interval | null;
  /** Of every layer of the final model; empty until the last growing point is passed. */
  readonly lineage: readonly LayerOrigin[];
  readonly seconds: number;
}

export interface StackingAnalysis {
  readonly id: string;
  readonly name: string;
  readonly mode: 'stacking';
  readonly state: StudyAnalysis['state'];
  readonly reason: string | null;
  readonly seed: number;
  readonly createdAt: string;
  readonly stages: readonly {
    readonly layers: number;
    readonly steps: number;
    readonly flopsPerStep: number;
  }[];
  /** FLOPs every policy may spend; the search is inside where it is charged. */
  readonly budgetFlops: number;
  /** Largest difference of a finished policy's accounted FLOPs from the budget, as a share of the budget. */
  readonly largestBudgetError: number | null;
  readonly architecture: Architecture;
  readonly parameters: number;
  readonly data: StudyAnalysis['data'];
  readonly pool: string;
  readonly rule: string;
  readonly policies: readonly PolicyAnalysis[];
  readonly finalLossDefinition: string;
  readonly studyYaml: string;
  readonly reproduce: string;
  readonly environment: Readonly<Record<string, string>>;
  /** One entry where results are not mixed. */
  readonly deviceUse: readonly DeviceUse[];
  readonly events: StudyAnalysis['events'];
}
