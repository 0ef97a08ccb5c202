/**
 * How many bytes a graph's values need at once when its nodes run in order and every value is dropped after its last
 * use. Inputs and constants are not counted: they are there before and after. An engine that fuses operations needs
 * less, one that rounds its allocations up needs more.
 */
import { sizeOf } from '../tensor/shape.ts';
import type { Graph, Node } from './ir.ts';

/** Both dtypes have four bytes. */
const BYTES = 4;

/** Largest sum of live values, in bytes. */
export function peakBytes({ nodes, outputs }: Graph): number {
  const storage = new Map<Node, Node>();
  const lastUse = new Map<Node, number>();
  for (const [index, node] of nodes.entries()) {
    const own = node.op === 'reshape' ? storage.get(node.inputs[0]!)! : node; // a reshaped value is no new one
    storage.set(node, own);
    for (const used of [own, ...node.inputs.map((input) => storage.get(input)!)]) lastUse.set(used, index);
  }
  for (const output of outputs.values()) lastUse.set(storage.get(output)!, nodes.length);
  const endingAt = Map.groupBy(lastUse.keys(), (node) => lastUse.get(node)!);
  let live = 0;
  let peak = 0;
  for (const [index, node] of nodes.entries()) {
    if (isComputed(node)) live += BYTES * sizeOf(node.shape);
    peak = Math.max(peak, live);
    for (const ended of endingAt.get(index) ?? []) if (isComputed(ended)) live -= BYTES * sizeOf(ended.shape);
  }
  return peak;
}

const isComputed = ({ op }: Node): boolean => op !== 'input' && op !== 'constant' && op !== 'reshape';
