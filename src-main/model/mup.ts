/**
 * Maximal update parametrisation (Yang et al. 2022, "Tensor Programs V", table 8 with Adam): sizes that keep the
 * change of every activation of order one when the width grows, so that a learning rate found at a small width can
 * be used at a large one. Everything is relative to a base width, at which all of it is the standard
 * parametrisation to the last bit.
 *
 * - Hidden matrices (q, k, v, o, up, down): learning rate × base / width; their initial variance is 1 / fan-in
 *   anyway. Weight decay is multiplied by a parameter's own learning rate, so it is weaker there too.
 * - Output: logits × base / width, for tied and untied heads alike; the head keeps its rate and initial size.
 * - Attention: scores × 1/d instead of 1/√d for head width d, scaled to agree at the base width with as many heads.
 * - Embeddings, gains and biases are as ever.
 *
 * The factors of output and attention belong to the function a model computes, not to how it is trained. So the
 * setting is part of the architecture, where checkpoints carry it and growing keeps it.
 */
import type { Architecture } from '../contract/architecture.ts';
import { headWidth } from './architecture.ts';
import type { ParameterRole, ParameterSpec } from './parameter-layout.ts';

const HIDDEN_MATRICES: ReadonlySet<ParameterRole> = new Set([
  'attn.q.w',
  'attn.k.w',
  'attn.v.w',
  'attn.o.w',
  'mlp.up.w',
  'mlp.down.w',
]);

/** base / width; 1 without muP. */
const baseShare = ({ muP, width }: Architecture): number => (muP ? muP.baseWidth / width : 1);

/** Factor on the logits. */
export const outputMultiplier = baseShare;

/** Factor on query · key. */
export function attentionScale(architecture: Architecture): number {
  return (1 / Math.sqrt(headWidth(architecture))) * Math.sqrt(baseShare(architecture));
}

/** Factor on the learning rate of a parameter. */
export function learningRateFactor(architecture: Architecture, { role }: ParameterSpec): number {
  return HIDDEN_MATRICES.has(role) ? baseShare(architecture) : 1;
}
