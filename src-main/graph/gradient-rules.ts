/**
 * The reverse rule of every op: given the gradient dy of the result, the gradient of each input. `null` means
 * that no gradient flows there (integer inputs, piecewise constants). Each rule is checked against central
 * differences in test/graph/gradients.test.ts.
 */

import type { GraphBuilder } from './builder.ts';
import type { Node, OpName } from './ir.ts';

export type NodeOf<K extends OpName> = Extract<Node, { op: K }>;
type GradientRule<K extends OpName> = (
  builder: GraphBuilder,
  node: NodeOf<K>,
  dy: Node,
) => readonly (Node | null)[];

/** Sums the axes along which `shape` was broadcast, so that a gradient gets its operand's shape. */
function unbroadcast(builder: GraphBuilder, gradient: Node, operand: Node): Node {
  const extra = gradient.shape.length - operand.shape.length;
  const axes = gradient.shape
    .map((size, axis) => ({ size, axis, own: axis < extra ? 1 : operand.shape[axis - extra]! }))
    .filter(({ size, axis, own }) => axis < extra || (own === 1 && size !== 1))
    .map(({ axis }) => axis);
  const summed = axes.length === 0 ? gradient : builder.reduceSum(gradient, axes);
  return builder.reshape(summed, operand.shape);
}

const lastAxisOf = (x: Node): number => x.shape.length - 1;

export const gradientRules: { readonly [K in OpName]: GradientRule<K> } = {
  input: () => [],
  constant: () => [],

  negate: (b, _node, dy) => [b.negate(dy)],
  exp: (b, node, dy) => [b.multiply(dy, node)],
  log: (b, node, dy) => [b.divide(dy, node.inputs[0]!)],
  sqrt: (b, node, dy) => [b.divide(b.scale(dy, 0.5), node)],
  square: (b, node, dy) => [b.multiply(b.scale(dy, 2), node.inputs[0]!)],
  // d erf(x) = 2/√π · exp(−x²)
  erf: (b, node, dy) => [b.multiply(dy, gaussian(b, node.inputs[0]!))],
  tanh: (b, node, dy) => [b.multiply(dy, b.subtract(b.scalar(1), b.square(node)))],
  sigmoid: (b, node, dy) => [b.multiply(dy, b.multiply(node, b.subtract(b.scalar(1), node)))],
  relu: (b, node, dy) => [b.multiply(dy, b.positive(node))],
  positive: () => [null],
  // d (x·(1 + erf x)) = 1 + erf x + x · 2/√π · exp(−x²)
  scaledGelu: (b, node, dy) => {
    const x = node.inputs[0]!;
    const onePlusErf = b.add(b.erf(x), b.scalar(1));
    return [b.multiply(b.add(b.multiply(gaussian(b, x), x), onePlusErf), dy)];
  },

  add: (b, node, dy) => [unbroadcast(b, dy, node.inputs[0]!), unbroadcast(b, dy, node.inputs[1]!)],
  subtract: (b, node, dy) => [
    unbroadcast(b, dy, node.inputs[0]!),
    b.negate(unbroadcast(b, dy, node.inputs[1]!)),
  ],
  multiply: (b, node, dy) => {
    const [x, y] = [node.inputs[0]!, node.inputs[1]!];
    return [unbroadcast(b, b.multiply(dy, y), x), unbroadcast(b, b.multiply(dy, x), y)];
  },
  divide: (b, node, dy) => {
    const [x, y] = [node.inputs[0]!, node.inputs[1]!];
    const byNumerator = b.divide(dy, y);
    return [unbroadcast(b, byNumerator, x), unbroadcast(b, b.negate(b.multiply(byNumerator, node)), y)];
  },
  // At equality the first operand gets the gradient.
  minimum: (b, node, dy) =>
    byComparison(b, node, dy, b.positive(b.subtract(node.inputs[0]!, node.inputs[1]!))),
  maximum: (b, node, dy) =>
    byComparison(b, node, dy, b.positive(b.subtract(node.inputs[1]!, node.inputs[0]!))),

  matmul: (b, node, dy) => {
    const [x, y] = [node.inputs[0]!, node.inputs[1]!];
    const { transposeA, transposeB, alpha } = node.attributes;
    const dx = transposeA
      ? b.matmul(y, dy, { transposeA: transposeB, transposeB: true, alpha })
      : b.matmul(dy, y, { transposeB: !transposeB, alpha });
    const dw = transposeB
      ? b.matmul(dy, x, { transposeA: true, transposeB: transposeA, alpha })
      : b.matmul(x, dy, { transposeA: !transposeA, alpha });
    return [unbroadcast(b, dx, x), unbroadcast(b, dw, y)];
  },
  transpose: (b, node, dy) => {
    const { permutation } = node.attributes;
    return [
      b.transpose(
        dy,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  },
  reshape: (b, node, dy) => [node.dtype === 'f32' ? b.reshape(dy, node.inputs[0]!.shape) : null],
  // The gradient of a slice is zero outside it: spread by a product with a 0/1 selection matrix.
  slice: (b, node, dy) => {
    if (node.dtype !== 'f32') return [null];
    const { axis, start, end } = node.attributes;
    const x = node.inputs[0]!;
    const size = x.shape[axis]!;
    const selection = new Float32Array((end - start) * size);
    for (let row = 0; row < end - start; row++) selection[row * size + start + row] = 1;
    const last = lastAxisOf(x);
    const order = x.shape.map((_, index) => (index === axis ? last : index === last ? axis : index));
    const moved = b.transpose(dy, order); // swap the sliced axis with the last one, and back afterwards
    const atLeastMatrix = moved.shape.length === 1 ? b.reshape(moved, [1, end - start]) : moved;
    const spread = b.matmul(atLeastMatrix, b.constant(selection, [end - start, size]));
    const unswapped = b.reshape(spread, [...moved.shape.slice(0, -1), size]);
    return [b.transpose(unswapped, order)];
  },
  concat: (b, node, dy) => {
    const { axis } = node.attributes;
    let end = 0;
    return node.inputs.map((input) => {
      const start = end;
      end += input.shape[axis]!;
      return b.slice(dy, axis, start, end);
    });
  },
  broadcast: (b, node, dy) => [unbroadcast(b, dy, node.inputs[0]!)],
  reduceSum: (b, node, dy) => [b.broadcast(dy, node.inputs[0]!.shape)],

  barrier: (_b, node, dy) => node.inputs.map((_, index) => (index === 0 ? dy : null)),

  softmax: (b, node, dy) => {
    const product = b.multiply(dy, node);
    const rowSum = b.reduceSum(product, [lastAxisOf(node)]);
    return [b.add(product, b.multiply(node, b.negate(rowSum)))]; // this form is one pass less on the CPU
  },
  logSoftmax: (b, node, dy) => {
    const rowSum = b.reduceSum(dy, [lastAxisOf(node)]);
    return [b.subtract(dy, b.multiply(b.exp(node), rowSum))];
  },
  // With x̂ = (x − μ)·r and g = gain:  dx = r·(g⊙dy − mean(g⊙dy) − x̂·mean(g⊙dy⊙x̂)). The two means are
  // matrix-vector products with g, which only read (docs/decisions.md).
  layerNorm: (b, node, dy) => {
    const [x, gain] = [node.inputs[0]!, node.inputs[1]!];
    const width = gain.shape[0]!;
    const rows = x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const flat = (value: Node): Node => b.reshape(value, [rows, value.shape.at(-1)!]);
    const mean = flat(b.node('layerNormMean', [x], node.attributes));
    const inverse = flat(b.node('layerNormInverseDeviation', [x], node.attributes));
    const centred = b.multiply(b.subtract(flat(x), mean), inverse);
    const dyRows = flat(dy);
    const product = b.multiply(dyRows, centred);
    const column = b.reshape(gain, [width, 1]);
    const meanOfGradient = b.matmul(dyRows, column, { alpha: 1 / width });
    const minusMeanOfProduct = b.matmul(product, column, { alpha: -1 / width });
    const inner = b.subtract(
      b.add(b.multiply(dyRows, gain), b.multiply(centred, minusMeanOfProduct)),
      meanOfGradient,
    );
    return [
      b.reshape(b.multiply(inner, inverse), x.shape),
      b.reshape(b.reduceSum(product, [0]), [width]),
      b.reshape(b.reduceSum(dyRows, [0]), [width]),
    ];
  },
  layerNormMean: (b, node, dy) => {
    const x = node.inputs[0]!;
    return [b.broadcast(b.scale(dy, 1 / x.shape.at(-1)!), x.shape)];
  },
  // r = (σ² + ε)^(−½):  dr/dx = −r³·(x − μ)/D
  layerNormInverseDeviation: (b, node, dy) => {
    const x = node.inputs[0]!;
    const centred = b.subtract(x, b.node('layerNormMean', [x], node.attributes));
    const factor = b.multiply(b.multiply(dy, b.square(node)), b.scale(node, -1 / x.shape.at(-1)!));
    return [b.multiply(centred, factor)];
  },

  gather: (b, node, dy) => {
    const [table, ids] = [node.inputs[0]!, node.inputs[1]!];
    const count = ids.shape.reduce((product, size) => product * size, 1);
    const rows = b.reshape(dy, [count, table.shape[1]!]);
    return [b.scatterAdd(b.reshape(ids, [count]), rows, table.shape[0]!), null];
  },
  scatterAdd: (b, node, dy) => [null, b.gather(dy, node.inputs[0]!)],
  oneHot: () => [null],
  crossEntropy: (b, node, dy) => {
    const [logits, targets] = [node.inputs[0]!, node.inputs[1]!];
    const [rows, vocabulary] = [logits.shape[0]!, logits.shape[1]!];
    const difference = b.subtract(b.exp(b.logSoftmax(logits)), b.oneHot(targets, vocabulary));
    return [b.multiply(difference, b.reshape(dy, [rows, 1])), null];
  },
};

/** 2/√π · exp(−x²). */
function gaussian(b: GraphBuilder, x: Node): Node {
  return b.exp(b.subtract(b.scalar(Math.log(2 / Math.sqrt(Math.PI))), b.square(x)));
}

function byComparison(b: GraphBuilder, node: Node, dy: Node, second: Node): Node[] {
  const first = b.subtract(b.scalar(1), second);
  return [
    unbroadcast(b, b.multiply(dy, first), node.inputs[0]!),
    unbroadcast(b, b.multiply(dy, second), node.inputs[1]!),
  ];
}
