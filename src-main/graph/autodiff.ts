/**
 * Reverse-mode differentiation: adds the gradient nodes of a scalar to the graph that computes it
 * (Griewank & Walther 2008, §3.2). Only nodes that depend on a wanted variable are visited.
 */
import { EspalierError } from '../contract/errors.ts';
import type { GraphBuilder } from './builder.ts';
import { gradientRules } from './gradient-rules.ts';
import type { Node } from './ir.ts';
import { graphOf, printType } from './ir.ts';

/** Part of a graph that is left through one node alone and whose nodes come after `input` and up to `output`. */
export interface Segment {
  readonly input: Node;
  readonly output: Node;
}

/**
 * Gradients of `loss` (a scalar) with respect to each of `variables`, same shapes, same order. A variable the
 * loss does not depend on is refused: its gradient would silently be zero.
 *
 * Of the segments in `recomputed` only the inputs are kept: where the gradient comes back to one, everything inside is
 * computed once more, by the same operations (activation recomputation, Chen et al. 2016, §4.1). Each waits for the
 * gradients of all variables so far, which otherwise could keep what they read until the end.
 */
export function gradients(
  builder: GraphBuilder,
  loss: Node,
  variables: readonly Node[],
  recomputed: readonly Segment[] = [],
): Node[] {
  if (loss.shape.length !== 0)
    throw new EspalierError('failed', `gradients: the loss must be a scalar, is ${printType(loss)}`);
  const { nodes } = graphOf(new Map([['loss', loss]]));
  const wanted = new Set<Node>(variables);
  for (const node of nodes) if (node.inputs.some((input) => wanted.has(input))) wanted.add(node);

  const segmentAt = new Map(recomputed.map((segment) => [segment.output, segment]));
  const copies = new Map<Node, Node>();
  const isVariable = new Set<Node>(variables);
  const waitedFor = new Set<Node>();
  const recompute = (segment: Segment, dy: Node): void => {
    const done = [...gradient].flatMap(([node, value]) => (isVariable.has(node) ? [value] : []));
    const after = new Set([dy, ...done.filter((value) => !waitedFor.has(value))]);
    for (const value of done) waitedFor.add(value);
    copySegment(builder, nodes, segment, builder.barrier(segment.input, [...after]), copies);
  };

  const gradient = new Map<Node, Node>([[loss, builder.scalar(1)]]);
  for (const node of nodes.toReversed()) {
    const dy = gradient.get(node);
    if (!dy || !wanted.has(node)) continue;
    const segment = segmentAt.get(node);
    if (segment) recompute(segment, dy);
    const rule = gradientRules[node.op] as (b: GraphBuilder, n: Node, dy: Node) => readonly (Node | null)[];
    for (const [index, contribution] of rule(builder, copies.get(node) ?? node, dy).entries()) {
      const input = node.inputs[index]!;
      if (!contribution || !wanted.has(input)) continue;
      const sum = gradient.get(input);
      gradient.set(input, sum ? builder.add(sum, contribution) : contribution);
    }
  }
  return variables.map((variable) => {
    const result = gradient.get(variable);
    if (!result)
      throw new EspalierError(
        'failed',
        `gradients: the loss does not depend on ${variable.op === 'input' ? variable.attributes.name : `%${variable.id}`}`,
      );
    return result;
  });
}

/** Adds to `copies` every node of the segment that depends on its input, built on `input` instead. */
function copySegment(
  builder: GraphBuilder,
  nodes: readonly Node[],
  segment: Segment,
  input: Node,
  copies: Map<Node, Node>,
): void {
  const own = new Map([[segment.input, input]]);
  for (const node of nodes) {
    if (node.id <= segment.input.id || node.id > segment.output.id) continue;
    if (!node.inputs.some((operand) => own.has(operand))) continue;
    const operands = node.inputs.map((operand) => own.get(operand) ?? operand);
    own.set(node, builder.node(node.op, operands, node.attributes as never));
  }
  own.delete(segment.input);
  for (const [node, copy] of own) copies.set(node, copy);
}
