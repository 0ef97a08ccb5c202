/** The shape of a model: a pre-norm GPT-style causal language model (Radford et al. 2019). */
import { z } from 'zod';

const size = (max: number) => z.number().int().min(1).max(max);

/** What a user chooses about a model besides its depth and vocabulary; both come from elsewhere. */
export const modelShapeSchema = z
  .strictObject({
    width: size(8192).describe('Width D of the residual stream.'),
    heads: size(128).describe('Attention heads; must divide the width.'),
    context: size(8192).describe('Context length T in tokens.'),
    mlpRatio: z.number().min(0.25).max(16).default(4).describe('MLP width as a multiple of the width.'),
    activation: z.enum(['gelu', 'relu']).default('gelu').describe('MLP activation; gelu is the exact form.'),
    tiedEmbedding: z.boolean().default(true).describe('Use the token embedding as output head as well.'),
    attentionBias: z.boolean().default(true).describe('Biases in the query, key, value and output products.'),
    muP: z
      .strictObject({
        baseWidth: size(8192).describe('Width at which muP is the standard parametrisation.'),
      })
      .optional()
      .describe(
        'Maximal update parametrisation: scales rates, logits and attention so that a learning rate found at the base width fits other widths.',
      ),
    dropout: z.literal(0).default(0).describe('Dropout is not offered; the only allowed value is 0.'),
  })
  .superRefine((shape, context) => {
    if (shape.width % shape.heads !== 0)
      context.addIssue({
        code: 'custom',
        path: ['heads'],
        message: `${shape.heads} heads do not divide the width ${shape.width}; choose a divisor of the width`,
      });
    if (!Number.isInteger(shape.width * shape.mlpRatio))
      context.addIssue({
        code: 'custom',
        path: ['mlpRatio'],
        message: `${shape.mlpRatio} times the width ${shape.width} is not a whole MLP width`,
      });
  });

export type ModelShape = z.infer<typeof modelShapeSchema>;

/** A complete architecture. `layers` may be 0: embeddings, final LayerNorm and head only. */
export interface Architecture extends ModelShape {
  readonly layers: number;
  /** Number of token ids V. */
  readonly vocabulary: number;
}

/** Largest depth and vocabulary an architecture may have. */
export const MAX_LAYERS = 512;
export const MAX_VOCABULARY = 1_000_000;
