/** Derived sizes of an architecture and a readable one-line form. */
import type { Architecture } from '../contract/architecture.ts';

/** Per-head width d = D / H. */
export const headWidth = (architecture: Architecture): number => architecture.width / architecture.heads;

/** MLP width F = ratio · D. */
export const mlpWidth = (architecture: Architecture): number => architecture.width * architecture.mlpRatio;

/** `8 layers, width 64, 4 heads, context 64, vocabulary 96, MLP 256 relu, tied`. */
export function describeArchitecture(architecture: Architecture): string {
  const { layers, width, heads, context, vocabulary, activation, tiedEmbedding, attentionBias, muP } =
    architecture;
  return [
    `${layers} layer${layers === 1 ? '' : 's'}`,
    `width ${width}`,
    `${heads} head${heads === 1 ? '' : 's'}`,
    `context ${context}`,
    `vocabulary ${vocabulary}`,
    `MLP ${mlpWidth(architecture)} ${activation}`,
    tiedEmbedding ? 'tied' : 'untied',
    ...(attentionBias ? [] : ['no attention biases']),
    ...(muP ? [`muP of base width ${muP.baseWidth}`] : []),
  ].join(', ');
}
