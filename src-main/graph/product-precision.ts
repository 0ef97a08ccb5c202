/**
 * Mixed precision (Micikevicius et al. 2018): the matrix products of a program in 16 bits, everything else (parameters,
 * moments, sums, softmax, layer norms, the optimizer) in float32.
 */
import type { ProductPrecision } from '../contract/compute.ts';
import { GraphBuilder } from './builder.ts';
import type { Node } from './ir.ts';
import { graphOf } from './ir.ts';
import type { Program } from './program.ts';

/** Products thinner than this are sums in disguise (layer norms take means so) or spread slices: they stay. */
const THINNEST = 2;

/** `program` with its products in that precision; float32 gives it back as it is. */
export function withProductPrecision(program: Program, precision: ProductPrecision): Program {
  if (precision === 'float32') return program;
  const b = new GraphBuilder();
  const values = new Map<Node, Node>();
  for (const node of program.graph.nodes) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const lowered =
      node.op === 'matmul' && isFull(node)
        ? b.node('matmul', inputs, { ...node.attributes, precision })
        : b.node(node.op, inputs, node.attributes as never);
    values.set(node, lowered);
  }
  const outputs = [...program.graph.outputs].map(([name, node]): [string, Node] => [name, values.get(node)!]);
  return { ...program, graph: graphOf(new Map(outputs)) };
}

function isFull(node: Extract<Node, { op: 'matmul' }>): boolean {
  const [rows, columns] = [node.shape.at(-2)!, node.shape.at(-1)!];
  const isSelection = node.inputs.some(({ op }) => op === 'constant' || op === 'oneHot');
  return rows >= THINNEST && columns >= THINNEST && !isSelection;
}
