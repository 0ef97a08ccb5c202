/**
 * Which nodes of a graph are not lowered by themselves because a fused operator of their only consumer does their
 * work as well. Fusions are found here, on the graph, so that the mathematics stays in plain operations and every
 * other engine sees only those; docs/decisions.md says what each one gave.
 */
import type { Graph, Node } from '../graph/ir.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Flavor } from './emitter.ts';

type NodeOf<K extends Node['op']> = Extract<Node, { op: K }>;

/** Nodes that are left to their consumers. */
export function fusedNodes(graph: Graph, flavor: Flavor): ReadonlySet<Node> {
  const consumers = new Map<Node, Node[]>();
  for (const node of graph.nodes)
    for (const input of node.inputs) consumers.set(input, [...(consumers.get(input) ?? []), node]);
  const outputs = new Set<Node>(graph.outputs.values());
  const fused = new Set<Node>();
  for (const node of graph.nodes) {
    const users = consumers.get(node) ?? [];
    if (outputs.has(node) || users.length === 0) continue;
    if (node.op === 'square' && users.every(({ op }) => op === 'reduceSum')) fused.add(node);
    if (users.length > 1) continue;
    const user = users[0]!;
    if (node.op === 'reduceSum' && user.op === 'reshape' && dropsSummedAxes(node, user)) fused.add(node);
    if (flavor !== 'cpu' || user.op !== 'add' || user.inputs.some((input) => fused.has(input))) continue;
    if (
      node.op === 'multiply' &&
      rowGate(node) &&
      user.inputs.every((input) => sameShape(input.shape, node.shape))
    )
      fused.add(node);
    if (node.op === 'matmul' && isBiasedProduct(node, user)) fused.add(node);
  }
  return fused;
}

/** The sum without its axes of size 1, which ReduceSum gives when it does not keep them. */
function dropsSummedAxes(sum: NodeOf<'reduceSum'>, reshape: NodeOf<'reshape'>): boolean {
  return sameShape(
    sum.shape.filter((_, axis) => !sum.attributes.axes.includes(axis)),
    reshape.shape,
  );
}

/** The two operands of y ⊙ g where g has one value for each row of y, else undefined. GatedAdd wants this form. */
export function rowGate(
  product: NodeOf<'multiply'>,
): { readonly rows: Node; readonly gate: Node } | undefined {
  const [a, b] = product.inputs as [Node, Node];
  const gates = (rows: Node, gate: Node): boolean =>
    rows.shape.length >= 2 &&
    rows.shape.at(-1) !== 1 &&
    sameShape(rows.shape, product.shape) &&
    sameShape(gate.shape, [...rows.shape.slice(0, -1), 1]);
  if (gates(a, b)) return { rows: a, gate: b };
  return gates(b, a) ? { rows: b, gate: a } : undefined;
}

/**
 * x·W + bias as one Gemm, for results no wider than x: Gemm first fills its result with the bias row by row,
 * which costs more than a separate addition where the result is wide.
 */
function isBiasedProduct(product: NodeOf<'matmul'>, sum: NodeOf<'add'>): boolean {
  const [rows, inner] = product.inputs[0]!.shape as [number, number];
  const [left, bias] = sum.inputs as [Node, Node];
  return (
    product.shape.length === 2 &&
    !product.attributes.transposeA &&
    !product.attributes.precision &&
    left === product &&
    sameShape(bias.shape, [product.shape[1]!]) &&
    product.shape[0] === rows &&
    product.shape[1]! <= inner
  );
}
