/**
 * The curves of an audit, freed from where they come from: an audited study of the history, a file of somebody
 * else's runs, or a recorded study that ships with the project. Replay, evidence and the paper study read nothing
 * else. Pure data; NaN never appears, a value that is missing or not finite is null.
 */

/** `loss` is the validation loss in nats per token; others are named by whoever measured them. */
export const LOSS_METRIC = 'loss';

/** A metric and whether less of it is better. */
export interface MetricInfo {
  readonly name: string;
  readonly lowerIsBetter: boolean;
}

/** What was measured at one step of one run. */
export interface RecordedPoint {
  /** Training steps since the growing point. */
  readonly step: number;
  /** By metric name; null where not finite, absent where not measured. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Validation loss of every batch, for paired comparisons; null where not recorded. */
  readonly batchLosses: Float32Array | null;
  readonly trainingLoss: number | null;
  readonly gradientNorm: number | null;
  /** Distance of the parameters from the growing point, over the norm there. */
  readonly weightDistance: number | null;
  /** Since the growing point; null where not recorded. */
  readonly tokens: number | null;
  readonly flops: number | null;
}

/** One run of one strategy. */
export interface RecordedCurve {
  readonly strategy: string;
  readonly isControl: boolean;
  /** Whether the growing point keeps the source's function: `exact`, `approx`, `none`; null where not known. */
  readonly exactness: string | null;
  /**
   * `final`: the schedule of the final run, up to the horizon. `cooldown`: a run of its own whose learning rate
   * decays within `scheduleSteps`.
   */
  readonly schedule: 'final' | 'cooldown';
  readonly scheduleSteps: number;
  /** 0 for the run itself; 1, 2, … for repeats with another training order. */
  readonly repeat: number;
  /** Ended early because the loss was lost; the points before are valid. */
  readonly isDiverged: boolean;
  /** Ascending by step. */
  readonly points: readonly RecordedPoint[];
}

/** All runs of one pool, from one source with one seed. */
export interface RecordedAudit {
  /** Unique among the audits read together: study id, or name and seed of an imported one. */
  readonly id: string;
  readonly name: string;
  readonly seed: number;
  /** Steps F of a final run. */
  readonly horizon: number;
  readonly metrics: readonly MetricInfo[];
  /** Training FLOPs of one step after growing; null where not known (then costs are in steps). */
  readonly flopsPerStep: number | null;
  readonly facts: AuditFacts;
  readonly curves: readonly RecordedCurve[];
}

/** What evidence across studies is filtered by; null where not known. */
export interface AuditFacts {
  readonly sourceLayers: number | null;
  readonly targetLayers: number | null;
  readonly width: number | null;
  readonly activation: string | null;
  readonly corpus: string | null;
  readonly pool: string | null;
  /** Family of the growth operator, by strategy name: `stack`, `interleave`, `identityCopy`, … */
  readonly families: Readonly<Record<string, string>>;
}
