/**
 * Matrix products of any size, of operands that lie in any way, on the native kernels against the reference.
 *
 * Tolerance 1e-5 relative to the largest element: float32 sums of up to 600 terms.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Node } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import type { Shape } from '../../src-main/tensor/shape.ts';
import { inputsOf } from '../graph/op-cases.ts';
import { distance, runNative, sameBits } from './run-native.ts';

const TOLERANCE = 1e-5;

/** How an operand lies in its input: as it is, as a slice of something larger, or with its axes in another order. */
const lying = fc.constantFrom('whole', 'rows sliced', 'columns sliced', 'turned', 'turned and sliced');
type Lying = typeof lying extends fc.Arbitrary<infer T> ? T : never;

/** A value of `shape` that is a view of an input of its own. */
function operand(b: GraphBuilder, name: string, shape: Shape, how: Lying): Node {
  const rank = shape.length;
  const sliced = (axis: number, of: Shape): Node =>
    b.slice(b.input(name, of.with(axis, of[axis]! + 3)), axis, 2, of[axis]! + 2);
  /** The last axes of two exchanged, and for a batch the first two that are not the last. */
  const order = shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  const turned = order.map((axis) => shape[axis]!);
  switch (how) {
    case 'whole':
      return b.input(name, shape);
    case 'rows sliced':
      return sliced(rank - 2, shape);
    case 'columns sliced':
      return sliced(rank - 1, shape);
    case 'turned':
      return b.transpose(b.input(name, turned), order);
    default:
      return b.transpose(sliced(rank - 1, turned), order);
  }
}

/** A size that kernels treat in a way of its own often enough: 1, and around the tiles. */
const size = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(1, 6, 8, 12, 16, 17, 32, 33));

const batchAxis = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  repeats: fc.constantFrom('none', 'left', 'right'),
});

const product = fc.record({
  m: size,
  n: size,
  k: fc.oneof({ weight: 9, arbitrary: size }, { weight: 1, arbitrary: fc.integer({ min: 250, max: 600 }) }),
  batch: fc.array(batchAxis, { maxLength: 2 }),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  alpha: fc.constantFrom(1, 0.3, -2),
  left: lying,
  right: lying,
});
type Product = typeof product extends fc.Arbitrary<infer T> ? T : never;

/** The product that a record describes, of inputs whose names begin with `name`. */
function build(b: GraphBuilder, name: string, p: Product): Node {
  const batchOf = (side: 'left' | 'right'): number[] =>
    p.batch.map((axis) => (axis.repeats === side ? 1 : axis.size));
  const a = p.transposeA ? [p.k, p.m] : [p.m, p.k];
  const c = p.transposeB ? [p.n, p.k] : [p.k, p.n];
  const { transposeA, transposeB, alpha } = p;
  return b.matmul(
    operand(b, `${name}a`, [...batchOf('left'), ...a], p.left),
    operand(b, `${name}b`, [...batchOf('right'), ...c], p.right),
    { transposeA, transposeB, alpha },
  );
}

/** Holds the outputs of a graph against the reference, and those of 1 and 3 threads against each other. */
function check(outputs: ReadonlyMap<string, Node>, lanes: number): void {
  const graph = graphOf(outputs);
  const inputs = inputsOf(graph, 'products');
  const expected = evaluateGraph(graph, inputs);
  const results = runNative(graph, inputs, { threads: 1, lanes });
  const spread = runNative(graph, inputs, { threads: 3, lanes });
  for (const [name, values] of results) {
    expect(distance(values, expected.get(name)!), name).toBeLessThan(TOLERANCE);
    expect(sameBits(spread.get(name)!, values), `${name} over 3 threads`).toBe(true);
  }
}

const single = (node: Node): Map<string, Node> => new Map([['result', node]]);
const lanes = fc.constantFrom(4, 8);
const runs = { numRuns: 150 };

describe('products on the native kernels', () => {
  it('are those of the reference, whatever their sizes, transposes, batches and how operands lie', () => {
    fc.assert(
      fc.property(product, lanes, (p, width) => check(single(build(new GraphBuilder(), '', p)), width)),
      runs,
    );
  });

  it('take in the addition of a bias', () => {
    fc.assert(
      fc.property(product, lanes, fc.boolean(), (p, width, isLeft) => {
        const b = new GraphBuilder();
        const own = build(b, '', p);
        const bias = b.input('bias', [p.n]);
        check(single(isLeft ? b.add(bias, own) : b.add(own, bias)), width);
      }),
      runs,
    );
  });

  it('take in the addition of other products', () => {
    fc.assert(
      fc.property(
        product,
        fc.array(fc.record({ k: size, transposeA: fc.boolean(), transposeB: fc.boolean() }), {
          minLength: 1,
          maxLength: 3,
        }),
        lanes,
        (p, others, width) => {
          const b = new GraphBuilder();
          const sum = others.reduce(
            (before, other, index) => b.add(before, build(b, `other${index}`, { ...p, ...other })),
            build(b, '', p),
          );
          check(single(sum), width);
        },
      ),
      runs,
    );
  });

  it('are read through transposes, reshapes and slices of their result', () => {
    fc.assert(
      fc.property(product, lanes, fc.boolean(), (p, width, hasBias) => {
        const b = new GraphBuilder();
        const own = build(b, '', p);
        const result = hasBias ? b.add(own, b.input('bias', [p.n])) : own;
        const axes = result.shape.map((_, axis) => axis);
        const last = axes.length - 1;
        const batchTurned = [...axes.slice(0, -1).toReversed(), last];
        const outputs = new Map([
          ['rows and batches', b.transpose(result, batchTurned)],
          ['negated', b.negate(b.transpose(result, axes.toReversed()))],
        ]);
        check(new Map([[...outputs][0]!]), width);
        check(outputs, width);
      }),
      runs,
    );
  });

  it('may be an output and the operand of a sum of products as well', () => {
    const b = new GraphBuilder();
    const first = b.matmul(b.input('a', [5, 4]), b.input('b', [4, 7]));
    const sum = b.add(first, b.matmul(b.input('c', [5, 3]), b.input('d', [3, 7])));
    check(
      new Map([
        ['first', first],
        ['sum', sum],
      ]),
      8,
    );
  });

  it('with a bias may be an output and the operand of a sum of products as well', () => {
    const b = new GraphBuilder();
    const first = b.add(b.matmul(b.input('a', [5, 4]), b.input('b', [4, 7])), b.input('bias', [7]));
    const sum = b.add(first, b.matmul(b.input('c', [5, 3]), b.input('d', [3, 7])));
    check(
      new Map([
        ['first', first],
        ['sum', sum],
      ]),
      8,
    );
  });

  it('add to a sum of scattered rows, which may be an output as well', () => {
    for (const isOutput of [false, true]) {
      const b = new GraphBuilder();
      const scattered = b.scatterAdd(b.input('ids_below_5', [9], 'i32'), b.input('rows', [9, 7]), 5);
      const sum = b.add(b.matmul(b.input('a', [5, 4]), b.input('b', [4, 7])), scattered);
      check(new Map([['sum', sum], ...(isOutput ? [['scattered', scattered] as const] : [])]), 8);
    }
  });

  it('may be added to themselves and to their own operand', () => {
    const b = new GraphBuilder();
    const [x, w] = [b.input('x', [6, 6]), b.input('w', [6, 6])];
    const own = b.matmul(x, w);
    check(single(b.add(own, own)), 8);
    check(single(b.add(own, x)), 8);
    check(single(b.add(own, b.matmul(own, w))), 8);
    check(single(b.add(b.matmul(b.exp(own), w), own)), 8);
  });

  it('of one column are one number for each row, whatever the batch', () => {
    for (const shape of [
      [5, 33],
      [2, 5, 33],
      [2, 3, 5, 33],
    ]) {
      const b = new GraphBuilder();
      const numbers = b.matmul(b.input('x', shape), b.input('w', [33, 1]), { alpha: 0.5 });
      check(single(numbers), 8);
      check(single(b.multiply(b.input('x', shape), numbers)), 8);
    }
  });

  it('have any number of batch axes, of which two may lie apart', () => {
    const right = [2, 3, 2, 5, 4];
    const of = (left: number[]): Map<string, Node> => {
      const b = new GraphBuilder();
      return single(b.matmul(b.input('a', left), b.input('b', right)));
    };
    check(of([2, 3, 2, 4, 5]), 8);
    check(of([1, 1, 2, 4, 5]), 8);
    expect(() => check(of([2, 1, 2, 4, 5]), 8)).toThrow('product of 5 axes does not fit into a plan');
  });
});
