/** Exact FLOPs of the matrix products of a graph, two for each multiply-add; nothing else is counted. */
import { sizeOf } from '../tensor/shape.ts';
import type { Graph } from './ir.ts';

export function productFlops(graph: Graph): number {
  let flops = 0;
  for (const node of graph.nodes) {
    if (node.op !== 'matmul') continue;
    const inner = node.inputs[0]!.shape.at(node.attributes.transposeA ? -2 : -1)!;
    flops += 2 * sizeOf(node.shape) * inner;
  }
  return flops;
}
