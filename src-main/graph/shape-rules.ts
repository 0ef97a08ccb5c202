/**
 * The result type of every op, and the conditions its inputs must meet. A broken condition throws while the
 * graph is being built, with the op, the shapes and the rule in the message.
 */
import { EspalierError } from '../contract/errors.ts';
import type { Shape } from '../tensor/shape.ts';
import { broadcastShapes, sameShape, showShape, sizeOf } from '../tensor/shape.ts';
import type { DType, OpAttributes, OpName, TensorType } from './ir.ts';
import { printType } from './ir.ts';

export type ShapeRules = {
  readonly [K in OpName]: (inputs: readonly TensorType[], attributes: OpAttributes[K]) => TensorType;
};

const f32 = (shape: Shape): TensorType => ({ shape, dtype: 'f32' });

/** Throws the one sentence every shape error has. */
function fail(op: OpName, inputs: readonly TensorType[], rule: string): never {
  throw new EspalierError('failed', `${op}(${inputs.map(printType).join(', ')}): ${rule}`);
}

function expectInputs(op: OpName, inputs: readonly TensorType[], dtypes: readonly DType[]): void {
  if (inputs.length !== dtypes.length)
    fail(op, inputs, `takes ${dtypes.length} inputs, got ${inputs.length}`);
  for (const [index, dtype] of dtypes.entries())
    if (inputs[index]!.dtype !== dtype) fail(op, inputs, `input ${index} must be ${dtype}`);
}

function unary(op: OpName): (inputs: readonly TensorType[]) => TensorType {
  return (inputs) => {
    expectInputs(op, inputs, ['f32']);
    return f32(inputs[0]!.shape);
  };
}

function binary(op: OpName): (inputs: readonly TensorType[]) => TensorType {
  return (inputs) => {
    expectInputs(op, inputs, ['f32', 'f32']);
    const shape = broadcastShapes(inputs[0]!.shape, inputs[1]!.shape);
    return shape ? f32(shape) : fail(op, inputs, 'sizes of each axis must be equal or 1');
  };
}

function lastAxis(op: OpName): (inputs: readonly TensorType[]) => TensorType {
  return (inputs) => {
    expectInputs(op, inputs, ['f32']);
    if (inputs[0]!.shape.length === 0) fail(op, inputs, 'needs at least one axis');
    return f32(inputs[0]!.shape);
  };
}

function rowStatistic(
  op: OpName,
): (inputs: readonly TensorType[], attributes: { epsilon: number }) => TensorType {
  return (inputs, { epsilon }) => {
    expectInputs(op, inputs, ['f32']);
    const { shape } = inputs[0]!;
    if (shape.length === 0) fail(op, inputs, 'needs at least one axis');
    if (!(epsilon >= 0)) fail(op, inputs, `epsilon must be at least 0, is ${epsilon}`);
    return f32([...shape.slice(0, -1), 1]);
  };
}

function validSizes(op: OpName, inputs: readonly TensorType[], shape: Shape): void {
  if (!shape.every((size) => Number.isInteger(size) && size >= 1))
    fail(op, inputs, `every size must be a whole number of at least 1, is ${showShape(shape)}`);
}

export const shapeRules: ShapeRules = {
  input: (inputs, { shape, dtype }) => {
    validSizes('input', inputs, shape);
    return { shape, dtype };
  },
  constant: (inputs, { values, shape }) => {
    validSizes('constant', inputs, shape);
    if (values.length !== sizeOf(shape))
      fail('constant', inputs, `${values.length} values do not fill shape ${showShape(shape)}`);
    return f32(shape);
  },

  negate: unary('negate'),
  exp: unary('exp'),
  log: unary('log'),
  sqrt: unary('sqrt'),
  square: unary('square'),
  erf: unary('erf'),
  tanh: unary('tanh'),
  sigmoid: unary('sigmoid'),
  relu: unary('relu'),
  positive: unary('positive'),
  scaledGelu: unary('scaledGelu'),

  add: binary('add'),
  subtract: binary('subtract'),
  multiply: binary('multiply'),
  divide: binary('divide'),
  minimum: binary('minimum'),
  maximum: binary('maximum'),

  matmul: (inputs, { transposeA, transposeB }) => {
    expectInputs('matmul', inputs, ['f32', 'f32']);
    const [a, b] = [inputs[0]!.shape, inputs[1]!.shape];
    if (a.length < 2 || b.length < 2) fail('matmul', inputs, 'both inputs need at least two axes');
    const [rows, innerA] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
    const [innerB, columns] = transposeB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
    if (innerA !== innerB) fail('matmul', inputs, `inner sizes ${innerA} and ${innerB} must be equal`);
    const leading = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
    if (!leading) return fail('matmul', inputs, 'leading axes must be equal or 1');
    return f32([...leading, rows, columns]);
  },
  transpose: (inputs, { permutation }) => {
    expectInputs('transpose', inputs, ['f32']);
    const { shape } = inputs[0]!;
    const seen = [...permutation].sort((x, y) => x - y);
    if (
      !sameShape(
        seen,
        shape.map((_, axis) => axis),
      )
    )
      fail('transpose', inputs, `${showShape(permutation)} is not a permutation of ${shape.length} axes`);
    return f32(permutation.map((axis) => shape[axis]!));
  },
  reshape: (inputs, { shape }) => {
    if (inputs.length !== 1) fail('reshape', inputs, `takes 1 input, got ${inputs.length}`);
    validSizes('reshape', inputs, shape);
    if (sizeOf(shape) !== sizeOf(inputs[0]!.shape))
      fail(
        'reshape',
        inputs,
        `${showShape(shape)} holds ${sizeOf(shape)} elements, the input ${sizeOf(inputs[0]!.shape)}`,
      );
    return { shape, dtype: inputs[0]!.dtype };
  },
  slice: (inputs, { axis, start, end }) => {
    if (inputs.length !== 1) fail('slice', inputs, `takes 1 input, got ${inputs.length}`);
    const { shape, dtype } = inputs[0]!;
    const size = shape[axis];
    if (size === undefined) return fail('slice', inputs, `axis ${axis} does not exist`);
    if (!(start >= 0 && start < end && end <= size))
      fail('slice', inputs, `range ${start}..${end} must lie inside 0..${size} and hold something`);
    return { shape: shape.map((value, index) => (index === axis ? end - start : value)), dtype };
  },
  concat: (inputs, { axis }) => {
    if (inputs.length === 0) fail('concat', inputs, 'takes at least 1 input, got 0');
    expectInputs(
      'concat',
      inputs,
      inputs.map(() => 'f32' as const),
    );
    const { shape } = inputs[0]!;
    if (shape[axis] === undefined) fail('concat', inputs, `axis ${axis} does not exist`);
    const others = (own: Shape): Shape => own.filter((_, index) => index !== axis);
    if (!inputs.every((input) => sameShape(others(input.shape), others(shape))))
      fail('concat', inputs, `every axis but ${axis} must be equal`);
    const total = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0);
    return f32(shape.map((size, index) => (index === axis ? total : size)));
  },
  broadcast: (inputs, { shape }) => {
    expectInputs('broadcast', inputs, ['f32']);
    const result = broadcastShapes(inputs[0]!.shape, shape);
    if (!result || !sameShape(result, shape))
      fail('broadcast', inputs, `cannot be repeated to ${showShape(shape)}`);
    return f32(shape);
  },
  reduceSum: (inputs, { axes }) => {
    expectInputs('reduceSum', inputs, ['f32']);
    const { shape } = inputs[0]!;
    if (
      axes.length === 0 ||
      new Set(axes).size !== axes.length ||
      axes.some((axis) => shape[axis] === undefined)
    )
      fail('reduceSum', inputs, `axes ${showShape(axes)} must be distinct and exist`);
    return f32(shape.map((size, axis) => (axes.includes(axis) ? 1 : size)));
  },

  barrier: (inputs) => {
    if (inputs.length < 2) fail('barrier', inputs, `takes at least 2 inputs, got ${inputs.length}`);
    expectInputs(
      'barrier',
      inputs,
      inputs.map(() => 'f32' as const),
    );
    return f32(inputs[0]!.shape);
  },

  softmax: lastAxis('softmax'),
  logSoftmax: lastAxis('logSoftmax'),
  layerNorm: (inputs, { epsilon }) => {
    expectInputs('layerNorm', inputs, ['f32', 'f32', 'f32']);
    const [x, gain, bias] = inputs.map((input) => input.shape) as [Shape, Shape, Shape];
    const width = x.at(-1);
    if (width === undefined || !sameShape(gain, [width]) || !sameShape(bias, [width]))
      fail('layerNorm', inputs, 'gain and bias must have the size of the last axis');
    if (!(epsilon >= 0)) fail('layerNorm', inputs, `epsilon must be at least 0, is ${epsilon}`);
    return f32(x);
  },
  layerNormMean: rowStatistic('layerNormMean'),
  layerNormInverseDeviation: rowStatistic('layerNormInverseDeviation'),

  gather: (inputs) => {
    expectInputs('gather', inputs, ['f32', 'i32']);
    const [table, ids] = [inputs[0]!.shape, inputs[1]!.shape];
    if (table.length !== 2) fail('gather', inputs, 'the table must have two axes [rows, width]');
    return f32([...ids, table[1]!]);
  },
  scatterAdd: (inputs, { rowCount }) => {
    expectInputs('scatterAdd', inputs, ['i32', 'f32']);
    const [ids, rows] = [inputs[0]!.shape, inputs[1]!.shape];
    if (ids.length !== 1 || rows.length !== 2 || rows[0] !== ids[0])
      fail('scatterAdd', inputs, 'needs ids [N] and rows [N, D]');
    validSizes('scatterAdd', inputs, [rowCount]);
    return f32([rowCount, rows[1]!]);
  },
  oneHot: (inputs, { depth }) => {
    expectInputs('oneHot', inputs, ['i32']);
    validSizes('oneHot', inputs, [depth]);
    return f32([...inputs[0]!.shape, depth]);
  },
  crossEntropy: (inputs) => {
    expectInputs('crossEntropy', inputs, ['f32', 'i32']);
    const [logits, ids] = [inputs[0]!.shape, inputs[1]!.shape];
    if (logits.length !== 2 || ids.length !== 1 || logits[0] !== ids[0])
      fail('crossEntropy', inputs, 'needs logits [N, V] and target ids [N]');
    return f32(ids);
  },
};
