/** The designer: strategies and pools to begin with, the vocabulary of a corpus, and what a growth does at step 0. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import { MAX_LAYERS, modelShapeSchema } from '../architecture.ts';
import { dataSpecSchema } from '../data-spec.ts';
import type { Pool } from '../pool.ts';
import type { GrowingStrategy } from '../strategy.ts';
import { growingStrategySchema } from '../strategy.ts';
import { sourceSpecSchema } from '../study.ts';

/** What comes with the program. */
export interface StrategyLibrary {
  readonly strategies: readonly GrowingStrategy[];
  readonly pools: readonly Pool[];
}

export interface CorpusFacts {
  /** Number of token ids. */
  readonly vocabulary: number;
  readonly trainingTokens: number;
  readonly validationTokens: number;
}

/** Losses are means over validation batches, in nats per token. */
export interface GrowthMeasurement {
  readonly initialLoss: number;
  readonly sourceLoss: number;
  /** initialLoss - sourceLoss; 0 where the function is kept to the last bit. */
  readonly gap: number;
  /** `fresh`: no trained source is in the history, so an untrained one was grown. */
  readonly source: 'trained' | 'fresh';
  readonly batches: number;
}

const layers = z
  .int()
  .min(0)
  .max(MAX_LAYERS, { error: `a model has at most ${MAX_LAYERS} layers` });

export const growthSchema = z.strictObject({
  data: dataSpecSchema,
  model: modelShapeSchema,
  seed: z.int().min(0),
  /** How the source is trained; null where it is not trained from scratch, as in later stages of stacking. */
  source: sourceSpecSchema.nullable(),
  sourceLayers: layers,
  targetLayers: layers.min(1),
  strategy: growingStrategySchema,
  /** Fixed validation batches; the first ones of the study. */
  batches: z.int().min(1).max(10_000),
  batchSize: z.int().min(1).max(4096),
});
export type Growth = z.infer<typeof growthSchema>;

export const designerContract = {
  library: oc.output(type<StrategyLibrary>()),
  /** @throws as reading the corpus does */
  corpus: oc
    .input(z.strictObject({ data: dataSpecSchema, context: modelShapeSchema.shape.context }))
    .output(type<CorpusFacts>()),
  /** Grows and evaluates, trains nothing. Stops where the caller aborts; kept, so that asking again costs nothing. */
  measure: oc.input(growthSchema).output(type<GrowthMeasurement>()),
};
