/**
 * Lowers a program to the bytes of an .onnx file: either one iteration (`single`), or any number of iterations
 * inside one ONNX `Loop` that carries the state in the runtime (`loop`).
 */
import type { DType, Graph, Node, OpName } from '../graph/ir.ts';
import type { Program } from '../graph/program.ts';
import type { Flavor } from './emitter.ts';
import { Emitter, graph as graphAttribute, int } from './emitter.ts';
import { fusedNodes } from './fusions.ts';
import type { Lowering } from './op-rules.ts';
import { opRules } from './op-rules.ts';
import type { OnnxValue } from './protobuf.ts';
import { graphBytes, modelBytes } from './protobuf.ts';

/** Name of the graph input with the number of iterations of a loop (int64 scalar). */
export const ITERATIONS = 'iterations';

/** Graph inputs and outputs have their program's names. Sequence inputs and results have no leading axis. */
export function emitSingle(program: Program, flavor: Flavor): Uint8Array {
  const emitter = new Emitter(flavor);
  const inputs = [...program.graph.inputs].map(([name, node]) => valueInfo(name, node));
  const outputs = [...program.graph.outputs].map(([name, node]) => valueInfo(name, node));
  lowerGraph(
    emitter,
    program.graph,
    (name) => name,
    (name) => name,
  );
  return modelBytes(
    { name: program.name, nodes: emitter.nodes, initializers: emitter.initializers, inputs, outputs },
    { program: program.name, flavor },
  );
}

/**
 * The same step as the body of an ONNX Loop. Inputs: `iterations`, the carried and fixed values, and the
 * sequence inputs with a leading axis; outputs: the carried values after the last iteration and the results
 * with a leading axis.
 */
export function emitLoop(program: Program, flavor: Flavor): Uint8Array {
  const { graph, carried, fixed, sequence, results } = program;
  const inner = (name: string): string => `body.${name}`;
  const body = new Emitter(flavor, 'body.');
  const read = (name: string): Node => graph.inputs.get(name)!;
  const written = (name: string): Node => graph.outputs.get(name)!;

  for (const name of sequence) {
    body.emit('Gather', [name, 'body.iteration'], { axis: int(0) }, inner(name));
  }
  const isFixed = new Set(fixed);
  lowerGraph(body, graph, (name) => (isFixed.has(name) ? name : inner(name)), inner);
  body.alias('body.go', 'body.continue');

  const bodyGraph = graphBytes({
    name: program.name,
    nodes: body.nodes,
    initializers: [],
    inputs: [
      { name: 'body.iteration', type: 'i64', shape: [] },
      { name: 'body.go', type: 'bool', shape: [] },
      ...carried.map(({ input }) => valueInfo(inner(input), read(input))),
    ],
    outputs: [
      { name: 'body.continue', type: 'bool', shape: [] },
      ...carried.map(({ output }) => valueInfo(inner(output), written(output))),
      ...results.map((name) => valueInfo(inner(name), written(name))),
    ],
  });

  const steps = (name: string, node: Node): OnnxValue => ({
    name,
    type: node.dtype,
    shape: [ITERATIONS, ...node.shape],
  });
  const outputs = [
    ...carried.map(({ output }) => valueInfo(output, written(output))),
    ...results.map((name) => steps(name, written(name))),
  ];
  const loop = {
    opType: 'Loop',
    domain: '',
    inputs: [ITERATIONS, '', ...carried.map(({ input }) => input)],
    outputs: outputs.map(({ name }) => name),
    attributes: { body: graphAttribute(bodyGraph) },
  };
  return modelBytes(
    {
      name: program.name,
      nodes: [loop],
      initializers: body.initializers,
      inputs: [
        { name: ITERATIONS, type: 'i64', shape: [] },
        ...carried.map(({ input }) => valueInfo(input, read(input))),
        ...fixed.map((name) => valueInfo(name, read(name))),
        ...sequence.map((name) => steps(name, read(name))),
      ],
      outputs,
    },
    { program: program.name, flavor },
  );
}

/** Emits every node of `graph`; inputs and outputs get the names the two functions give. */
function lowerGraph(
  emitter: Emitter,
  graph: Graph,
  inputName: (name: string) => string,
  outputName: (name: string) => string,
): void {
  const outputsOf = new Map<Node, string[]>();
  for (const [name, node] of graph.outputs)
    outputsOf.set(node, [...(outputsOf.get(node) ?? []), outputName(name)]);
  const fused = fusedNodes(graph, emitter.flavor);
  const values = new Map<Node, string>();
  for (const node of graph.nodes) {
    const wishes = outputsOf.get(node) ?? [];
    if (node.op === 'input') values.set(node, inputName(node.attributes.name));
    else if (!fused.has(node)) {
      const rule = opRules[node.op] as (lowering: Lowering<OpName>) => string;
      const inputs = node.inputs.map((input) => values.get(input) ?? '');
      const nameOf = (value: Node): string => values.get(value)!;
      values.set(node, rule({ e: emitter, node, inputs, name: wishes[0], fused, nameOf }));
    }
    for (const wish of wishes) if (wish !== values.get(node)) emitter.alias(values.get(node)!, wish);
  }
}

function valueInfo(
  name: string,
  node: { readonly dtype: DType; readonly shape: readonly number[] },
): OnnxValue {
  return { name, type: node.dtype, shape: node.shape };
}
