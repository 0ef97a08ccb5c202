/**
 * Causal attention with its gradients on the native kernels: like the reference, and without the half that is zero.
 *
 * Tolerance 1e-5 relative to the largest element of each gradient.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { gradients } from '../../src-main/graph/autodiff.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph, Node } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { gradientProgram } from '../../src-main/model/training-programs.ts';
import { unitsOf } from '../../src-main/native/planner.ts';
import type { Triangle } from '../../src-main/native/units.ts';
import { tinySpec } from '../engine/tiny-model.ts';
import { inputsOf } from '../graph/op-cases.ts';
import { distance, runNative, sameBits } from './run-native.ts';

const TOLERANCE = 1e-5;
/** Rows of the largest tile of the kernels (kernels/products.h). */
const LARGEST_TILE = 12;
/** What attention of one layer takes: scores, mixed values, and a product for each of four gradients. */
const TRIANGLES: readonly Triangle[] = [
  'lowerResult', // scores
  'lowerLeft', // weights · values
  'lowerResult', // gradient of the weights
  'upperLeft', // of the values: weightsᵀ · dy
  'lowerLeft', // of the queries: dscores · keys
  'upperLeft', // of the keys: dscoresᵀ · queries
];

interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly time: number;
  readonly head: number;
  readonly masked?: number;
}

function causalMask(b: GraphBuilder, time: number, masked: number): Node {
  const values = Float32Array.from({ length: time * time }, (_, index) =>
    index % time > Math.floor(index / time) ? masked : 0,
  );
  return b.constant(values, [time, time]);
}

/** Attention as in model/transformer.ts, of queries, keys and values [B, T, H·d], and its gradients. */
function attention({ batch, heads, time, head, masked = -1e9 }: Sizes): Graph {
  const b = new GraphBuilder();
  const inputs = ['query', 'key', 'value'].map((name) => b.input(name, [batch * time, heads * head]));
  const [query, key, value] = inputs.map((rows) =>
    b.transpose(b.reshape(rows, [batch, time, heads, head]), [0, 2, 1, 3]),
  );
  const scores = b.matmul(query!, key!, { transposeB: true, alpha: 0.4 });
  const weights = b.softmax(b.add(scores, causalMask(b, time, masked)));
  const mixed = b.reshape(b.transpose(b.matmul(weights, value!), [0, 2, 1, 3]), inputs[0]!.shape);
  const loss = b.sumAll(b.reduceSum(b.multiply(b.tanh(mixed), b.input('by', mixed.shape)), [1]));
  return graphOf(
    new Map([
      ['mixed', mixed],
      ...gradients(b, loss, inputs).map((node, index) => [`gradient ${index}`, node] as const),
    ]),
  );
}

const trianglesOf = (graph: Graph): Triangle[] =>
  unitsOf(graph).units.flatMap((unit) => (unit.kind === 'product' ? [unit.triangle] : []));

describe('causal attention on the native kernels', () => {
  it('is that of the reference, whatever its sizes', () => {
    const sizes = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      heads: fc.integer({ min: 1, max: 3 }),
      time: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(64, 65, 150, 300)),
      head: fc.integer({ min: 1, max: 17 }),
    });
    fc.assert(
      fc.property(sizes, fc.constantFrom(4, 8), (own, lanes) => {
        fc.pre(own.batch * own.heads * own.time ** 2 * own.head < 4e5);
        const graph = attention(own);
        const inputs = inputsOf(graph, 'attention');
        const expected = evaluateGraph(graph, inputs);
        const results = runNative(graph, inputs, { threads: 1, lanes });
        const spread = runNative(graph, inputs, { threads: 3, lanes });
        for (const [name, values] of results) {
          // Where all is cancelled, as with one position, what is left of it is rounding.
          expect(distance(values, expected.get(name)!, 1e-2), name).toBeLessThan(TOLERANCE);
          expect(sameBits(spread.get(name)!, values), `${name} over 3 threads`).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out of its products what is zero', () => {
    for (const sizes of [
      { batch: 2, heads: 3, time: 20, head: 4 },
      { batch: 1, heads: 1, time: 20, head: 4 },
    ])
      expect(trianglesOf(attention(sizes)).toSorted()).toEqual(TRIANGLES.toSorted());
  });

  it('leaves nothing out where the mask lets a score above the diagonal count', () => {
    const graph = attention({ batch: 1, heads: 2, time: 9, head: 4, masked: -3 });
    expect(new Set(trianglesOf(graph))).toEqual(new Set(['none']));
    const inputs = inputsOf(graph, 'soft mask');
    const expected = evaluateGraph(graph, inputs);
    for (const [name, values] of runNative(graph, inputs))
      expect(distance(values, expected.get(name)!), name).toBeLessThan(TOLERANCE);
  });

  it('leaves nothing out of scores that are looked at elsewhere', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', [20, 4]), b.input('y', [20, 4])];
    const scores = b.matmul(x, y, { transposeB: true });
    const weights = b.softmax(b.add(scores, causalMask(b, 20, -1e9)));
    const outputs = new Map([['weights', weights]]);
    expect(trianglesOf(graphOf(outputs))).toEqual(['lowerResult']);
    for (const [name, node] of [
      ['scores', scores],
      ['largest', b.exp(scores)],
      ['masked', b.add(scores, causalMask(b, 20, -1e9))],
    ] as const)
      expect(trianglesOf(graphOf(new Map([...outputs, [name, node]]))), name).toEqual(['none']);
    const graph = graphOf(new Map([...outputs, ['scores', scores]]));
    const inputs = inputsOf(graph, 'scores');
    expect(
      distance(runNative(graph, inputs).get('scores')!, evaluateGraph(graph, inputs).get('scores')!),
    ).toBeLessThan(TOLERANCE);
  });

  it('gives later keys and values no part in earlier rows, not even when they are infinite or no numbers', () => {
    const sizes = { batch: 1, heads: 1, time: 40, head: 4 };
    const graph = attention(sizes);
    const inputs = inputsOf(graph, 'later');
    const before = runNative(graph, inputs).get('mixed')!;
    const [seen, width] = [17, sizes.head];
    for (const strange of [1e30, -1e30, Infinity, NaN]) {
      const changed = new Map(
        [...inputs].map(
          ([name, values]) =>
            [name, name === 'value' ? values.slice().fill(strange, seen * width) : values] as const,
        ),
      );
      const mixed = runNative(graph, changed).get('mixed')!;
      // Rows of one tile are multiplied together, and zero times infinity is no number.
      const certain = Math.floor(seen / LARGEST_TILE) * LARGEST_TILE * width;
      expect(sameBits(mixed.subarray(0, certain), before.subarray(0, certain)), String(strange)).toBe(true);
      if (Number.isFinite(strange))
        expect(sameBits(mixed.subarray(0, seen * width), before.subarray(0, seen * width))).toBe(true);
      expect(sameBits(mixed, before)).toBe(false);
    }
  });

  it('leaves out the same of a whole model', () => {
    const spec = tinySpec();
    const triangles = trianglesOf(gradientProgram(spec).graph).filter((triangle) => triangle !== 'none');
    const expected = Array.from({ length: spec.architecture.layers }, () => TRIANGLES).flat();
    expect(triangles.toSorted()).toEqual(expected.toSorted());
  });
});
