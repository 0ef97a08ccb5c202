/**
 * What causal attention leaves at zero. Scores above the diagonal get a mask so low that their probabilities are exactly
 * zero in float32; products need not compute what only meets those zeros, nor add them up.
 */
import type { Graph, Node } from '../graph/ir.ts';
import { sameShape } from '../tensor/shape.ts';

/** A score this far below the others has a probability of exactly zero: e^-104 is. */
const MASKED_BELOW = -1e6;

export class Triangles {
  private readonly lower = new Set<Node>();
  private readonly needed = new Set<Node>();

  constructor(graph: Graph, consumersOf: (node: Node) => readonly Node[]) {
    const outputs = new Set(graph.outputs.values());
    for (const node of graph.nodes) if (this.zeroAbove(node)) this.lower.add(node);
    for (const node of graph.nodes) {
      const consumers = consumersOf(node);
      const isUnseen =
        node.op === 'matmul' &&
        !outputs.has(node) &&
        consumers.length > 0 &&
        consumers.every((consumer) => this.hidesAbove(consumer, node, consumersOf, outputs));
      if (isUnseen) this.needed.add(node);
    }
  }

  /** Whether every matrix of a value, its last two axes, is zero above the diagonal. */
  isLower(node: Node): boolean {
    return this.lower.has(node);
  }

  /** Whether nobody looks at a product above its diagonal. */
  isSeenBelowOnly(node: Node): boolean {
    return this.needed.has(node);
  }

  private zeroAbove(node: Node): boolean {
    const [a, b] = node.inputs;
    switch (node.op) {
      case 'softmax':
        return a!.op === 'add' && a.inputs.some(isCausalMask) && isSquare(a);
      case 'multiply':
        return this.sameLower(a!, node) || this.sameLower(b!, node);
      case 'add':
      case 'subtract':
        return this.sameLower(a!, node) && this.sameLower(b!, node);
      case 'negate':
      case 'barrier':
        return this.lower.has(a!);
      default:
        return false;
    }
  }

  private sameLower(node: Node, result: Node): boolean {
    return this.lower.has(node) && sameShape(node.shape, result.shape);
  }

  private hidesAbove(
    consumer: Node,
    product: Node,
    consumersOf: (node: Node) => readonly Node[],
    outputs: ReadonlySet<Node>,
  ): boolean {
    const other = consumer.inputs.find((input) => input !== product);
    if (!other) return false;
    if (consumer.op === 'multiply') return this.sameLower(other, product);
    return (
      consumer.op === 'add' &&
      isCausalMask(other) &&
      isSquare(product) &&
      !outputs.has(consumer) &&
      consumersOf(consumer).every(({ op }) => op === 'softmax')
    );
  }
}

const isSquare = ({ shape }: Node): boolean => shape.length >= 2 && shape.at(-1) === shape.at(-2);

const known = new WeakMap<Node, boolean>();

/** A constant [T, T] with 0 on and below the diagonal and hardly anything above. */
function isCausalMask(node: Node): boolean {
  if (node.op !== 'constant' || node.shape.length !== 2 || !isSquare(node)) return false;
  const before = known.get(node);
  if (before !== undefined) return before;
  const size = node.shape[0]!;
  const is = node.attributes.values.every((value, index) =>
    index % size > Math.floor(index / size) ? value <= MASKED_BELOW : value === 0,
  );
  known.set(node, is);
  return is;
}
