/**
 * Operations on rows on the native kernels against the reference.
 *
 * Tolerance 2e-5 relative to the largest element, or to 1, from which the values come: they may cancel. Float32 through
 * some ten operations.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { gradients } from '../../src-main/graph/autodiff.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph, Node } from '../../src-main/graph/ir.ts';
import { graphOf, printGraph } from '../../src-main/graph/ir.ts';
import type { Shape } from '../../src-main/tensor/shape.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';
import { inputsOf } from '../graph/op-cases.ts';
import { rowGraphDescription, rowGraphOf } from './row-graphs.ts';
import { distance, runNative, sameBits } from './run-native.ts';

const TOLERANCE = 2e-5;

/** Holds a graph against the reference, and its results over 3 threads against those over one. */
function check(graph: Graph, lanes: number): void {
  const inputs = inputsOf(graph, 'rows');
  const expected = evaluateGraph(graph, inputs);
  const results = runNative(graph, inputs, { threads: 1, lanes });
  const spread = runNative(graph, inputs, { threads: 3, lanes });
  for (const [name, values] of results) {
    expect(distance(values, expected.get(name)!, 1), `${name}\n${printGraph(graph)}`).toBeLessThan(TOLERANCE);
    expect(sameBits(spread.get(name)!, values), `${name} over 3 threads`).toBe(true);
  }
}

const single = (node: Node): Graph => graphOf(new Map([['result', node]]));

/** A layer norm with its gradients, whose sums over rows are cut into parts and whose rows into blocks. */
function layerNormWithGradients(shape: Shape): Graph {
  const b = new GraphBuilder();
  const width = shape.at(-1)!;
  const inputs = [b.input('x', shape), b.input('gain', [width]), b.input('bias', [width])] as const;
  const normal = b.layerNorm(...inputs, 1e-5);
  const loss = b.scale(
    b.sumAll(b.reduceSum(b.square(b.tanh(normal)), [shape.length - 1])),
    1 / sizeOf(shape),
  );
  return graphOf(
    new Map([
      ['normal', normal],
      ...gradients(b, loss, inputs).map((node, index) => [`gradient ${index}`, node] as const),
    ]),
  );
}

describe('operations on rows on the native kernels', () => {
  it('are those of the reference in any order, over any broadcasts and reductions', () => {
    fc.assert(
      fc.property(rowGraphDescription, fc.constantFrom(4, 8), (description, lanes) =>
        check(rowGraphOf(description), lanes),
      ),
      { numRuns: 1000 },
    );
  });

  it('are cut into blocks and parts without a trace', () => {
    // One row after another, more rows than a block has, rows longer than a block, one number a row.
    for (const shape of [
      [1, 33],
      [2, 1500, 3],
      [7, 300, 65],
      [4, 9001],
      [5000, 2],
    ])
      for (const lanes of [4, 8]) check(layerNormWithGradients(shape), lanes);
  });

  it('sum numbers of rows over those rows', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [4, 5]);
    const sums = (['layerNormMean', 'layerNormInverseDeviation'] as const).map(
      (op) => [op, b.reduceSum(b.node(op, [x], { epsilon: 1e-5 }), [0])] as const,
    );
    check(graphOf(new Map(sums)), 8);
  });

  it('read the same rows through axes that repeat before, between and after', () => {
    const b = new GraphBuilder();
    const x = b.tanh(b.input('x', [3, 4, 5]));
    const sums = [
      b.add(x, b.input('a', [4, 1])),
      b.add(x, b.input('b', [3, 1, 5])),
      b.add(x, b.input('c', [3, 1, 1])),
      b.add(b.reshape(x, [3, 4, 1, 5]), b.input('d', [3, 1, 7, 1])),
    ];
    check(graphOf(new Map(sums.map((sum, index) => [`${index}`, sum]))), 8);
    for (const sum of sums) check(single(sum), 4);
  });
});
