/**
 * The tensor IR: a directed acyclic graph of typed operations with static shapes. Small on purpose: the ops a
 * Transformer training step needs, each with exact semantics stated here. Engines lower it; nothing else does
 * mathematics on tensors.
 *
 * Every op is a key of `OpAttributes`. Shape rules, gradient rules, reference kernels and ONNX lowerings are
 * total tables over these keys: a new op does not compile until each of them answers.
 */
import type { ProductPrecision } from '../contract/compute.ts';
import type { Shape } from '../tensor/shape.ts';
import { showShape } from '../tensor/shape.ts';

export type DType = 'f32' | 'i32';

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

type None = Record<never, never>;

/** Attributes of every op. Elementwise ops broadcast like NumPy; reductions keep their axes with size 1. */
export interface OpAttributes {
  /** A named value fed from outside. */
  input: { readonly name: string; readonly shape: Shape; readonly dtype: DType };
  /** Fixed float32 values in row-major order. */
  constant: { readonly values: Float32Array; readonly shape: Shape };

  negate: None;
  exp: None;
  log: None;
  sqrt: None;
  square: None;
  /** Gauss error function. */
  erf: None;
  tanh: None;
  sigmoid: None;
  /** max(x, 0). */
  relu: None;
  /** 1 where x > 0, else 0. */
  positive: None;
  /** x · (1 + erf x): the exact GELU up to its two factors 1/√2, which belong into the neighbouring products. */
  scaledGelu: None;

  add: None;
  subtract: None;
  multiply: None;
  divide: None;
  minimum: None;
  maximum: None;

  /**
   * alpha · op(A)·op(B) over the last two axes; leading axes broadcast. With a precision of 16 bits, A, B and the result
   * are rounded to it, and sums are at least float32.
   */
  matmul: {
    readonly transposeA: boolean;
    readonly transposeB: boolean;
    readonly alpha: number;
    readonly precision?: Exclude<ProductPrecision, 'float32'>;
  };
  transpose: { readonly permutation: readonly number[] };
  reshape: { readonly shape: Shape };
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  /** Inputs one after the other along `axis`; their other axes are equal. */
  concat: { readonly axis: number };
  /** Repeats axes of size 1 up to `shape`. */
  broadcast: { readonly shape: Shape };
  reduceSum: { readonly axes: readonly number[] };

  /**
   * The first input as it is, but not before all others are there. It hides from whoever shares equal nodes that what
   * follows was computed before from the first input, and says when to compute it again.
   */
  barrier: None;

  /** Over the last axis. */
  softmax: None;
  logSoftmax: None;
  /** Inputs x [..., D], gain [D], bias [D]: (x − μ)·r·gain + bias, biased variance, r = 1/√(σ² + ε). */
  layerNorm: { readonly epsilon: number };
  /** μ over the last axis, kept with size 1. */
  layerNormMean: { readonly epsilon: number };
  /** r = 1/√(σ² + ε) over the last axis, kept with size 1. */
  layerNormInverseDeviation: { readonly epsilon: number };

  /** Inputs table [V, D], ids (i32): rows of the table, shape ids + [D]. */
  gather: None;
  /** Inputs ids (i32) [N], rows [N, D]: [V, D] with every row added at its id. */
  scatterAdd: { readonly rowCount: number };
  /** Input ids (i32): f32 of shape ids + [depth]. */
  oneHot: { readonly depth: number };
  /** Inputs logits [N, V], target ids (i32) [N]: −log softmax(logits)[target], shape [N]. */
  crossEntropy: None;
}

export type OpName = keyof OpAttributes;

export type Node = {
  readonly [K in OpName]: {
    readonly id: number;
    readonly op: K;
    readonly inputs: readonly Node[];
    readonly attributes: OpAttributes[K];
    readonly shape: Shape;
    readonly dtype: DType;
  };
}[OpName];

export type InputNode = Extract<Node, { op: 'input' }>;

/** Nodes in an order in which every node follows its inputs, with named inputs and outputs. Dead nodes are absent. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly inputs: ReadonlyMap<string, InputNode>;
  readonly outputs: ReadonlyMap<string, Node>;
}

/** Collects what the outputs need, in topological order; everything else is dead and left out. */
export function graphOf(outputs: ReadonlyMap<string, Node>): Graph {
  const live = new Set<Node>();
  const pending: Node[] = [...outputs.values()];
  while (pending.length > 0) {
    const node = pending.pop()!;
    if (live.has(node)) continue;
    live.add(node);
    pending.push(...node.inputs);
  }
  const nodes = [...live].sort((a, b) => a.id - b.id); // ids grow in building order
  const inputs = new Map(
    nodes
      .filter((node): node is InputNode => node.op === 'input')
      .map((node) => [node.attributes.name, node]),
  );
  return { nodes, inputs, outputs };
}

/** One line a node: `%12 = matmul(%3, %7) {transposeB, alpha 0.125} : f32[64,64]`. */
export function printGraph(graph: Graph): string {
  const lines = graph.nodes.map((node) => {
    const operands = node.inputs.map((input) => `%${input.id}`).join(', ');
    const attributes = printAttributes(node);
    return `%${node.id} = ${node.op}(${operands})${attributes && ` {${attributes}}`} : ${printType(node)}`;
  });
  const outputs = [...graph.outputs].map(([name, node]) => `${name}: %${node.id}`);
  return [...lines, `return ${outputs.join(', ')}`].join('\n');
}

export const printType = (type: TensorType): string => `${type.dtype}${showShape(type.shape)}`;

function printAttributes(node: Node): string {
  if (node.op === 'constant') {
    const { values } = node.attributes;
    return values.length === 1 ? String(values[0]) : `${values.length} values`;
  }
  return Object.entries(node.attributes)
    .filter(([key, value]) => key !== 'dtype' && value !== false && !(key === 'alpha' && value === 1))
    .filter(([key]) => node.op === 'input' || key !== 'shape')
    .map(([key, value]) =>
      value === true ? key : `${key} ${Array.isArray(value) ? showShape(value) : value}`,
    )
    .join(', ');
}
