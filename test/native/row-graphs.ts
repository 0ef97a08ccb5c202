/** Random small graphs of operations on rows: broadcasts, reductions over any axes, softmax, layer norms and ids. */
import fc from 'fast-check';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph, Node } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import type { Shape } from '../../src-main/tensor/shape.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';

/** Ids of the graphs are below it. */
const TABLE_ROWS = 5;

/** What a step may read: its operands, one of which may be a number, and the frame that all shapes broadcast to. */
interface Place {
  readonly b: GraphBuilder;
  readonly frame: Shape;
  readonly x: Node;
  readonly y: Node;
  /** Whether each axis of the frame is in a random set; never for all of them. */
  readonly axes: readonly boolean[];
}

const offset = (b: GraphBuilder, x: Node, by: number): Node => b.add(x, b.scalar(by));
const filled = ({ b, frame, x }: Place): Node => b.broadcast(x, frame);
const chosen = ({ axes, x, frame }: Place): number[] =>
  x.shape.flatMap((_, axis) => (axes[frame.length - x.shape.length + axis] ? [axis] : []));

/** Values as the rows of a matrix. */
function asMatrix(place: Place): Node {
  const columns = place.frame.at(-1)!;
  return place.b.reshape(filled(place), [sizeOf(place.frame) / columns, columns]);
}

function mean(place: Place): Node {
  const { b, x } = place;
  const sum = b.reduceSum(x, chosen(place));
  return b.scale(sum, sizeOf(sum.shape) / sizeOf(x.shape));
}

/** Steps that change their operands' values little enough for float32, whatever came before. */
const STEPS = {
  negate: ({ b, x }) => b.negate(x),
  exp: ({ b, x }) => b.exp(b.tanh(x)),
  log: ({ b, x }) => b.log(offset(b, b.square(x), 0.5)),
  sqrt: ({ b, x }) => b.sqrt(offset(b, b.square(x), 0.5)),
  erf: ({ b, x }) => b.erf(x),
  tanh: ({ b, x }) => b.tanh(x),
  sigmoid: ({ b, x }) => b.sigmoid(x),
  relu: ({ b, x }) => b.relu(x),
  scaledGelu: ({ b, x }) => b.scaledGelu(b.tanh(x)),
  add: ({ b, x, y }) => b.add(x, y),
  subtract: ({ b, x, y }) => b.subtract(x, y),
  multiply: ({ b, x, y }) => b.multiply(b.tanh(x), b.sigmoid(y)),
  divide: ({ b, x, y }) => b.divide(x, offset(b, b.square(y), 0.5)),
  minimum: ({ b, x, y }) => b.minimum(x, y),
  maximum: ({ b, x, y }) => b.maximum(x, y),
  number: ({ b, x, axes }) => b.subtract(b.scalar(axes.filter(Boolean).length), x),
  softmax: ({ b, x }) => (x.shape.length === 0 ? x : b.softmax(x)),
  logSoftmax: ({ b, x }) => (x.shape.length === 0 ? x : b.logSoftmax(x)),
  layerNorm: (place) =>
    place.b.layerNorm(
      filled(place),
      place.b.input('gain', [place.frame.at(-1)!]),
      place.b.input('bias', [place.frame.at(-1)!]),
      0.1,
    ),
  layerNormMean: ({ b, x }) => (x.shape.length === 0 ? x : b.node('layerNormMean', [x], { epsilon: 0.1 })),
  layerNormInverseDeviation: ({ b, x }) =>
    x.shape.length === 0 ? x : b.node('layerNormInverseDeviation', [x], { epsilon: 0.1 }),
  mean,
  meanOfRepeated: (place) => mean({ ...place, x: filled(place) }),
  rowDot: (place) => {
    const columns = place.frame.at(-1)!;
    return place.b.reshape(
      place.b.matmul(asMatrix(place), place.b.input('column', [columns, 1]), { alpha: 1 / columns }),
      place.frame.with(-1, 1),
    );
  },
  crossEntropy: (place) => {
    const matrix = asMatrix(place);
    const ids = place.b.input(`ids_below_${matrix.shape[1]}`, [matrix.shape[0]!], 'i32');
    return place.b.reshape(place.b.crossEntropy(matrix, ids), place.frame.with(-1, 1));
  },
  gather: ({ b, frame, x }) => {
    const table = b.input('table', [TABLE_ROWS, frame.at(-1)!]);
    const ids = b.input(`rows_ids_below_${TABLE_ROWS}`, frame.slice(0, -1), 'i32');
    return b.add(b.gather(table, ids), x);
  },
  oneHot: ({ b, frame, x }) => {
    const depth = frame.at(-1)!;
    return b.multiply(x, b.oneHot(b.input(`columns_ids_below_${depth}`, frame.slice(0, -1), 'i32'), depth));
  },
  turnedTwice: (place) => {
    const order = place.frame.map((_, axis) => axis).toReversed();
    const { b } = place;
    return b.transpose(b.tanh(b.transpose(filled(place), order)), order);
  },
  firstColumn: (place) => {
    const { b, frame } = place;
    return b.slice(filled(place), frame.length - 1, 0, 1);
  },
  lastRow: (place) => {
    const { b, frame } = place;
    return b.slice(filled(place), 0, frame[0]! - 1, frame[0]!);
  },
  inRows: (place) => place.b.reshape(place.b.sigmoid(asMatrix(place)), place.frame),
  inOneRow: (place) => {
    const { b, frame } = place;
    return b.reshape(b.negate(b.reshape(filled(place), [sizeOf(frame)])), frame);
  },
} satisfies Record<string, (place: Place) => Node>;

type StepName = keyof typeof STEPS;

const axisSize = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.integer({ min: 6, max: 40 }) },
);

/** Sums over a whole frame stay short enough for float32 in any order. */
const LARGEST_FRAME = 600;
const frameShape = fc
  .array(axisSize, { minLength: 1, maxLength: 4 })
  .filter((shape) => sizeOf(shape) <= LARGEST_FRAME);

const axisSet = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });

/** The frame, which axes of each input are not 1, how many leading axes an input lacks, and steps by operand numbers. */
export const rowGraphDescription = fc.record({
  frame: frameShape,
  inputs: fc.array(fc.record({ full: axisSet, lacks: fc.nat(4) }), { minLength: 1, maxLength: 4 }),
  steps: fc.array(
    fc.record({
      name: fc.constantFrom(...(Object.keys(STEPS) as StepName[])),
      x: fc.nat(20),
      y: fc.nat(20),
      axes: axisSet,
      isOutput: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});
type Description = typeof rowGraphDescription extends fc.Arbitrary<infer T> ? T : never;

/** The graph that a description is of; descriptions are what failures show. */
export function rowGraphOf({ frame, inputs, steps }: Description): Graph {
  const b = new GraphBuilder();
  const values = inputs.map(({ full, lacks }, index) =>
    b.input(
      `x${index}`,
      frame.map((size, axis) => (full[axis] ? size : 1)).slice(Math.min(lacks, frame.length)),
    ),
  );
  const outputs = new Map<string, Node>();
  for (const [index, { name, x, y, axes, isOutput }] of steps.entries()) {
    const at = (number: number): Node => values.at(-1 - (number % values.length))!;
    const node = STEPS[name]({ b, frame, x: at(x), y: at(y), axes: axes.slice(0, frame.length) });
    values.push(node);
    if (isOutput || index === steps.length - 1) outputs.set(`${index} ${name}`, node);
  }
  return graphOf(outputs);
}
