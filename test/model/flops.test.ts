import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import type { Graph } from '../../src-main/graph/ir.ts';
import { forwardFlopsPerToken, trainingFlopsPerStep } from '../../src-main/model/flops.ts';
import { evaluationProgram, gradientProgram } from '../../src-main/model/training-programs.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';
import { tinySpec } from '../engine/tiny-model.ts';

/** Two per multiply-add over all matrix products; products with a vector (the averages of LayerNorm) left out. */
function productFlops(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => {
    if (node.op !== 'matmul' || node.shape.at(-1) === 1) return sum;
    const a = node.inputs[0]!.shape;
    const inner = node.attributes.transposeA ? a.at(-2)! : a.at(-1)!;
    return sum + 2 * sizeOf(node.shape) * inner;
  }, 0);
}

const SHAPES: Partial<Architecture>[] = [
  {},
  { layers: 0 },
  { layers: 3, mlpRatio: 2, activation: 'relu', tiedEmbedding: false, attentionBias: false },
  { width: 24, heads: 3, context: 5, vocabulary: 33 },
];

describe('FLOPs', () => {
  it.each(SHAPES)('equal a count over the products of the real graphs: %o', (changes) => {
    const spec = tinySpec(changes);
    const { architecture, batchSize, evaluationBatchSize } = spec;
    expect(trainingFlopsPerStep(architecture, batchSize)).toBe(productFlops(gradientProgram(spec).graph));
    expect(forwardFlopsPerToken(architecture) * evaluationBatchSize * architecture.context).toBe(
      productFlops(evaluationProgram(spec).graph),
    );
  });
});
