/** Small graphs for every op, for the tests that compare engines op by op. */
import type { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph, Node, OpName } from '../../src-main/graph/ir.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';

export type Build = (b: GraphBuilder) => Node;
const x = (b: GraphBuilder, ...shape: number[]): Node => b.input(`x${shape.join('x')}`, shape);
const y = (b: GraphBuilder, ...shape: number[]): Node => b.input(`y${shape.join('x')}`, shape);
const ids = (b: GraphBuilder, bound: number, ...shape: number[]): Node =>
  b.input(`ids_below_${bound}`, shape, 'i32');
const unary = (f: (b: GraphBuilder, x: Node) => Node): Build[] => [(b) => f(b, x(b, 3, 5))];
const positive = (f: (b: GraphBuilder, x: Node) => Node): Build[] => [
  (b) => f(b, b.add(b.square(x(b, 3, 5)), b.scalar(0.1))),
];
const binary = (f: (b: GraphBuilder, x: Node, y: Node) => Node): Build[] => [
  (b) => f(b, x(b, 2, 3, 4), y(b, 4)),
  (b) => f(b, x(b, 3, 1), y(b, 2, 1, 4)),
];
const flags = [false, true];

/** Graphs that use each op, in the forms that training uses and in those where lowerings differ. */
export const OP_CASES: { readonly [K in OpName]: readonly Build[] } = {
  input: [(b) => b.add(x(b, 3), b.scalar(0))],
  constant: [(b) => b.add(x(b, 2, 2), b.constant(Float32Array.of(1, 2, 3, 4), [2, 2]))],
  negate: unary((b, v) => b.negate(v)),
  exp: unary((b, v) => b.exp(v)),
  log: positive((b, v) => b.log(v)),
  sqrt: positive((b, v) => b.sqrt(v)),
  square: [...unary((b, v) => b.square(v)), (b) => b.add(b.sumAll(b.square(x(b, 4))), b.square(x(b, 4)))],
  erf: unary((b, v) => b.erf(v)),
  tanh: unary((b, v) => b.tanh(v)),
  sigmoid: unary((b, v) => b.sigmoid(v)),
  relu: unary((b, v) => b.relu(v)),
  positive: [...unary((b, v) => b.positive(v)), ...unary((b, v) => b.positive(b.relu(v)))],
  scaledGelu: unary((b, v) => b.scaledGelu(v)),
  add: binary((b, v, w) => b.add(v, w)),
  subtract: binary((b, v, w) => b.subtract(v, w)),
  multiply: binary((b, v, w) => b.multiply(v, w)),
  divide: binary((b, v, w) => b.divide(v, b.add(b.square(w), b.scalar(0.5)))),
  minimum: binary((b, v, w) => b.minimum(v, w)),
  maximum: binary((b, v, w) => b.maximum(v, w)),
  matmul: flags.flatMap((transposeA) =>
    flags.flatMap((transposeB): Build[] => {
      const options = { transposeA, transposeB, alpha: 0.3 };
      const a = transposeA ? [4, 3] : [3, 4];
      const c = transposeB ? [5, 4] : [4, 5];
      return [
        (b) => b.matmul(x(b, ...a), y(b, ...c), options),
        (b) => b.matmul(x(b, ...a), y(b, ...c), { transposeA, transposeB }),
        (b) => b.matmul(x(b, 2, 3, ...a), y(b, 2, 3, ...c), options),
        (b) => b.matmul(x(b, ...a), y(b, ...(transposeB ? [1, 4] : [4, 1])), options),
        (b) =>
          b.matmul(x(b, 2, ...a), y(b, 2, ...(transposeB ? [1, 4] : [4, 1])), { transposeA, transposeB }),
      ];
    }),
  ),
  transpose: [(b) => b.transpose(x(b, 2, 3, 4), [2, 0, 1])],
  reshape: [(b) => b.reshape(b.exp(x(b, 2, 6)), [3, 4])],
  slice: [
    (b) => b.slice(x(b, 2, 5), 1, 1, 4),
    (b) => b.oneHot(b.slice(ids(b, 6, 2, 5), 1, 1, 4), 6), // of ids
  ],
  concat: [
    (b) => b.concat([x(b, 2, 3, 2), y(b, 2, 1, 2), x(b, 2, 2, 2)], 1),
    (b) =>
      b.concat(
        Array.from({ length: 67 }, (_, index) => b.scale(x(b, 3), index)),
        0,
      ), // more than a shader binds
  ],
  broadcast: [(b) => b.broadcast(x(b, 3, 1), [2, 3, 4])],
  reduceSum: [
    (b) => b.reduceSum(x(b, 2, 3, 4), [0, 2]),
    (b) => b.sumAll(b.square(x(b, 3, 4))),
    // Longer than WebGPU sums up at once: in two stages, in three, and of a length without divisors.
    (b) => b.reduceSum(x(b, 3, 5, 1000), [1, 2]),
    (b) => b.reshape(b.reduceSum(b.square(x(b, 2, 3, 5, 1000)), [1, 2, 3]), [2]),
    (b) => b.sumAll(b.square(x(b, 37, 59, 61))),
    (b) => b.sumAll(b.square(x(b, 4099))),
  ],
  barrier: [
    (b) => b.barrier(x(b, 3, 4), [y(b, 2, 5)]),
    (b) => b.barrier(x(b, 3), [b.sumAll(y(b, 4)), y(b, 7), b.log(b.scalar(-1))]), // one of them is NaN
    (b) => b.add(b.exp(b.barrier(x(b, 3), [y(b, 2)])), b.exp(x(b, 3))),
    (b) =>
      b.barrier(
        x(b, 3),
        Array.from({ length: 20 }, (_, index) => b.scale(y(b, 2, 3), index)),
      ), // more than a shader binds
  ],
  softmax: unary((b, v) => b.softmax(v)),
  logSoftmax: unary((b, v) => b.logSoftmax(v)),
  layerNorm: [(b) => b.layerNorm(x(b, 3, 8), y(b, 8), b.exp(y(b, 8)), 1e-5)],
  layerNormMean: [
    (b) => b.node('layerNormMean', [x(b, 3, 8)], { epsilon: 1e-5 }),
    (b) =>
      b.add(
        b.layerNorm(x(b, 3, 8), y(b, 8), y(b, 8), 1e-5),
        b.node('layerNormMean', [x(b, 3, 8)], { epsilon: 1e-5 }),
      ),
  ],
  layerNormInverseDeviation: [
    (b) => b.node('layerNormInverseDeviation', [x(b, 3, 8)], { epsilon: 1e-3 }),
    (b) =>
      b.multiply(
        b.layerNorm(x(b, 3, 8), y(b, 8), y(b, 8), 1e-3),
        b.node('layerNormInverseDeviation', [x(b, 3, 8)], { epsilon: 1e-3 }),
      ),
  ],
  gather: [(b) => b.gather(x(b, 5, 3), ids(b, 5, 2, 4))],
  scatterAdd: [
    (b) => b.scatterAdd(ids(b, 4, 6), x(b, 6, 3), 4),
    (b) => b.scatterAdd(ids(b, 2000, 6), x(b, 6, 3), 2000), // beyond the one-hot product
  ],
  oneHot: [(b) => b.oneHot(ids(b, 6, 2, 3), 6)],
  crossEntropy: [(b) => b.crossEntropy(x(b, 4, 6), ids(b, 6, 4))],
};

/** Random values for every input; inputs named `ids_below_N` get ids below N. */
export function inputsOf(graph: Graph, seed: string): Map<string, Float32Array | Int32Array> {
  return new Map(
    [...graph.inputs].map(([name, node]) => {
      const stream = randomStream(7, seed, name);
      const length = sizeOf(node.shape);
      const bound = Number(/ids_below_(\d+)/.exec(name)?.[1]);
      return [
        name,
        node.dtype === 'i32'
          ? Int32Array.from({ length }, () => stream.below(bound))
          : Float32Array.from({ length }, () => stream.normal()),
      ];
    }),
  );
}
