/**
 * The lowering of every op to ONNX nodes: a total table. `cpu` and `cuda` may use ONNX Runtime's own fusions;
 * `portable` keeps to standard operators that WebGPU has and that touch few buffers (it binds at most ten a shader).
 * docs/decisions.md says what each choice gave.
 */
import type { Node, OpName } from '../graph/ir.ts';
import type { Emitter } from './emitter.ts';
import { float, int, ints, string } from './emitter.ts';
import { rowGate } from './fusions.ts';
import { ELEMENT_CODES, HALF_CODES } from './protobuf.ts';

/** Where a node is emitted: its inputs' value names and the name its result should have. */
interface Place {
  readonly e: Emitter;
  readonly inputs: readonly string[];
  readonly name: string | undefined;
}

export interface Lowering<K extends OpName = OpName> extends Place {
  readonly node: Extract<Node, { op: K }>;
  /** Nodes left to their consumers (fusions.ts); they have no value, and `inputs` holds an empty name for them. */
  readonly fused: ReadonlySet<Node>;
  /** Name of the value of an earlier node. */
  nameOf(node: Node): string;
}

type OpRule<K extends OpName> = (lowering: Lowering<K>) => string;

/** Inputs of one node of the portable lowering. */
const BUFFERS = 8;

/** Up to this many ids, one-hot rows come from an identity matrix, and gradient rows are collected by a product. */
const ONE_HOT_LIMIT = 1024;

const direct =
  (opType: string) =>
  ({ e, inputs, name }: Place): string =>
    e.emit(opType, inputs, {}, name);

const overLastAxis =
  (opType: string) =>
  ({ e, inputs, name }: Place): string =>
    e.emit(opType, inputs, { axis: int(-1) }, name);

/** Log-probabilities over the last axis; WebGPU has no LogSoftmax, so the portable form is written out. */
function logSoftmax(e: Emitter, x: string, name?: string): string {
  if (e.flavor !== 'portable') return e.emit('LogSoftmax', [x], { axis: int(-1) }, name);
  const last = e.int64s([-1]);
  const shifted = e.emit('Sub', [x, e.emit('ReduceMax', [x, last], { keepdims: int(1) })]);
  const total = e.emit('ReduceSum', [e.emit('Exp', [shifted]), last], { keepdims: int(1) });
  return e.emit('Sub', [shifted, e.emit('Log', [total])], {}, name);
}

function swapLastAxes(e: Emitter, value: string, rank: number): string {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return e.emit('Transpose', [value], { perm: ints([...axes.slice(0, -2), rank - 1, rank - 2]) });
}

/** alpha · op(a)·op(b). A transposed left matrix is slow in the product itself on the CPU, and cheap to transpose once. */
function product(
  e: Emitter,
  node: Extract<Node, { op: 'matmul' }>,
  operands: readonly [string, string],
  name?: string,
): string {
  if (e.flavor === 'portable') return portableProduct(e, node, operands, name);
  const { transposeA, transposeB, alpha } = node.attributes;
  const [a, b] = operands;
  const rankA = node.inputs[0]!.shape.length;
  const explicit = e.flavor === 'cpu' && transposeA && rankA === 2;
  const left = explicit ? swapLastAxes(e, a, rankA) : a;
  const flagA = transposeA && !explicit;
  if (!flagA && !transposeB && alpha === 1) return e.emit('MatMul', [left, b], {}, name);
  const flags = { transA: int(flagA ? 1 : 0), transB: int(transposeB ? 1 : 0), alpha: float(alpha) };
  return e.emit('FusedMatMul', [left, b], flags, name);
}

/**
 * The same on WebGPU, where a transposed right matrix is slow in the product and cheap to transpose once, a transposed
 * left one is not, and a product with a single column is a row's sum.
 */
function portableProduct(
  e: Emitter,
  {
    attributes: { transposeA, transposeB, alpha, precision },
    inputs,
    shape,
  }: Extract<Node, { op: 'matmul' }>,
  [a, b]: readonly [string, string],
  name?: string,
): string {
  const [shapeA, shapeB] = [inputs[0]!.shape, inputs[1]!.shape];
  const isMatrix = shapeA.length === 2 && shapeB.length === 2;
  // In halves Gemm is nearer to the right values than MatMul.
  if (isMatrix && (precision ? transposeA || transposeB : transposeA && !transposeB)) {
    const flags = { transA: int(transposeA ? 1 : 0), transB: int(transposeB ? 1 : 0), alpha: float(alpha) };
    return e.emit('Gemm', [a, b], flags, name);
  }
  const scaled = (emit: (name?: string) => string): string =>
    alpha === 1 ? emit(name) : e.emit('Mul', [emit(), e.scalar(alpha)], {}, name);
  if (!transposeA && shape.at(-1) === 1 && !precision) {
    const row = transposeB
      ? b
      : e.emit('Reshape', [b, e.int64s([...shapeB.slice(0, -2), 1, shapeB.at(-2)!])]);
    const products = e.emit('Mul', [a, row]);
    return scaled((own) => e.emit('ReduceSum', [products, e.int64s([-1])], { keepdims: int(1) }, own));
  }
  const left = transposeA ? swapLastAxes(e, a, shapeA.length) : a;
  const right = transposeB ? swapLastAxes(e, b, shapeB.length) : b;
  return scaled((own) => e.emit('MatMul', [left, right], {}, own));
}

function oneHot(e: Emitter, ids: string, shape: readonly number[], depth: number, name?: string): string {
  if (e.flavor !== 'portable' && depth <= ONE_HOT_LIMIT)
    return e.emit('Gather', [e.identity(depth), ids], { axis: int(0) }, name);
  if (e.flavor === 'cpu')
    return e.emit(
      'OneHot',
      [ids, e.int32s([depth], []), e.floats(Float32Array.of(0, 1), [2])],
      { axis: int(-1) },
      name,
    );
  const column = e.emit('Reshape', [ids, e.int64s([...shape, 1])]);
  const range = e.int32s(Array.from({ length: depth }, (_, id) => id));
  return e.emit('Cast', [e.emit('Equal', [column, range])], { to: int(ELEMENT_CODES.f32) }, name);
}

/** A sum, or a sum of squares when the square is left to it; `keep` says whether summed axes stay with size 1. */
function sum({ e, node, name, fused, nameOf }: Omit<Lowering<'reduceSum'>, 'inputs'>, keep: 0 | 1): string {
  const input = node.inputs[0]!;
  const squared = fused.has(input);
  const operand = nameOf(squared ? input.inputs[0]! : input);
  const op = squared ? 'ReduceSumSquare' : 'ReduceSum';
  const { axes } = node.attributes;
  const rest = input.shape.length - axes.length;
  const length = axes.reduce((size, axis) => size * input.shape[axis]!, 1);
  if (e.flavor === 'portable' && length > LONG_SUM && axes.every((axis) => axis >= rest)) {
    const rows = node.shape.reduce((size, own) => size * own, 1);
    const total = sumOfRows(e, operand, { rows, length, op });
    const shape = keep === 1 ? node.shape : node.shape.slice(0, rest);
    return e.emit('Reshape', [total, e.int64s(shape)], {}, name);
  }
  return e.emit(op, [operand, e.int64s(axes)], { keepdims: int(keep) }, name);
}

/**
 * Values that WebGPU sums up for one result at most: it gives a result to one group of threads, so that the norm of all
 * gradients took as long as a third of the step. Longer sums are sums of sums.
 */
const LONG_SUM = 2048;

/** [rows] from rows · length values, in as many stages as it takes. */
function sumOfRows(
  e: Emitter,
  value: string,
  { rows, length, op }: { readonly rows: number; readonly length: number; readonly op: string },
): string {
  const part = length > LONG_SUM ? largestDivisor(length, LONG_SUM) : length;
  const isLast = part === length || part === 1;
  const shape = isLast ? [rows, length] : [(rows * length) / part, part];
  const matrix = e.emit('Reshape', [value, e.int64s(shape)]);
  const sums = e.emit(op, [matrix, e.int64s([1])], { keepdims: int(0) });
  return isLast ? sums : sumOfRows(e, sums, { rows, length: length / part, op: 'ReduceSum' });
}

function largestDivisor(size: number, most: number): number {
  let divisor = Math.min(size, most);
  while (size % divisor !== 0) divisor--;
  return divisor;
}

/** LayerNormalization with its mean and inverse deviation; a portable form computes the two from means. */
function layerNormStatistics(
  e: Emitter,
  x: string,
  epsilon: number,
): readonly [mean: string, inverse: string] {
  const mean = e.emit('ReduceMean', [x, e.int64s([-1])], { keepdims: int(1) });
  const centred = e.emit('Sub', [x, mean]);
  const variance = e.emit('ReduceMean', [e.emit('Mul', [centred, centred]), e.int64s([-1])], {
    keepdims: int(1),
  });
  const deviation = e.emit('Sqrt', [e.emit('Add', [variance, e.scalar(epsilon)])]);
  return [mean, e.emit('Reciprocal', [deviation])];
}

/** The statistics that a LayerNormalization on the same input gave, or freshly computed ones. */
function statistic({ e, inputs }: Place, epsilon: number, which: 0 | 1): string {
  const from = e.statistics.get(`${inputs[0]}|${epsilon}`);
  return (from ?? layerNormStatistics(e, inputs[0]!, epsilon))[which];
}

/** Values one after the other, in groups of what a shader binds: ten buffers at most, its result among them. */
function concat(e: Emitter, values: readonly string[], axis: number, name?: string): string {
  let parts = values;
  while (e.flavor === 'portable' && parts.length > BUFFERS) {
    const groups = Array.from({ length: Math.ceil(parts.length / BUFFERS) }, (_, group) =>
      parts.slice(group * BUFFERS, (group + 1) * BUFFERS),
    );
    parts = groups.map((group) =>
      group.length === 1 ? group[0]! : e.emit('Concat', group, { axis: int(axis) }),
    );
  }
  return e.emit('Concat', parts, { axis: int(axis) }, name);
}

/** [1] with the first element of a value. */
function firstElement(e: Emitter, value: string, { shape }: Node): string {
  const all = (size: number): string => e.int64s(shape.map(() => size));
  const axes = e.int64s(shape.map((_, axis) => axis));
  const corner = shape.length === 0 ? value : e.emit('Slice', [value, all(0), all(1), axes]);
  return shape.length === 1 ? corner : e.emit('Reshape', [corner, e.int64s([1])]);
}

export const opRules: { readonly [K in OpName]: OpRule<K> } = {
  input: ({ node }) => node.attributes.name,
  constant: ({ e, node }) => e.floats(node.attributes.values, node.attributes.shape),

  negate: direct('Neg'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  square: ({ e, inputs, name }) => e.emit('Mul', [inputs[0]!, inputs[0]!], {}, name),
  erf: direct('Erf'),
  tanh: direct('Tanh'),
  sigmoid: direct('Sigmoid'),
  relu: direct('Relu'),
  positive: ({ e, node, inputs, name }) => {
    if (node.inputs[0]!.op === 'relu' && e.flavor === 'cpu') {
      // min(1, huge·relu(x)) is 0 or 1, as the smallest normal float32, 1.2e-38, already gives 1. Sign is eight
      // times slower on the CPU; a comparison and a cast are two passes.
      return e.emit('HardSigmoid', inputs, { alpha: float(3e38), beta: float(0) }, name);
    }
    return e.emit(
      'Cast',
      [e.emit('Greater', [inputs[0]!, e.scalar(0)])],
      { to: int(ELEMENT_CODES.f32) },
      name,
    );
  },
  scaledGelu: ({ e, inputs, name }) => {
    const onePlusErf = e.emit('Add', [e.emit('Erf', inputs), e.scalar(1)]);
    return e.emit('Mul', [inputs[0]!, onePlusErf], {}, name);
  },

  add: (lowering) => {
    const { e, node, inputs, name, fused, nameOf } = lowering;
    const at = node.inputs.findIndex((input) => fused.has(input));
    const part = node.inputs[at];
    if (part?.op === 'multiply') {
      const { rows, gate } = rowGate(part)!;
      return e.emit('GatedAdd', [inputs[1 - at]!, nameOf(rows), nameOf(gate)], {}, name);
    }
    if (part?.op === 'matmul') {
      const { transposeB, alpha } = part.attributes;
      const operands = [...part.inputs.map(nameOf), inputs[1 - at]!];
      return e.emit('Gemm', operands, { transB: int(transposeB ? 1 : 0), alpha: float(alpha) }, name);
    }
    return e.emit('Add', inputs, {}, name);
  },
  subtract: direct('Sub'),
  multiply: direct('Mul'),
  divide: direct('Div'),
  minimum: direct('Min'),
  maximum: direct('Max'),

  matmul: ({ e, node, inputs, name }) => {
    const { precision } = node.attributes;
    if (!precision) return product(e, node, [inputs[0]!, inputs[1]!], name);
    const half = inputs.map((input) => e.emit('Cast', [input], { to: int(HALF_CODES[precision]) }));
    // The factor would be a float32 among halves: it waits for the result, where it costs a pass.
    const { alpha } = node.attributes;
    const unscaled = { ...node, attributes: { ...node.attributes, alpha: 1 } };
    const raw = product(e, unscaled, [half[0]!, half[1]!]);
    if (alpha === 1) return e.emit('Cast', [raw], { to: int(ELEMENT_CODES.f32) }, name);
    return e.emit('Mul', [e.emit('Cast', [raw], { to: int(ELEMENT_CODES.f32) }), e.scalar(alpha)], {}, name);
  },
  transpose: ({ e, node, inputs, name }) =>
    e.emit('Transpose', inputs, { perm: ints(node.attributes.permutation) }, name),
  reshape: ({ e, node, inputs, name, fused, nameOf }) => {
    const input = node.inputs[0]!;
    if (input.op === 'reduceSum' && fused.has(input)) return sum({ e, node: input, name, fused, nameOf }, 0);
    return e.emit('Reshape', [inputs[0]!, e.int64s(node.attributes.shape)], {}, name);
  },
  slice: ({ e, node, inputs, name }) => {
    const { start, end, axis } = node.attributes;
    if (e.flavor === 'portable' && node.dtype === 'i32') {
      // WebGPU slices floats only.
      const places = Array.from({ length: end - start }, (_, index) => start + index);
      return e.emit('Gather', [inputs[0]!, e.int32s(places)], { axis: int(axis) }, name);
    }
    return e.emit('Slice', [inputs[0]!, e.int64s([start]), e.int64s([end]), e.int64s([axis])], {}, name);
  },
  concat: ({ e, node, inputs, name }) => concat(e, inputs, node.attributes.axis, name),
  broadcast: ({ e, node, inputs, name }) =>
    e.emit('Expand', [inputs[0]!, e.int64s(node.attributes.shape)], {}, name),
  reduceSum: (lowering) => sum(lowering, 1),

  // The runtime has no such thing, so the value gets a summand that is always 0 and needs an element of each of the
  // others: whether s > s, which is false for every s, NaN included.
  barrier: ({ e, node, inputs, name }) => {
    const elements = inputs.slice(1).map((input, index) => firstElement(e, input, node.inputs[index + 1]!));
    const all = concat(e, elements, 0);
    const zeros = e.emit('Cast', [e.emit('Greater', [all, all])], { to: int(ELEMENT_CODES.f32) });
    const zero = e.emit('ReduceSum', [zeros, e.int64s([0])], { keepdims: int(0) });
    return e.emit('Add', [inputs[0]!, zero], {}, name);
  },

  softmax: overLastAxis('Softmax'),
  logSoftmax: ({ e, inputs, name }) => logSoftmax(e, inputs[0]!, name),
  layerNorm: ({ e, node, inputs, name }) => {
    const { epsilon } = node.attributes;
    const attributes = { axis: int(-1), epsilon: float(epsilon) };
    if (e.flavor === 'portable') return e.emit('LayerNormalization', inputs, attributes, name);
    const [y, mean, inverse] = e.emitMany('LayerNormalization', inputs, attributes, 3, name);
    e.statistics.set(`${inputs[0]}|${epsilon}`, [mean!, inverse!]);
    return y!;
  },
  layerNormMean: (lowering) => statistic(lowering, lowering.node.attributes.epsilon, 0),
  layerNormInverseDeviation: (lowering) => statistic(lowering, lowering.node.attributes.epsilon, 1),

  gather: ({ e, inputs, name }) => e.emit('Gather', inputs, { axis: int(0) }, name),
  scatterAdd: ({ e, node, inputs, name }) => {
    const [ids, rows] = [inputs[0]!, inputs[1]!];
    const [count, width] = node.inputs[1]!.shape as [number, number];
    const { rowCount } = node.attributes;
    if (e.flavor !== 'cpu' || rowCount <= ONE_HOT_LIMIT) {
      const selection = swapLastAxes(e, oneHot(e, ids, [count], rowCount), 2);
      return e.emit('MatMul', [selection, rows], {}, name);
    }
    const index = e.emit('Expand', [
      e.emit('Reshape', [ids, e.int64s([count, 1])]),
      e.int64s([count, width]),
    ]);
    const zeros = e.emit('Expand', [e.scalar(0), e.int64s([rowCount, width])]);
    return e.emit('ScatterElements', [zeros, index, rows], { axis: int(0), reduction: string('add') }, name);
  },
  oneHot: ({ e, node, inputs, name }) =>
    oneHot(e, inputs[0]!, node.inputs[0]!.shape, node.attributes.depth, name),
  crossEntropy: ({ e, node, inputs, name }) => {
    const [rows] = node.shape as [number];
    const logProbabilities = logSoftmax(e, inputs[0]!);
    const index = e.emit('Reshape', [inputs[1]!, e.int64s([rows, 1])]);
    const picked = e.emit('GatherElements', [logProbabilities, index], { axis: int(1) });
    return e.emit('Neg', [e.emit('Reshape', [picked, e.int64s([rows])])], {}, name);
  },
};
