/**
 * Reverse-mode differentiation: adds the gradient nodes of a scalar to the graph that computes it
 * (Griewank & Walther 2008, §3.2). Only nodes that depend on a wanted variable are visited.
 */
import { EspalierError } from '../contract/errors.ts';
import type { GraphBuilder } from './builder.ts';
import { gradientRules } from './gradient-rules.ts';
import type { Node } from './ir.ts';
import { graphOf, printType } from './ir.ts';

/**
 * Gradients of `loss` (a scalar) with respect to each of `variables`, same shapes, same order. A variable the
 * loss does not depend on is refused: its gradient would silently be zero.
 */
export function gradients(builder: GraphBuilder, loss: Node, variables: readonly Node[]): Node[] {
  if (loss.shape.length !== 0)
    throw new EspalierError('failed', `gradients: the loss must be a scalar, is ${printType(loss)}`);
  const { nodes } = graphOf(new Map([['loss', loss]]));
  const wanted = new Set<Node>(variables);
  for (const node of nodes) if (node.inputs.some((input) => wanted.has(input))) wanted.add(node);

  const gradient = new Map<Node, Node>([[loss, builder.scalar(1)]]);
  for (const node of nodes.toReversed()) {
    const dy = gradient.get(node);
    if (!dy || !wanted.has(node)) continue;
    const rule = gradientRules[node.op] as (b: GraphBuilder, n: Node, dy: Node) => readonly (Node | null)[];
    for (const [index, contribution] of rule(builder, node, dy).entries()) {
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
