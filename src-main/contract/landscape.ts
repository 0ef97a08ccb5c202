/**
 * The loss landscape of a study: settings of a probe, what each finished part of it holds, and the whole as plain
 * numbers for reports. Losses in nats per token, mean over the fixed validation batches; a value that was not
 * finite is null.
 */
import { z } from 'zod';

export const LANDSCAPE_ANALYSES = [
  'slices',
  'planes',
  'barriers',
  'sharpness',
  'gradients',
  'similarity',
  'depth',
] as const;
export type LandscapeAnalysisName = (typeof LANDSCAPE_ANALYSES)[number];

/** Devices that can compute a landscape. */
export const LANDSCAPE_DEVICES = ['cpu', 'reference'] as const;

export const LANDSCAPE_LIMITS = {
  batches: [1, 1000],
  points: [3, 201],
  directions: [1, 20],
  planePoints: [3, 101],
  span: [0.001, 10],
  iterations: [2, 200],
  tokens: [2, 65_536],
} as const;

const odd = (name: 'points' | 'planePoints') =>
  z
    .number()
    .int()
    .min(LANDSCAPE_LIMITS[name][0])
    .max(LANDSCAPE_LIMITS[name][1])
    .refine((count) => count % 2 === 1, 'must be odd, so that the model itself is one of the points');

export const landscapeSettingsSchema = z.strictObject({
  batches: z
    .number()
    .int()
    .min(LANDSCAPE_LIMITS.batches[0])
    .max(LANDSCAPE_LIMITS.batches[1])
    .default(8)
    .describe('Fixed validation batches, the first of those of the study.'),
  points: odd('points').default(21).describe('Points of a slice and of an interpolation path; odd.'),
  directions: z
    .number()
    .int()
    .min(LANDSCAPE_LIMITS.directions[0])
    .max(LANDSCAPE_LIMITS.directions[1])
    .default(3)
    .describe('Random directions of the one-dimensional slices.'),
  planePoints: odd('planePoints')
    .default(11)
    .describe('Points along each side of a two-dimensional slice; odd.'),
  span: z
    .number()
    .min(LANDSCAPE_LIMITS.span[0])
    .max(LANDSCAPE_LIMITS.span[1])
    .default(1)
    .describe('Slices reach from -span to span; 1 moves every filter by its own norm.'),
  iterations: z
    .number()
    .int()
    .min(LANDSCAPE_LIMITS.iterations[0])
    .max(LANDSCAPE_LIMITS.iterations[1])
    .default(20)
    .describe('Most Hessian-vector products over all batches in a search for the largest eigenvalue.'),
  tokens: z
    .number()
    .int()
    .min(LANDSCAPE_LIMITS.tokens[0])
    .max(LANDSCAPE_LIMITS.tokens[1])
    .default(1024)
    .describe('Token positions whose hidden states are compared, spread evenly over the batches.'),
  device: z
    .enum(LANDSCAPE_DEVICES)
    .default('cpu')
    .describe('What computes: cpu, or reference (slow, exact).'),
});
export type LandscapeSettings = z.infer<typeof landscapeSettingsSchema>;

/** Where in its life a model is looked at: the trained source, the growing point, the lag, the horizon. */
export type LandscapePlace = 'source' | 'start' | 'lag' | 'end';

/** `source`, or `stack@lag`. Strategy names hold no `@` and no `~`. */
export const subjectOf = (strategy: string | null, place: LandscapePlace): string =>
  strategy === null ? place : `${strategy}@${place}`;

/** Strategy and place of a subject; strategy null for the source. */
export function readSubject(subject: string): { strategy: string | null; place: LandscapePlace } {
  const at = subject.lastIndexOf('@');
  return at < 0
    ? { strategy: null, place: 'source' }
    : { strategy: subject.slice(0, at), place: subject.slice(at + 1) as LandscapePlace };
}

const value = z.number().nullable();
/** A mean over batches with its 95 % interval; without bounds where there are too few batches to tell. */
const estimate = z.strictObject({ estimate: z.number(), low: value, high: value });
export type BatchEstimate = z.infer<typeof estimate>;
const maybeEstimate = estimate.nullable();

/** Loss along one filter-normalised random direction. */
export const sliceResultSchema = z.strictObject({
  /** Distances, from -span to span. */
  distances: z.array(z.number()),
  losses: z.array(value),
  /** Mean rise of the loss at the two ends over the centre, with its interval over batches. */
  rise: maybeEstimate,
});
/** One row of a two-dimensional slice. */
export const planeRowResultSchema = z.strictObject({
  /** Distance along the second direction. */
  second: z.number(),
  /** Distances along the first direction. */
  first: z.array(z.number()),
  losses: z.array(value),
});
/** Loss on the straight line between two models. */
export const barrierResultSchema = z.strictObject({
  /** Share of the way, 0 to 1. */
  shares: z.array(z.number()),
  losses: z.array(value),
  /** Highest loss above the straight line between the two end losses (Entezari et al. 2022, definition 1). */
  barrier: maybeEstimate,
  /** Highest loss minus the mean of the two end losses (Frankle et al. 2020, §2). */
  instability: maybeEstimate,
  /** L2 distance of the two models over the norm of the first. */
  distance: value,
});
export const sharpnessResultSchema = z.strictObject({
  /** Largest eigenvalue of the Hessian of the mean loss; its interval is that of vᵀHv over batches, v fixed. */
  largest: maybeEstimate,
  /** Smallest Ritz value: negative where the loss curves downwards. Least accurate of all numbers here. */
  smallest: value,
  /** ‖Hv − λv‖: an eigenvalue lies within this distance of the estimate. */
  residual: value,
  iterations: z.number(),
  /** How Hessian-vector products were computed. */
  method: z.enum(['exact', 'differences']),
  /** Why not exactly; null for exact. */
  reason: z.string().nullable(),
});
export const gradientsResultSchema = z.strictObject({
  /** Simple noise scale tr(Σ)/|G|² in sequences (McCandlish et al. 2018, §2.2); null where |G|² came out not positive. */
  noiseScale: maybeEstimate,
  /** Unbiased estimate of |G|², the squared norm of the true gradient. */
  squaredNorm: value,
  /** Unbiased estimate of tr(Σ), the total variance of the gradient of one sequence. */
  variance: value,
  /** Norm of the mean gradient over all batches, by part of the model from the input to the output. */
  norms: z.array(z.strictObject({ part: z.string(), norm: value })),
});
export const similarityResultSchema = z.strictObject({
  /** Linear CKA of the source (rows) and the grown model (columns), each from the embedding (0) to the last layer. */
  cka: z.array(z.array(value)),
  tokens: z.number(),
});
const layerLossSchema = z.strictObject({
  /** Layer skipped, lower of the two layers swapped, or number of layers before the exit; from 0. */
  layer: z.number(),
  loss: value,
  /** Difference to the loss of the whole model, with its interval over batches. */
  change: maybeEstimate,
});
export const depthResultSchema = z.strictObject({ whole: value, layers: z.array(layerLossSchema) });
/** Where a model came from that had to be trained for the probe. */
export const modelResultSchema = z.strictObject({
  hash: z.string().nullable(),
  step: z.number(),
  /** Why there is no model; null when there is one. */
  reason: z.string().nullable(),
});

/** A finished part of a probe. Unique by study, analysis, subject, part and settings; never computed twice. */
export interface LandscapePartRecord {
  readonly studyId: string;
  /** One of LANDSCAPE_ANALYSES, or `models`. */
  readonly analysis: string;
  /** The model (subjectOf), or two joined by `~`. */
  readonly subject: string;
  readonly part: string;
  /** The settings that this part depends on, as JSON text. */
  readonly settingsJson: string;
  readonly resultJson: string;
  readonly seconds: number;
  /** Multiply-adds of matrix products, two FLOPs each. Charged to no candidate. */
  readonly flops: number;
  readonly measuredAt: string;
}

export interface LandscapeModel {
  readonly subject: string;
  readonly strategy: string | null;
  readonly place: LandscapePlace;
}

type OfModel<Result> = LandscapeModel & Result;

export interface LossSlice extends OfModel<z.infer<typeof sliceResultSchema>> {
  readonly direction: number;
}
export interface LossPlane extends LandscapeModel {
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** [second][first]. */
  readonly losses: readonly (readonly (number | null)[])[];
}
export interface BarrierPath extends z.infer<typeof barrierResultSchema> {
  readonly from: LandscapeModel;
  readonly to: LandscapeModel;
}
export type Sharpness = OfModel<z.infer<typeof sharpnessResultSchema>>;
export type GradientStatistics = OfModel<z.infer<typeof gradientsResultSchema>>;
export type LayerSimilarity = OfModel<z.infer<typeof similarityResultSchema>>;
export interface DepthUse extends LandscapeModel {
  readonly whole: number | null;
  readonly skip: readonly LayerLoss[];
  readonly swap: readonly LayerLoss[];
  readonly exit: readonly LayerLoss[];
}
export type LayerLoss = z.infer<typeof layerLossSchema>;

/** What is stored of a study's landscape: of each analysis the settings measured last. */
export interface LandscapeAnalysis {
  readonly studyId: string;
  /** Steps from the growing point to the place `lag`. */
  readonly lag: number;
  readonly horizon: number;
  /** Settings each analysis was measured with; those it does not depend on are left out. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly slices: readonly LossSlice[];
  readonly planes: readonly LossPlane[];
  readonly barriers: readonly BarrierPath[];
  readonly sharpness: readonly Sharpness[];
  readonly gradients: readonly GradientStatistics[];
  readonly similarity: readonly LayerSimilarity[];
  readonly depth: readonly DepthUse[];
  /** Models that could not be looked at. */
  readonly missing: readonly { readonly subject: string; readonly reason: string }[];
  /** Wall seconds and FLOPs of all parts shown, training to the lag included. */
  readonly seconds: number;
  readonly flops: number;
}
