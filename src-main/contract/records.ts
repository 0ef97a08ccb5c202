/**
 * Frozen records of the history: what a reader gets out of the store. Times are ISO 8601 in UTC, losses are in
 * nats per token, FLOPs are exact counts of multiply and add (model/flops.ts), seconds are wall time.
 */
import type { Architecture } from './architecture.ts';
import type { ComputeDevice } from './compute.ts';

export type StudyState = 'planned' | 'running' | 'interrupted' | 'finished' | 'failed';
export type RunState = 'waiting' | 'running' | 'finished' | 'diverged' | 'failed' | 'cancelled';

/**
 * What a run is for. `source` trains the source model; `probe` trains a candidate to the lag for the decision;
 * `full` trains a candidate to the horizon (in audits every candidate, otherwise the chosen one). `stage` trains
 * what a policy grew until the policy's next growing point or its end (stacking studies).
 */
export type RunKind = 'source' | 'probe' | 'full' | 'stage';

export interface StudyRecord {
  readonly id: string;
  readonly name: string;
  readonly mode: 'select' | 'audit' | 'stacking';
  readonly state: StudyState;
  readonly seed: number;
  /** The study file after defaults were filled in, as JSON text. */
  readonly specJson: string;
  /** SHA-256 of specJson: the same spec and seed is the same study. */
  readonly specHash: string;
  /** What planning found out before any training (lag/study-facts.ts), as JSON text. */
  readonly factsJson: string;
  /** Program, runtime and machine the study was created on, as JSON text. */
  readonly environmentJson: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Why it failed or stopped; null otherwise. */
  readonly reason: string | null;
}

export interface CandidateRecord {
  readonly id: string;
  readonly studyId: string;
  /** Policy the candidate stands for in a stacking study; empty in other studies. */
  readonly policy: string;
  /** Growing point, from 0; 0 where a study has only one. */
  readonly growingPoint: number;
  /** Position in the pool, from 0. */
  readonly position: number;
  /** Name of the growing strategy, unique within policy, growing point and repeat. */
  readonly strategy: string;
  readonly strategyJson: string;
  /** Layer plan in shorthand, e.g. `0 1 2 3 0 1 2 3`; `scratch` and `embOnly` for the controls. */
  readonly plan: string;
  readonly exactness: string;
  /** 0 for the candidate itself; 1, 2, … for paired repeats that measure noise. */
  readonly repeat: number;
  /** Controls are shown, but neither chosen nor ranked. */
  readonly isControl: boolean;
}

export interface RunRecord {
  readonly id: string;
  readonly studyId: string;
  /** Null for the source run. */
  readonly candidateId: string | null;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly stepsPlanned: number;
  readonly stepsDone: number;
  readonly attempts: number;
  /** Wall seconds of training for the steps done; evaluations and lost attempts are not counted. */
  readonly seconds: number;
  /** Training FLOPs of the steps done; evaluations are not counted. */
  readonly flops: number;
  readonly architecture: Architecture;
  /** What computed it: engine, device, threads, versions. */
  readonly device: string;
  /** The kind of device that trains it; null before it has begun, and in records of earlier versions. */
  readonly computeDevice: ComputeDevice | null;
  /** Explanation of `diverged` and `failed`; null otherwise. */
  readonly reason: string | null;
  /**
   * Largest resident memory of its trainer up to the run's end, in bytes; what that process trained before counts as
   * well, and on a GPU what lies there does not. Null before the end.
   */
  readonly peakMemoryBytes: number | null;
}

/** One evaluation on the fixed validation batches. Unique by run and step. */
export interface EvaluationRecord {
  readonly runId: string;
  /** Training steps done since the growing point (or since initialisation, for the source). */
  readonly step: number;
  /** Mean validation loss; NaN and infinities are stored as they are. */
  readonly loss: number;
  /** Loss of every validation batch, for paired comparisons; same batches and order in the whole study. */
  readonly batchLosses: Float32Array;
  /** Mean training loss since the previous evaluation; null at step 0. */
  readonly trainingLoss: number | null;
  /** Largest global gradient norm since the previous evaluation; null at step 0. */
  readonly gradientNorm: number | null;
  /** Learning rate of the last step; null at step 0. */
  readonly learningRate: number | null;
  /**
   * How far the weights have moved since the growing point (or initialisation): ‖θ − θ₀‖₂ / ‖θ₀‖₂ over all
   * parameters. Null where θ₀ is not known any more, and in evaluations of earlier versions of the program.
   */
  readonly weightDistance: number | null;
  /** What the study asked for besides the loss, by metric name; absent when it asked for nothing. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Wall seconds of training since the start of the run, evaluations left out. */
  readonly seconds: number;
}

export interface CheckpointRecord {
  /** SHA-256 of the file's bytes, which also names the file. */
  readonly hash: string;
  readonly runId: string;
  readonly step: number;
  readonly bytes: number;
  /** `start` = the growing point (or initialisation), `resume` = superseded by the next, `final` = kept. */
  readonly kind: 'start' | 'resume' | 'final';
}

export interface DecisionRecord {
  readonly studyId: string;
  /** Policy that decided in a stacking study; empty in other studies. */
  readonly policy: string;
  /** Growing point, from 0; a study with one growth has one. */
  readonly growingPoint: number;
  readonly rule: string;
  /** Step at which the rule looked. */
  readonly lag: number;
  readonly chosenCandidateId: string;
  /** contract/analysis.ts DecisionEvidence as JSON text. */
  readonly evidenceJson: string;
  readonly decidedAt: string;
}

export interface EventRecord {
  readonly sequence: number;
  readonly studyId: string;
  readonly runId: string | null;
  readonly at: string;
  /** `study-started`, `run-retried`, `run-diverged`, … */
  readonly kind: string;
  readonly message: string;
}
