/**
 * Exact floating point operations of the matrix products of a model, two per multiply-add (Kaplan et al. 2020,
 * §2.1, without their rounding). Elementwise work, softmax and normalisation are not counted. Attention is
 * counted over the full T×T square, because that is what the graph computes. A test compares these closed
 * forms with a count over the products of the real training graph.
 */
import type { Architecture } from '../contract/architecture.ts';
import { mlpWidth } from './architecture.ts';

/** FLOPs of one forward pass per token. */
export function forwardFlopsPerToken(architecture: Architecture): number {
  const { width, layers, context, vocabulary } = architecture;
  const projections = 4 * width * width + 2 * width * mlpWidth(architecture);
  const attention = 2 * context * width;
  return 2 * (layers * (projections + attention) + width * vocabulary);
}

/**
 * FLOPs of one training step: forward once, backward twice that. A step that trains only some parameters (recipe
 * `trainable: newLayers`) is counted in full, although engines leave out the gradients of frozen parameters.
 */
export function trainingFlopsPerStep(architecture: Architecture, batchSize: number): number {
  return 3 * forwardFlopsPerToken(architecture) * batchSize * architecture.context;
}
