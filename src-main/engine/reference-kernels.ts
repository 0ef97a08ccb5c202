/**
 * Every op as plain loops in float64: slow, obvious, and the definition of the right answer for all engines.
 */
import type { Node, OpName } from '../graph/ir.ts';
import { roundTo } from '../tensor/half-precision.ts';
import type { Shape } from '../tensor/shape.ts';
import { sizeOf, stridesOf } from '../tensor/shape.ts';

export interface Array64 {
  readonly shape: Shape;
  readonly values: Float64Array;
}

type NodeOf<K extends OpName> = Extract<Node, { op: K }>;
type Kernel<K extends OpName> = (node: NodeOf<K>, inputs: readonly Array64[]) => Float64Array;

/** Calls `visit` with the flat index of every element of `shape` and of the operand elements it reads. */
function eachBroadcast(
  shape: Shape,
  operands: readonly Shape[],
  visit: (out: number, at: number[]) => void,
): void {
  const strides = operands.map((operand) => {
    const own = stridesOf(operand);
    return shape.map((_, axis) => {
      const ownAxis = axis - (shape.length - operand.length);
      return ownAxis < 0 || operand[ownAxis] === 1 ? 0 : own[ownAxis]!;
    });
  });
  const index = new Array<number>(shape.length).fill(0);
  const total = sizeOf(shape);
  const at = new Array<number>(operands.length).fill(0);
  for (let out = 0; out < total; out++) {
    for (let operand = 0; operand < operands.length; operand++) {
      let offset = 0;
      for (let axis = 0; axis < shape.length; axis++) offset += index[axis]! * strides[operand]![axis]!;
      at[operand] = offset;
    }
    visit(out, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

const unary =
  (f: (x: number) => number) =>
  (_node: Node, [x]: readonly Array64[]): Float64Array =>
    x!.values.map((value) => f(value));

const binary =
  (f: (x: number, y: number) => number) =>
  (node: Node, [x, y]: readonly Array64[]): Float64Array => {
    const result = new Float64Array(sizeOf(node.shape));
    eachBroadcast(node.shape, [x!.shape, y!.shape], (out, at) => {
      result[out] = f(x!.values[at[0]!]!, y!.values[at[1]!]!);
    });
    return result;
  };

/** Calls `f` for each row of the last axis: its input values and the place for its `width` results. */
const rows =
  (width: 'same' | 1, f: (row: Float64Array, result: Float64Array, node: Node) => void) =>
  (node: Node, [x]: readonly Array64[]): Float64Array => {
    const length = x!.shape.at(-1)!;
    const count = x!.values.length / length;
    const size = width === 'same' ? length : width;
    const result = new Float64Array(count * size);
    for (let row = 0; row < count; row++)
      f(
        x!.values.subarray(row * length, (row + 1) * length),
        result.subarray(row * size, (row + 1) * size),
        node,
      );
    return result;
  };

const copy = (_node: Node, [x]: readonly Array64[]): Float64Array => x!.values;
const mean = (row: Float64Array): number => row.reduce((sum, value) => sum + value, 0) / row.length;

function inverseDeviation(row: Float64Array, epsilon: number): number {
  const centre = mean(row);
  return 1 / Math.sqrt(row.reduce((sum, value) => sum + (value - centre) ** 2, 0) / row.length + epsilon);
}

function logSumExp(row: Float64Array): number {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  return top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** 2/√π·exp(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n+1)!!, whose terms never cancel (Abramowitz & Stegun 7.1.6). */
export function erf(x: number): number {
  if (!(Math.abs(x) < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17 && n < 300; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export const referenceKernels: { readonly [K in OpName]: Kernel<K> } = {
  input: () => new Float64Array(0), // fed from outside, never computed
  constant: (node) => Float64Array.from(node.attributes.values),

  negate: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  square: unary((x) => x * x),
  erf: unary(erf),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  relu: unary((x) => (x > 0 ? x : Number.isNaN(x) ? x : 0)),
  positive: unary((x) => (x > 0 ? 1 : 0)),
  scaledGelu: unary((x) => x * (1 + erf(x))),

  add: binary((x, y) => x + y),
  subtract: binary((x, y) => x - y),
  multiply: binary((x, y) => x * y),
  divide: binary((x, y) => x / y),
  minimum: binary(Math.min),
  maximum: binary(Math.max),

  matmul: (node, [a, b]) => {
    const { transposeA, transposeB, alpha, precision = 'float32' } = node.attributes;
    const round = roundTo[precision];
    const [rowCount, columnCount] = [node.shape.at(-2)!, node.shape.at(-1)!];
    const inner = transposeA ? a!.shape.at(-2)! : a!.shape.at(-1)!;
    const leading = node.shape.slice(0, -2);
    const result = new Float64Array(sizeOf(node.shape));
    const [sizeA, sizeB] = [rowCount * inner, inner * columnCount];
    eachBroadcast(leading, [a!.shape.slice(0, -2), b!.shape.slice(0, -2)], (matrix, at) => {
      for (let row = 0; row < rowCount; row++)
        for (let column = 0; column < columnCount; column++) {
          let sum = 0;
          for (let k = 0; k < inner; k++) {
            const x = a!.values[at[0]! * sizeA + (transposeA ? k * rowCount + row : row * inner + k)]!;
            const y =
              b!.values[at[1]! * sizeB + (transposeB ? column * inner + k : k * columnCount + column)]!;
            sum += round(x) * round(y);
          }
          result[(matrix * rowCount + row) * columnCount + column] = round(alpha * sum);
        }
    });
    return result;
  },
  transpose: (node, [x]) => {
    const { permutation } = node.attributes;
    const strides = stridesOf(x!.shape);
    const resultStrides = stridesOf(node.shape);
    return Float64Array.from({ length: sizeOf(node.shape) }, (_, out) => {
      let offset = 0;
      for (const [axis, stride] of resultStrides.entries())
        offset += (Math.floor(out / stride) % node.shape[axis]!) * strides[permutation[axis]!]!;
      return x!.values[offset]!;
    });
  },
  reshape: copy,
  slice: (node, [x]) => {
    const { axis, start } = node.attributes;
    const strides = stridesOf(x!.shape);
    const resultStrides = stridesOf(node.shape);
    return Float64Array.from({ length: sizeOf(node.shape) }, (_, out) => {
      let offset = start * strides[axis]!;
      for (const [index, stride] of resultStrides.entries())
        offset += (Math.floor(out / stride) % node.shape[index]!) * strides[index]!;
      return x!.values[offset]!;
    });
  },
  concat: (node, inputs) => {
    const { axis } = node.attributes;
    const tail = sizeOf(node.shape.slice(axis + 1));
    const length = node.shape[axis]! * tail;
    const result = new Float64Array(sizeOf(node.shape));
    let offset = 0;
    for (const { shape, values } of inputs) {
      const own = shape[axis]! * tail;
      for (let block = 0; block * own < values.length; block++)
        result.set(values.subarray(block * own, (block + 1) * own), block * length + offset);
      offset += own;
    }
    return result;
  },
  broadcast: (node, [x]) => {
    const result = new Float64Array(sizeOf(node.shape));
    eachBroadcast(node.shape, [x!.shape], (out, at) => {
      result[out] = x!.values[at[0]!]!;
    });
    return result;
  },
  reduceSum: (node, [x]) => {
    const result = new Float64Array(sizeOf(node.shape));
    eachBroadcast(x!.shape, [node.shape], (from, at) => {
      result[at[0]!]! += x!.values[from]!;
    });
    return result;
  },

  barrier: copy,

  softmax: rows('same', (row, result) => {
    const total = logSumExp(row);
    row.forEach((value, index) => {
      result[index] = Math.exp(value - total);
    });
  }),
  logSoftmax: rows('same', (row, result) => {
    const total = logSumExp(row);
    row.forEach((value, index) => {
      result[index] = value - total;
    });
  }),
  layerNorm: (node, [x, gain, bias]) =>
    rows('same', (row, result) => {
      const centre = mean(row);
      const inverse = inverseDeviation(row, node.attributes.epsilon);
      row.forEach((value, index) => {
        result[index] = (value - centre) * inverse * gain!.values[index]! + bias!.values[index]!;
      });
    })(node, [x!]),
  layerNormMean: rows(1, (row, result) => {
    result[0] = mean(row);
  }),
  layerNormInverseDeviation: (node, inputs) =>
    rows(1, (row, result) => {
      result[0] = inverseDeviation(row, node.attributes.epsilon);
    })(node, inputs),

  gather: (node, [table, ids]) => {
    const width = table!.shape[1]!;
    return Float64Array.from(
      { length: sizeOf(node.shape) },
      (_, out) => table!.values[ids!.values[Math.floor(out / width)]! * width + (out % width)]!,
    );
  },
  scatterAdd: (node, [ids, x]) => {
    const width = node.shape[1]!;
    const result = new Float64Array(sizeOf(node.shape));
    x!.values.forEach((value, index) => {
      result[ids!.values[Math.floor(index / width)]! * width + (index % width)]! += value;
    });
    return result;
  },
  oneHot: (node, [ids]) => {
    const { depth } = node.attributes;
    const result = new Float64Array(sizeOf(node.shape));
    ids!.values.forEach((id, index) => {
      result[index * depth + id] = 1;
    });
    return result;
  },
  crossEntropy: (_node, [logits, targets]) => {
    const vocabulary = logits!.shape[1]!;
    return targets!.values.map((target, row) => {
      const values = logits!.values.subarray(row * vocabulary, (row + 1) * vocabulary);
      return logSumExp(values) - values[target]!;
    });
  },
};
