/**
 * Every op by TensorFlow.js ops, in float32. The forms were chosen by what the wasm backend does fast (its products
 * with a transposed matrix and its sums over leading axes are slow, docs/decisions.md); they are right everywhere.
 */
import type * as tfTypes from '@tensorflow/tfjs-core';
import { EspalierError } from '../contract/errors.ts';
import type { Node, OpName } from '../graph/ir.ts';
import { sizeOf } from '../tensor/shape.ts';

export type Tensorflow = typeof tfTypes;
export type Tensor = tfTypes.Tensor;

type NodeOf<K extends OpName> = Extract<Node, { op: K }>;
/** Returns a new tensor, never one of its inputs. What else it makes is left to the caller's tidy scope. */
type Kernel<K extends OpName> = (tf: Tensorflow, inputs: readonly Tensor[], node: NodeOf<K>) => Tensor;
export type AnyKernel = (tf: Tensorflow, inputs: readonly Tensor[], node: Node) => Tensor;

/** A matrix, or a stack of them, with the last two axes exchanged. */
function matrixProduct(
  tf: Tensorflow,
  a: Tensor,
  b: Tensor,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
  if (a.rank > 2 || b.rank > 2) return tf.matMul(a, b, transposeA, transposeB);
  return tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b);
}

/** Sums over the last `count` axes, one axis after the other: partial sums keep the rounding error small. */
function sumTrailing(tf: Tensorflow, x: Tensor, count: number): Tensor {
  let sums = x;
  for (let index = 0; index < count; index++) sums = tf.sum(sums, -1);
  return sums;
}

function reduceSum(tf: Tensorflow, x: Tensor, axes: readonly number[]): Tensor {
  let trailing = 0;
  while (axes.includes(x.rank - 1 - trailing)) trailing++;
  const sums = sumTrailing(tf, x, trailing);
  const rest = axes.filter((axis) => axis < sums.rank);
  if (rest.length === 0) return sums;
  if (rest.some((axis) => axis >= rest.length)) return tf.sum(sums, rest);
  const rows = sizeOf(sums.shape.slice(0, rest.length)); // leading axes: a row of ones times the matrix
  return tf.matMul(tf.ones([1, rows]), tf.reshape(sums, [rows, sums.size / rows]));
}

const centred = (tf: Tensorflow, x: Tensor): Tensor => tf.sub(x, tf.mean(x, -1, true));
const inverseDeviation = (tf: Tensorflow, centredX: Tensor, epsilon: number): Tensor =>
  tf.rsqrt(tf.add(tf.mean(tf.square(centredX), -1, true), epsilon));

export const tensorflowKernels: { readonly [K in OpName]: Kernel<K> } = {
  input: (tf) => tf.scalar(0), // fed from outside, never computed
  constant: (tf, _, { attributes }) => tf.tensor(attributes.values.slice(), [...attributes.shape], 'float32'),

  negate: (tf, [x]) => tf.neg(x!),
  exp: (tf, [x]) => tf.exp(x!),
  log: (tf, [x]) => tf.log(x!),
  sqrt: (tf, [x]) => tf.sqrt(x!),
  square: (tf, [x]) => tf.square(x!),
  erf: (tf, [x]) => tf.erf(x!),
  tanh: (tf, [x]) => tf.tanh(x!),
  sigmoid: (tf, [x]) => tf.sigmoid(x!),
  relu: (tf, [x]) => tf.relu(x!),
  positive: (tf, [x]) => tf.cast(tf.greater(x!, 0), 'float32'),
  scaledGelu: (tf, [x]) => tf.mul(x!, tf.add(tf.erf(x!), 1)),

  add: (tf, [x, y]) => tf.add(x!, y!),
  subtract: (tf, [x, y]) => tf.sub(x!, y!),
  multiply: (tf, [x, y]) => tf.mul(x!, y!),
  divide: (tf, [x, y]) => tf.div(x!, y!),
  minimum: (tf, [x, y]) => tf.minimum(x!, y!),
  maximum: (tf, [x, y]) => tf.maximum(x!, y!),

  matmul: (tf, [a, b], { attributes: { transposeA, transposeB, alpha, precision } }) => {
    if (precision) throw new EspalierError('failed', `TensorFlow.js has no products in ${precision}`);
    const product = matrixProduct(tf, a!, b!, transposeA, transposeB);
    return alpha === 1 ? product : tf.mul(product, alpha);
  },
  transpose: (tf, [x], { attributes }) => tf.transpose(x!, [...attributes.permutation]),
  reshape: (tf, [x], { attributes }) => tf.reshape(x!, [...attributes.shape]),
  slice: (tf, [x], { attributes: { axis, start }, shape }) =>
    tf.slice(
      x!,
      shape.map((_, index) => (index === axis ? start : 0)),
      [...shape],
    ),
  concat: (tf, inputs, { attributes }) => tf.concat([...inputs], attributes.axis),
  broadcast: (tf, [x], { attributes }) => tf.broadcastTo(x!, [...attributes.shape]),
  reduceSum: (tf, [x], { attributes, shape }) => tf.reshape(reduceSum(tf, x!, attributes.axes), [...shape]),

  barrier: (tf, [x]) => tf.clone(x!), // ops run in order and none are shared: nothing to hold back

  softmax: (tf, [x]) => tf.softmax(x!),
  logSoftmax: (tf, [x]) => tf.logSoftmax(x!),
  layerNorm: (tf, [x, gain, bias], { attributes }) => {
    const y = centred(tf, x!);
    return tf.add(tf.mul(tf.mul(y, inverseDeviation(tf, y, attributes.epsilon)), gain!), bias!);
  },
  layerNormMean: (tf, [x]) => tf.mean(x!, -1, true),
  layerNormInverseDeviation: (tf, [x], { attributes }) =>
    inverseDeviation(tf, centred(tf, x!), attributes.epsilon),

  gather: (tf, [table, ids]) => tf.gather(table!, ids as tfTypes.Tensor1D),
  scatterAdd: (tf, [ids, rows], { shape }) =>
    tf.scatterND(tf.reshape(ids!, [ids!.size, 1]), rows!, [...shape]),
  // Asked for float32, the wasm backend writes the bits of whole numbers.
  oneHot: (tf, [ids], { attributes }) =>
    tf.cast(tf.oneHot(ids as tfTypes.Tensor1D, attributes.depth, 1, 0, 'int32'), 'float32'),
  crossEntropy: (tf, [logits, targets]) => {
    const [rows, vocabulary] = logits!.shape as [number, number];
    const starts = tf.range(0, rows * vocabulary, vocabulary, 'int32');
    const flat = tf.reshape(tf.logSoftmax(logits!), [rows * vocabulary]);
    return tf.neg(tf.gather(flat, tf.add(starts, targets!) as tfTypes.Tensor1D));
  },
};
