/**
 * How a model is trained: batch, learning rate and its schedule, AdamW (Loshchilov and Hutter 2019), gradient
 * clipping. The defaults suit a growing study at width 64 on a laptop: 1000 steps of 8 sequences after growing.
 */
import { z } from 'zod';

export const scheduleSchema = z.strictObject({
  kind: z
    .enum(['constant', 'linear', 'cosine', 'wsd'])
    .default('linear')
    .describe(
      'What the learning rate does after the warm-up; wsd stays at the peak, then decays at the end.',
    ),
  finalShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('Share of the peak learning rate at the last step; constant ignores it.'),
  decayShare: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('wsd: share of the run, at its end, in which the learning rate decays; 0.2 when left out.'),
  decayForm: z
    .enum(['linear', '1-sqrt'])
    .optional()
    .describe('wsd: form of the decay; linear when left out. 1-sqrt falls fast at first.'),
});
export type Schedule = z.infer<typeof scheduleSchema>;

export const adamSchema = z.strictObject({
  beta1: z.number().min(0).max(0.9999).default(0.9).describe('Decay of the first moment.'),
  beta2: z.number().min(0).max(0.99999).default(0.99).describe('Decay of the second moment.'),
  epsilon: z
    .number()
    .min(1e-12)
    .max(1e-2)
    .default(1e-8)
    .describe('Added to the root of the second moment in the denominator.'),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Decoupled weight decay of the weight matrices, multiplied by the learning rate.'),
});
export type AdamSettings = z.infer<typeof adamSchema>;

export const recipeSchema = z
  .strictObject({
    batchSize: z.number().int().min(1).max(4096).default(8).describe('Sequences in one training step.'),
    learningRate: z.number().min(1e-8).max(10).default(2e-3).describe('Peak learning rate.'),
    warmupSteps: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .default(30)
      .describe('Steps in which the learning rate rises from 0 to its peak.'),
    warmupFrom: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        'Share of the peak at which the warm-up begins: 0, as when left out, from zero; 1 without a dip after growing.',
      ),
    schedule: scheduleSchema.prefault({}).describe('Learning rate after the warm-up.'),
    adam: adamSchema.prefault({}).describe('AdamW constants.'),
    clipNorm: z
      .number()
      .min(1e-6)
      .max(1e6)
      .default(1)
      .describe('Gradients with a larger global norm are scaled down to this norm.'),
    trainable: z
      .enum(['all', 'newLayers'])
      .optional()
      .describe(
        'What learns after growing: all, as when left out, or only layers that are not the first plain copy of a source layer.',
      ),
    frozenSteps: z
      .number()
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe(
        'Steps in which only the new layers learn, then all do; left out, only they learn throughout.',
      ),
  })
  .superRefine((recipe, context) => {
    if (recipe.frozenSteps !== undefined && recipe.trainable !== 'newLayers')
      context.addIssue({
        code: 'custom',
        path: ['frozenSteps'],
        message:
          'only a recipe with trainable: newLayers freezes anything; leave frozenSteps out or add that',
      });
  });
export type Recipe = z.infer<typeof recipeSchema>;
