import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Node } from '../../src-main/graph/ir.ts';
import { graphOf, printGraph } from '../../src-main/graph/ir.ts';

describe('GraphBuilder', () => {
  it('shares equal nodes and keeps different ones apart', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 3]);
    expect(b.exp(x)).toBe(b.exp(x));
    expect(b.scale(x, 0.5)).toBe(b.scale(x, 0.5));
    expect(b.scale(x, 0.5)).not.toBe(b.scale(x, 0.25));
    expect(b.scalar(0)).not.toBe(b.scalar(-0));
    expect(b.input('y', [2, 3])).not.toBe(x);
    expect(b.matmul(x, x, { transposeB: true })).not.toBe(b.matmul(x, x, { transposeB: true, alpha: 2 }));
  });

  it('drops operations that do nothing', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 3]);
    expect(b.reshape(x, [2, 3])).toBe(x);
    expect(b.reshape(b.reshape(x, [6]), [2, 3])).toBe(x);
    expect(b.transpose(x, [0, 1])).toBe(x);
    expect(b.slice(x, 1, 0, 3)).toBe(x);
    expect(b.broadcast(x, [2, 3])).toBe(x);
    expect(b.scale(x, 1)).toBe(x);
    expect(b.reduceSum(b.input('z', [1, 3]), [0])).toBe(b.input('z', [1, 3]));
  });

  it('prints a graph line by line', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 3]);
    const y = b.matmul(x, x, { transposeB: true, alpha: 0.5 });
    expect(printGraph(graphOf(new Map([['y', b.softmax(b.add(y, b.scalar(1)))]])))).toMatchInlineSnapshot(`
      "%0 = input() {name x, shape [2,3]} : f32[2,3]
      %1 = matmul(%0, %0) {transposeB, alpha 0.5} : f32[2,2]
      %2 = constant() {1} : f32[]
      %3 = add(%1, %2) : f32[2,2]
      %4 = softmax(%3) : f32[2,2]
      return y: %4"
    `);
  });
});

describe('graphOf', () => {
  it('leaves out what no output needs and keeps every node after its inputs', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [4]);
    const unused = b.exp(b.input('unused', [4]));
    const y = b.multiply(b.square(x), b.negate(x));
    const graph = graphOf(new Map([['y', y]]));
    expect(graph.nodes).not.toContain(unused);
    expect([...graph.inputs.keys()]).toEqual(['x']);
    const seen = new Set<Node>();
    for (const node of graph.nodes) {
      for (const input of node.inputs) expect(seen.has(input)).toBe(true);
      seen.add(node);
    }
  });
});

describe('shapeRules', () => {
  const b = new GraphBuilder();
  const f = (...shape: number[]): Node => b.input(`f${shape}`, shape);
  const ids = (...shape: number[]): Node => b.input(`i${shape}`, shape, 'i32');

  it.each<[string, () => Node, string]>([
    [
      'inner sizes',
      () => b.matmul(f(2, 3), f(4, 5)),
      'matmul(f32[2,3], f32[4,5]): inner sizes 3 and 4 must be equal',
    ],
    ['leading axes', () => b.matmul(f(2, 2, 3), f(3, 3, 4)), 'leading axes must be equal or 1'],
    ['a vector in a product', () => b.matmul(f(3), f(3, 4)), 'both inputs need at least two axes'],
    [
      'broadcasting',
      () => b.add(f(2, 3), f(2)),
      'add(f32[2,3], f32[2]): sizes of each axis must be equal or 1',
    ],
    ['dtype', () => b.add(f(2), ids(2)), 'add(f32[2], i32[2]): input 1 must be f32'],
    ['reshape', () => b.reshape(f(2, 3), [4]), 'reshape(f32[2,3]): [4] holds 4 elements, the input 6'],
    ['permutation', () => b.transpose(f(2, 3), [0, 0]), '[0,0] is not a permutation of 2 axes'],
    ['slice range', () => b.slice(f(4), 0, 2, 5), 'range 2..5 must lie inside 0..4'],
    ['slice axis', () => b.slice(f(4), 1, 0, 1), 'axis 1 does not exist'],
    ['concat of nothing', () => b.concat([], 0), 'takes at least 1 input'],
    ['concat axis', () => b.concat([f(2, 3), f(2, 3)], 2), 'axis 2 does not exist'],
    ['concat sizes', () => b.concat([f(2, 3), f(1, 4)], 0), 'every axis but 0 must be equal'],
    ['broadcast', () => b.broadcast(f(2, 3), [2]), 'cannot be repeated to [2]'],
    ['reduce axes', () => b.reduceSum(f(2, 3), [2]), 'axes [2] must be distinct and exist'],
    ['barrier of nothing', () => b.barrier(f(2, 3), []), 'takes at least 2 inputs, got 1'],
    ['barrier behind ids', () => b.barrier(f(2, 3), [f(4), ids(2)]), 'input 2 must be f32'],
    ['softmax of a scalar', () => b.softmax(b.scalar(1)), 'needs at least one axis'],
    [
      'gain size',
      () => b.layerNorm(f(2, 3), f(2), f(3), 1e-5),
      'gain and bias must have the size of the last axis',
    ],
    ['epsilon', () => b.layerNorm(f(2, 3), f(3), f(3), Number.NaN), 'epsilon must be at least 0, is NaN'],
    ['table', () => b.gather(f(3), ids(2)), 'the table must have two axes'],
    ['scatter', () => b.scatterAdd(ids(2), f(3, 4), 5), 'needs ids [N] and rows [N, D]'],
    ['targets', () => b.crossEntropy(f(3, 4), ids(2)), 'needs logits [N, V] and target ids [N]'],
    ['empty size', () => b.input('bad', [0]), 'every size must be a whole number of at least 1, is [0]'],
    ['constant size', () => b.constant(new Float32Array(3), [2]), '3 values do not fill shape [2]'],
  ])('refuse wrong %s while building', (_, build, message) => {
    expect(build).toThrow(message);
  });
});
