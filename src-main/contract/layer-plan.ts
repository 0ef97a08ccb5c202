/**
 * A layer plan says, for every layer of the target architecture, where its parameters come from.
 * Every depth growth operator compiles to one; the designer edits them.
 */
import { z } from 'zod';
import { MAX_LAYERS } from './architecture.ts';

export const planEntrySchema = z.strictObject({
  body: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('copy'), layer: z.number().int().min(0).max(MAX_LAYERS) }),
    z.strictObject({
      kind: z.literal('average'),
      layer: z.number().int().min(0).max(MAX_LAYERS),
      and: z
        .number()
        .int()
        .min(0)
        .max(MAX_LAYERS)
        .describe('Second source layer; the order does not matter.'),
    }),
    z.strictObject({ kind: z.literal('random') }),
    z.strictObject({ kind: z.literal('zero') }),
  ]),
  identity: z.boolean().optional().describe('Computes x ↦ x at the start: both out-projections are zero.'),
  outScale: z
    .number()
    .min(-4)
    .max(4)
    .optional()
    .describe('Factor on attention out and MLP down (default 1).'),
  outScaleMlp: z.number().min(-4).max(4).optional().describe('Factor on MLP down alone (default outScale).'),
  noise: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Relative noise on copied or averaged weight matrices (default 0).'),
});
export type PlanEntry = z.infer<typeof planEntrySchema>;

export const layerPlanSchema = z.strictObject({
  version: z.literal(1),
  sourceLayers: z.number().int().min(0).max(MAX_LAYERS),
  layers: z.array(planEntrySchema).min(1).max(MAX_LAYERS),
});
export type LayerPlan = z.infer<typeof layerPlanSchema>;

/** How far a growth keeps the source's function, computed from the compiled plan. */
export type Exactness = 'exact' | 'exact-up-to-eps' | 'approx' | 'none';

/** Where one layer of a grown model comes from. */
export interface LayerLineage {
  readonly kind: 'copy' | 'average' | 'random' | 'zero';
  /** Source layer, for copies; the lower one of the two for averages. */
  readonly from: number | null;
  /** The upper source layer, for averages only. */
  readonly and?: number | undefined;
  readonly outScale: number;
  readonly outScaleMlp: number;
  readonly noise: number;
}
