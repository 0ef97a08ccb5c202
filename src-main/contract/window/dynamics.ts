/**
 * Early dynamics of one growing point: candidates, their curves, rankings at any measured step, what an audit found,
 * and the stream of new evaluations. Losses in nats per token; steps are counted from the growing point.
 */
import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { DecisionEvidence, Interval, RankAgreement, StudyCost } from '../analysis.ts';
import type { RuleName } from '../decision.ts';
import type { LandscapeAnalysis } from '../landscape.ts';
import type { RunState, StudyState } from '../records.ts';
import type { CandidateLook } from './studies.ts';

/** `final`: the schedule of the final run. `cooldown`: a probe whose learning rate decays within its own steps. */
export const SCHEDULES = ['final', 'cooldown'] as const;
export type ScheduleKind = (typeof SCHEDULES)[number];

/** What can be drawn besides named metrics. */
export const QUANTITIES = ['loss', 'trainingLoss', 'gradientNorm', 'weightDistance', 'learningRate'] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** Most steps of one answer of `rankings`. */
export const MAX_RANKED_STEPS = 200;

/** One run whose curve is drawn. */
export interface DynamicsRun {
  readonly id: string;
  /** Null for the source model. */
  readonly strategy: string | null;
  readonly schedule: ScheduleKind;
  readonly state: RunState;
  readonly reason: string | null;
  readonly stepsDone: number;
  readonly stepsPlanned: number;
  readonly seconds: number;
  readonly flops: number;
}

export interface DynamicsCandidate {
  readonly strategy: string;
  /** Layer plan in shorthand; empty where it is not known (imported curves). */
  readonly plan: string;
  readonly look: CandidateLook;
  readonly isControl: boolean;
}

/** A growing point of a stacking study at which strategies were probed. */
export interface DynamicsPlace {
  readonly policy: string;
  readonly growingPoint: number;
  readonly fromLayers: number;
  readonly toLayers: number;
}

export interface DynamicsRule {
  readonly name: RuleName;
  readonly lag: number;
  /** The schedule it reads. */
  readonly schedule: ScheduleKind;
  readonly inWords: string;
  readonly confidence: number;
}

export interface DynamicsOverview {
  readonly studyId: string;
  readonly name: string;
  readonly mode: 'select' | 'audit' | 'stacking';
  readonly isImported: boolean;
  readonly state: StudyState;
  readonly reason: string | null;
  readonly seed: number;
  /** Which growing point this is, and all there are; empty outside stacking studies. */
  readonly place: DynamicsPlace | null;
  readonly places: readonly DynamicsPlace[];
  readonly sourceLayers: number;
  readonly targetLayers: number | null;
  /** Steps of a run on the final schedule; null where each growing point has its own. */
  readonly horizon: number | null;
  readonly rule: DynamicsRule | null;
  readonly decision: DecisionEvidence | null;
  /** In pool order. */
  readonly candidates: readonly DynamicsCandidate[];
  /** Of candidates and of the source model; in the order they began. */
  readonly runs: readonly DynamicsRun[];
  readonly tokensPerStep: number | null;
  /** FLOPs of one training step after growing; null before any was made and where it is not known. */
  readonly flopsPerStep: number | null;
  /** Paired repeats of every candidate, besides itself. */
  readonly repeats: number;
  /** Named metrics that are recorded besides the quantities. */
  readonly metrics: readonly string[];
}

/** Why a value is not a finite number. */
export type LostKind = 'nan' | 'high' | 'low';

/** Columns of one run's curve, ascending by step. */
export interface DynamicsCurve {
  readonly runId: string;
  readonly steps: readonly number[];
  /** Null where the value is not finite or was not measured. */
  readonly values: readonly (number | null)[];
  /** Training seconds of the run until then. */
  readonly seconds: readonly number[];
  /** Values that are not finite, of all steps asked for. */
  readonly lost: readonly { readonly step: number; readonly kind: LostKind }[];
  /** Points there are in the range; more than are here when the curve was thinned. */
  readonly total: number;
}

/** Spread of one candidate over training orders: its run and its repeats. */
export interface SeedBand {
  readonly strategy: string;
  readonly schedule: ScheduleKind;
  /** Runs compared, the drawn one among them; two or more. */
  readonly seeds: number;
  /** Steps at which all of them were measured, ascending. */
  readonly steps: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface DynamicsCurves {
  readonly curves: readonly DynamicsCurve[];
  /** Of candidates that have repeats; empty where there are none, and of samples. */
  readonly bands: readonly SeedBand[];
  readonly points: number;
  readonly total: number;
  /** Points were left out unseen: an extreme between two of them does not show. */
  readonly isSample: boolean;
  /** Steps at which every candidate that still goes on was measured, by schedule. */
  readonly rankable: Readonly<Record<ScheduleKind, readonly number[]>>;
  /** Where `watch` goes on without a lost or doubled evaluation. */
  readonly cursor: string;
}

export interface RankedCandidate {
  readonly strategy: string;
  /** Place by value from 1 on; 1 too for all within noise of the best. Null for a candidate that was lost. */
  readonly place: number | null;
  /** Mean rank of values that are equal; null for a candidate that was lost. */
  readonly rank: number | null;
  readonly value: number | null;
  /** Value minus that of the best; null for the best and where noise cannot be measured. */
  readonly difference: Interval | null;
  readonly isTied: boolean;
}

export interface StepRanking {
  readonly step: number;
  /** Best first. */
  readonly ranks: readonly RankedCandidate[];
  /** Largest distance to the best that paired repeats show as noise; null without repeats. */
  readonly tieWidth: number | null;
}

/** What is known once everything was trained; empty outside audits. */
export interface DynamicsFindings {
  readonly agreement: readonly RankAgreement[];
  readonly finals: readonly {
    readonly strategy: string;
    readonly loss: number | null;
    readonly rank: number | null;
  }[];
  /** Null for imported curves and stacking studies. */
  readonly cost: StudyCost | null;
  readonly finalLossDefinition: string;
}

/** What is stored of a study's loss landscape. */
export interface DynamicsLandscape {
  /** Null where nothing has been measured. */
  readonly analysis: LandscapeAnalysis | null;
  /** Why it cannot be measured now; null where it can. */
  readonly refusal: { readonly sentence: string; readonly hint: string | null } | null;
  /** What measures it without the window. */
  readonly command: string;
}

export interface DynamicsNews {
  readonly cursor: string;
  /** New evaluations, each exactly once. */
  readonly points: readonly {
    readonly runId: string;
    readonly step: number;
    readonly loss: number | null;
    readonly lost: LostKind | null;
    readonly seconds: number;
  }[];
  /** Runs that are new or changed. */
  readonly runs: readonly DynamicsRun[];
  readonly state: StudyState;
  readonly isDecided: boolean;
}

const site = {
  studyId: z
    .string()
    .min(1, { error: 'must not be empty' })
    .max(200, { error: 'must have at most 200 characters' }),
  /** Of stacking studies; the first that probes when left out. */
  policy: z.string().max(200, { error: 'must have at most 200 characters' }).optional(),
  growingPoint: z
    .int({ error: 'must be a whole number' })
    .min(0, { error: 'must be 0 or more' })
    .max(1000, { error: 'must be at most 1000' })
    .optional(),
};
const siteSchema = z.strictObject(site);
export type DynamicsSiteInput = z.input<typeof siteSchema>;

const step = z
  .int({ error: 'must be a whole step' })
  .min(0, { error: 'must be 0 or more' })
  .max(10_000_000, { error: 'must be at most 10 000 000' });
const metric = z
  .string()
  .min(1, { error: 'must not be empty' })
  .max(100, { error: 'must have at most 100 characters' })
  .default('loss');

export const dynamicsContract = {
  overview: oc.input(siteSchema).output(type<DynamicsOverview>()),
  /** Curves of all runs, thinned to what `pixels` columns can show. */
  curves: oc
    .input(
      z.strictObject({
        ...site,
        metric,
        from: step.default(0),
        to: step.default(10_000_000),
        pixels: z
          .int({ error: 'must be a whole number' })
          .min(1, { error: 'must be 1 or more' })
          .max(20_000, { error: 'must be at most 20 000' })
          .default(2000),
        /** Where pixel columns lie: even in steps, or in log2(1 + k/25). */
        scale: z.enum(['linear', 'log']).default('log'),
        /** One point of each column instead of its extremes: answers at once, however long the curves are. */
        isSample: z.boolean().default(false),
      }),
    )
    .output(type<DynamicsCurves>()),
  /** Rankings at several steps by the study's own comparison; null where a candidate has not come so far. */
  rankings: oc
    .input(
      z.strictObject({
        ...site,
        schedule: z.enum(SCHEDULES),
        metric,
        steps: z
          .array(step)
          .min(1, { error: 'must name at least one step' })
          .max(MAX_RANKED_STEPS, { error: `must name at most ${MAX_RANKED_STEPS} steps` }),
      }),
    )
    .output(type<readonly (StepRanking | null)[]>()),
  findings: oc.input(siteSchema).output(type<DynamicsFindings>()),
  landscape: oc.input(z.strictObject({ studyId: site.studyId })).output(type<DynamicsLandscape>()),
  /** A study file that looks again, longer or by cooldown probes, at candidates that could not be told apart. */
  tieStudy: oc
    .input(
      z.strictObject({
        studyId: site.studyId,
        strategies: z
          .array(z.string().min(1).max(200))
          .min(2, { error: 'must name at least two strategies' })
          .max(1000, { error: 'must name at most 1000 strategies' }),
        rule: z.enum(['lossAtLag', 'cooldown']),
        lag: step.min(1, { error: 'must be 1 or more' }),
      }),
    )
    .output(type<{ readonly name: string; readonly text: string }>()),
  /** New evaluations after the cursor, and changes of runs, for as long as it is read. */
  watch: oc
    .input(
      z.strictObject({
        ...site,
        cursor: z
          .string()
          .max(1_000_000, { error: 'must have at most 1 000 000 characters' })
          .regex(/^(-?\d+(,-?\d+)*)?$/, { error: 'must be one that an answer gave' }),
      }),
    )
    .output(eventIterator(type<DynamicsNews>())),
};
