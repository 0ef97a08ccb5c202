/**
 * A graph run op by op with the kernels of TensorFlow.js. Every value is freed as soon as its last reader ran, so
 * memory holds what the step needs at that moment and nothing of the step before.
 */
import { EspalierError } from '../contract/errors.ts';
import type { Graph, Node } from '../graph/ir.ts';
import type { AnyKernel, Tensor, Tensorflow } from './tensorflow-kernels.ts';
import { tensorflowKernels } from './tensorflow-kernels.ts';

interface Step {
  readonly node: Node;
  readonly kernel: AnyKernel;
  /** Computed values that nothing reads after this step. */
  readonly dead: readonly Node[];
}

export class TensorflowProgram {
  private readonly tf: Tensorflow;
  private readonly graph: Graph;
  private readonly steps: readonly Step[];
  private readonly constants: ReadonlyMap<Node, Tensor>;

  /** Puts the graph's constants on the backend in use. */
  constructor(tf: Tensorflow, graph: Graph) {
    this.tf = tf;
    this.graph = graph;
    this.steps = stepsOf(graph);
    this.constants = new Map(
      graph.nodes
        .filter((node) => node.op === 'constant')
        .map((node) => [node, tensorflowKernels.constant(tf, [], node)]),
    );
  }

  /** The outputs by name, the caller's to dispose of; the inputs stay the caller's. */
  run(inputs: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
    const { tf } = this;
    return tf.tidy(() => {
      const values = new Map(this.constants);
      for (const [name, node] of this.graph.inputs) {
        const given = inputs.get(name);
        if (!given) throw new EspalierError('failed', `the graph was given no input named ${name}`);
        values.set(node, given);
      }
      for (const { node, kernel, dead } of this.steps) {
        const operands = node.inputs.map((input) => values.get(input)!);
        values.set(
          node,
          tf.tidy(() => kernel(tf, operands, node)),
        );
        for (const done of dead) {
          values.get(done)!.dispose();
          values.delete(done);
        }
      }
      return Object.fromEntries(
        [...this.graph.outputs].map(([name, node]) => [name, tf.clone(values.get(node)!)]),
      );
    });
  }

  dispose(): void {
    this.tf.dispose([...this.constants.values()]);
  }
}

function stepsOf({ nodes, outputs }: Graph): Step[] {
  const computed = nodes.filter(({ op }) => op !== 'input' && op !== 'constant');
  const lastReader = new Map<Node, Node>();
  for (const node of computed) for (const input of node.inputs) lastReader.set(input, node);
  const kept = new Set(outputs.values());
  const dying = new Map<Node, Node[]>();
  for (const node of computed) {
    const reader = lastReader.get(node);
    if (reader && !kept.has(node)) dying.set(reader, [...(dying.get(reader) ?? []), node]);
  }
  return computed.map((node) => ({
    node,
    kernel: tensorflowKernels[node.op] as AnyKernel,
    dead: dying.get(node) ?? [],
  }));
}
