/**
 * One program over several models of equal shape: every state tensor gets a leading axis, the candidates, and what
 * comes anew at each step is shared by all of them. A GPU that one small model leaves idle then trains a whole pool
 * in the same number of kernels. Rules of this kind are known as vmap (Bradbury et al. 2018, JAX); each says how an
 * op acts on values with the axis so that every candidate gets what it would get alone.
 */
import { EspalierError } from '../contract/errors.ts';
import { sizeOf } from '../tensor/shape.ts';
import { GraphBuilder } from './builder.ts';
import type { Node, OpName } from './ir.ts';
import { graphOf } from './ir.ts';
import type { Program } from './program.ts';

type NodeOf<K extends OpName> = Extract<Node, { op: K }>;

/** A value of the new graph: one for each candidate, or one that all share. */
interface Value {
  readonly node: Node;
  readonly own: boolean;
}

interface Place<K extends OpName> {
  readonly b: GraphBuilder;
  /** The node of the program for one candidate. */
  readonly node: NodeOf<K>;
  /** Its inputs in the new graph; at least one has the axis. */
  readonly inputs: readonly Value[];
  readonly count: number;
}

/** The node with the candidate axis in front. */
type AxisRule<K extends OpName> = (place: Place<K>) => Node;

/**
 * `program` for `count` candidates. Carried and fixed inputs, and every output, get the shape [count, ...]; sequence
 * inputs keep theirs.
 * @throws EspalierError `failed` where ids depend on a candidate, which no program of this project has
 */
export function withCandidateAxis(program: Program, count: number): Program {
  const b = new GraphBuilder();
  const shared = new Set(program.sequence);
  const values = new Map<Node, Value>();
  for (const node of program.graph.nodes) values.set(node, withAxis(b, node, values, shared, count));
  const outputs = [...program.graph.outputs].map(([name, node]): [string, Node] => [
    name,
    withOwn(b, values.get(node)!, count),
  ]);
  return { ...program, graph: graphOf(new Map(outputs)) };
}

/** `program` as it is for one candidate, which needs no axis. */
export const forCandidates = (program: Program, count: number): Program =>
  count === 1 ? program : withCandidateAxis(program, count);

function withAxis(
  b: GraphBuilder,
  node: Node,
  values: ReadonlyMap<Node, Value>,
  shared: ReadonlySet<string>,
  count: number,
): Value {
  if (node.op === 'input') {
    const { name, shape, dtype } = node.attributes;
    const own = !shared.has(name);
    return { node: b.input(name, own ? [count, ...shape] : shape, dtype), own };
  }
  const inputs = node.inputs.map((input) => values.get(input)!);
  if (!inputs.some(({ own }) => own)) {
    const operands = inputs.map((input) => input.node);
    return { node: b.node(node.op, operands, node.attributes as never), own: false };
  }
  const rule = axisRules[node.op] as AxisRule<OpName>;
  return { node: rule({ b, node, inputs, count }), own: true };
}

/** The value as if its single tensor had `rank` axes: sizes of 1 come between the candidates and its own axes. */
function aligned(b: GraphBuilder, { node, own }: Value, rank: number): Node {
  if (!own) return node;
  const [count, ...shape] = node.shape as [number, ...number[]];
  return b.reshape(node, [count, ...Array<number>(rank - shape.length).fill(1), ...shape]);
}

/** A shared value repeated for every candidate. */
function withOwn(b: GraphBuilder, value: Value, count: number): Node {
  if (value.own) return value.node;
  const { shape } = value.node;
  return b.broadcast(b.reshape(value.node, [1, ...shape]), [count, ...shape]);
}

const elementwise = <K extends OpName>({ b, node, inputs }: Place<K>): Node =>
  b.node(
    node.op,
    inputs.map((input) => aligned(b, input, node.shape.length)),
    node.attributes as never,
  );

/** Acts along the last axis alone, whatever stands before it. */
const alongLastAxis = <K extends OpName>({ b, node, inputs }: Place<K>): Node =>
  b.node(node.op, [inputs[0]!.node], node.attributes as never);

function refuseOwnIds<K extends OpName>({ node, inputs }: Place<K>, at: number): void {
  if (inputs[at]!.own)
    throw new EspalierError('failed', `${node.op}: ids that differ between candidates are not supported`);
}

const axisRules: { readonly [K in OpName]: AxisRule<K> } = {
  input: elementwise, // never asked: inputs are made by withAxis, constants have no inputs
  constant: elementwise,

  negate: elementwise,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  square: elementwise,
  erf: elementwise,
  tanh: elementwise,
  sigmoid: elementwise,
  relu: elementwise,
  positive: elementwise,
  scaledGelu: elementwise,

  add: elementwise,
  subtract: elementwise,
  multiply: elementwise,
  divide: elementwise,
  minimum: elementwise,
  maximum: elementwise,

  matmul: elementwise,
  transpose: ({ b, node, inputs }) =>
    b.transpose(inputs[0]!.node, [0, ...node.attributes.permutation.map((axis) => axis + 1)]),
  reshape: ({ b, node, inputs, count }) => b.reshape(inputs[0]!.node, [count, ...node.attributes.shape]),
  slice: ({ b, node, inputs }) => {
    const { axis, start, end } = node.attributes;
    return b.slice(inputs[0]!.node, axis + 1, start, end);
  },
  concat: ({ b, node, inputs, count }) =>
    b.concat(
      inputs.map((input) => withOwn(b, input, count)),
      node.attributes.axis + 1,
    ),
  broadcast: ({ b, node, inputs, count }) =>
    b.broadcast(aligned(b, inputs[0]!, node.shape.length), [count, ...node.attributes.shape]),
  reduceSum: ({ b, node, inputs }) =>
    b.reduceSum(
      inputs[0]!.node,
      node.attributes.axes.map((axis) => axis + 1),
    ),

  barrier: ({ b, inputs: [value, ...after], count }) =>
    b.barrier(
      withOwn(b, value!, count),
      after.map(({ node }) => node),
    ),

  softmax: alongLastAxis,
  logSoftmax: alongLastAxis,
  // Gain and bias differ between candidates, so they are applied outside.
  layerNorm: ({ b, node, inputs }) => {
    const width = node.shape.at(-1)!;
    const [x, gain, bias] = inputs as [Value, Value, Value];
    const ones = b.constant(new Float32Array(width).fill(1), [width]);
    const zeros = b.constant(new Float32Array(width), [width]);
    const normal = b.layerNorm(x.node, ones, zeros, node.attributes.epsilon);
    const rank = node.shape.length;
    return b.add(b.multiply(normal, aligned(b, gain, rank)), aligned(b, bias, rank));
  },
  layerNormMean: alongLastAxis,
  layerNormInverseDeviation: alongLastAxis,

  // Rows by a product with one-hot ids, which all candidates share; a product with 0 or 1 is exact.
  gather: (place) => {
    refuseOwnIds(place, 1);
    const { b, node, inputs, count } = place;
    const [table, ids] = [inputs[0]!.node, inputs[1]!.node];
    const selection = b.oneHot(b.reshape(ids, [sizeOf(ids.shape)]), table.shape[1]!);
    return b.reshape(b.matmul(selection, table), [count, ...node.shape]);
  },
  scatterAdd: (place) => {
    refuseOwnIds(place, 0);
    const { b, node, inputs } = place;
    const selection = b.oneHot(inputs[0]!.node, node.attributes.rowCount);
    return b.matmul(selection, inputs[1]!.node, { transposeA: true });
  },
  oneHot: (place) => {
    refuseOwnIds(place, 0);
    return elementwise(place);
  },
  crossEntropy: (place) => {
    refuseOwnIds(place, 1);
    const { b, node, inputs, count } = place;
    const logits = inputs[0]!.node;
    const targets = b.oneHot(inputs[1]!.node, logits.shape[2]!);
    const own = b.reduceSum(b.multiply(b.logSoftmax(logits), targets), [2]);
    return b.reshape(b.negate(own), [count, ...node.shape]);
  },
};
