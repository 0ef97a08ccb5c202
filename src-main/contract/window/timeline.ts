/**
 * The timeline of a study: stages of every policy, what was tried at its growing points, and what it came to. A
 * study with one growing point has two stages: the source, and the chosen candidate.
 */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { CurvePoint, Interval } from '../analysis.ts';
import type { RunState, StudyState } from '../records.ts';
import type { PolicyAnalysis } from '../stacking-analysis.ts';
import type { CandidateLook } from './studies.ts';

/** Most points of a candidate's small curve. */
export const MAX_SMALL_CURVE = 40;

/** Amounts by which a timeline can be measured. */
export interface Spent {
  readonly flops: number;
  readonly steps: number;
  /** Wall seconds of training; evaluations are not counted. */
  readonly seconds: number;
}

export interface TimelineStage {
  /** Stage of the policy, from 0. */
  readonly stage: number;
  readonly layers: number;
  /** What grew the model into this stage; null for the first. */
  readonly strategy: string | null;
  /** Layer plan in shorthand; null for the first, and where it is not chosen yet. */
  readonly plan: string | null;
  readonly state: RunState;
  readonly stepsPlanned: number;
  readonly flopsPerStep: number;
  readonly spent: Spent;
  readonly initialLoss: number | null;
  readonly endLoss: number | null;
}

export interface TimelineCandidate {
  readonly strategy: string;
  readonly plan: string;
  readonly look: CandidateLook;
  readonly isControl: boolean;
  readonly state: RunState;
  /** What the rule compared; null before the choice and for what was lost. */
  readonly value: number | null;
  readonly isChosen: boolean;
  /** Within noise of the chosen one. */
  readonly isTied: boolean;
  /** Validation loss by steps since growing, at most `MAX_SMALL_CURVE` points, the first and last among them. */
  readonly curve: readonly CurvePoint[];
}

export interface TimelineChoice {
  readonly rule: string;
  readonly metric: string;
  readonly lag: number;
  /** Second best minus best. */
  readonly margin: Interval | null;
  readonly runnerUp: string | null;
  readonly tie: readonly string[];
  readonly initialLossPicks: readonly string[];
}

export interface TimelineGrowingPoint {
  /** From 0; between the stages of this number and the next. */
  readonly growingPoint: number;
  readonly fromLayers: number;
  readonly toLayers: number;
  readonly strategy: string | null;
  readonly choice: TimelineChoice | null;
  /** In pool order; empty where nothing was tried. */
  readonly candidates: readonly TimelineCandidate[];
  readonly search: Spent;
}

export interface TimelinePolicy {
  readonly name: string;
  /** Name under which Dynamics knows its growing points; null in a study with one growing point. */
  readonly specName: string | null;
  readonly policy: PolicyAnalysis['policy'];
  /** How the search is paid; null for policies that do not search. */
  readonly search: PolicyAnalysis['search'];
  readonly look: CandidateLook;
  readonly state: RunState;
  readonly reason: string | null;
  readonly stages: readonly TimelineStage[];
  readonly growingPoints: readonly TimelineGrowingPoint[];
  readonly trainingFlops: number;
  readonly searchFlops: number;
  readonly finalLoss: number | null;
  /** Final loss minus that of the best policy; null for the best and where it was not measured. */
  readonly margin: Interval | null;
}

export interface TimelineStudy {
  readonly id: string;
  readonly name: string;
  readonly mode: 'select' | 'audit' | 'stacking';
  readonly state: StudyState;
  readonly reason: string | null;
  /** Equal FLOPs that every policy may spend; null in a study with one growing point. */
  readonly budgetFlops: number | null;
  /** In the order of the study file. Empty for imported curves, whose models are not known. */
  readonly policies: readonly TimelinePolicy[];
  /** What came out, in sentences; the first is the answer. */
  readonly findings: readonly string[];
  readonly finalLossDefinition: string;
  /** When anything was last recorded, ISO 8601 in UTC. */
  readonly updatedAt: string;
}

export const timelineContract = {
  read: oc
    .input(
      z.strictObject({
        studyId: z.string().min(1, 'Name a study.').max(200, 'An id has at most 200 characters.'),
      }),
    )
    .output(type<TimelineStudy>()),
};
