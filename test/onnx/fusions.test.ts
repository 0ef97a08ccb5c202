/**
 * Fused lowerings against the float64 interpreter, which knows only the plain operations. Each case is run as the
 * `cpu` and as the `portable` flavor through the runtime's CPU provider.
 */
import { describe, expect, it } from 'vitest';
import { createSession, floatTensor, int32Tensor } from '../../src-main/engine/onnxruntime-runtime.ts';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph, Node } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { emitSingle } from '../../src-main/onnx/emit-program.ts';
import { fusedNodes } from '../../src-main/onnx/fusions.ts';
import { normalArray, randomStream } from '../../src-main/tensor/random.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';

interface Case {
  readonly name: string;
  readonly build: (b: GraphBuilder) => Node | Node[];
  /** Ops of the nodes left to their consumers on the CPU. */
  readonly fused: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'a sum whose second operand has one factor a row',
    build: (b) => b.add(b.input('a', [5, 7]), b.multiply(b.input('y', [5, 7]), b.input('gate', [5, 1]))),
    fused: ['multiply'],
  },
  {
    name: 'the same with operands exchanged, of rank 4',
    build: (b) =>
      b.add(
        b.multiply(b.input('gate', [2, 3, 4, 1]), b.input('y', [2, 3, 4, 5])),
        b.input('a', [2, 3, 4, 5]),
      ),
    fused: ['multiply'],
  },
  {
    name: 'a row factor on both sides of a sum, of which one can be fused',
    build: (b) => {
      const gate = b.input('gate', [5, 1]);
      return b.add(b.multiply(b.input('a', [5, 7]), gate), b.multiply(b.input('y', [5, 7]), gate));
    },
    fused: ['multiply'],
  },
  {
    name: 'a row factor whose product is needed elsewhere',
    build: (b) => {
      const product = b.multiply(b.input('y', [5, 7]), b.input('gate', [5, 1]));
      return [b.add(b.input('a', [5, 7]), product), b.exp(product)];
    },
    fused: [],
  },
  {
    name: 'a factor for each column, which is no row factor',
    build: (b) => b.add(b.input('a', [5, 7]), b.multiply(b.input('y', [5, 7]), b.input('g', [7]))),
    fused: [],
  },
  {
    name: 'a sum that broadcasts a gated product',
    build: (b) => b.add(b.input('a', [3, 5, 7]), b.multiply(b.input('y', [5, 7]), b.input('gate', [5, 1]))),
    fused: [],
  },
  {
    name: 'a narrow product with a bias',
    build: (b) => b.add(b.matmul(b.input('x', [6, 8]), b.input('w', [8, 4])), b.input('bias', [4])),
    fused: ['matmul'],
  },
  {
    name: 'a narrow scaled product with a transposed weight and a bias',
    build: (b) => {
      const product = b.matmul(b.input('x', [6, 8]), b.input('w', [4, 8]), { transposeB: true, alpha: 0.7 });
      return b.add(product, b.input('bias', [4]));
    },
    fused: ['matmul'],
  },
  {
    name: 'a wide product with a bias',
    build: (b) => b.add(b.matmul(b.input('x', [6, 4]), b.input('w', [4, 8])), b.input('bias', [8])),
    fused: [],
  },
  {
    name: 'a column sum that drops its axis',
    build: (b) => b.reshape(b.reduceSum(b.input('x', [6, 4]), [0]), [4]),
    fused: ['reduceSum'],
  },
  {
    name: 'a column sum that is reshaped otherwise',
    build: (b) => b.reshape(b.reduceSum(b.input('x', [6, 4]), [0]), [2, 2]),
    fused: [],
  },
  {
    name: 'the sum of all squares',
    build: (b) => b.sumAll(b.square(b.input('x', [6, 4]))),
    fused: ['square', 'reduceSum'],
  },
  {
    name: 'a square that is also an output',
    build: (b) => {
      const square = b.square(b.input('x', [6, 4]));
      return [square, b.sumAll(square)];
    },
    fused: ['reduceSum'],
  },
  { name: 'the slope of a ReLU', build: (b) => b.positive(b.relu(b.input('x', [9, 9]))), fused: [] },
  { name: 'few one-hot rows', build: (b) => b.oneHot(b.input('ids', [12], 'i32'), 5), fused: [] },
  { name: 'long one-hot rows', build: (b) => b.oneHot(b.input('ids', [12], 'i32'), 1500), fused: [] },
];

function graphFor({ build }: Case): Graph {
  const result = build(new GraphBuilder());
  return graphOf(new Map([result].flat().map((node, index) => [`result${index}`, node])));
}

function valuesFor(graph: Graph): Map<string, Float32Array | Int32Array> {
  return new Map(
    Array.from(graph.inputs, ([name, { shape, dtype }]) => {
      const stream = randomStream(1, name);
      const size = sizeOf(shape);
      return [
        name,
        dtype === 'i32'
          ? Int32Array.from({ length: size }, () => stream.below(5))
          : normalArray(stream, size, 1),
      ];
    }),
  );
}

describe('fusedNodes', () => {
  for (const test of CASES)
    it(`leaves ${test.fused.length === 0 ? 'nothing' : test.fused.join(', ')} to a consumer: ${test.name}`, () => {
      const ops = [...fusedNodes(graphFor(test), 'cpu')].map(({ op }) => op);
      expect(ops).toEqual(test.fused);
    });
});

describe('emitSingle', () => {
  for (const flavor of ['cpu', 'portable'] as const)
    for (const test of CASES)
      it(`computes what the reference computes, ${flavor}: ${test.name}`, async () => {
        const graph = graphFor(test);
        const values = valuesFor(graph);
        const program = { name: 'case', graph, carried: [], fixed: [], sequence: [], results: [] };
        const session = await createSession(emitSingle(program, flavor), 'cpu', 1);
        const feeds = Object.fromEntries(
          Array.from(graph.inputs, ([name, { shape }]) => {
            const given = values.get(name)!;
            return [
              name,
              given instanceof Int32Array ? int32Tensor(given, shape) : floatTensor(given, shape),
            ];
          }),
        );
        const outputs = await session.run(feeds);
        await session.release();
        for (const [name, expected] of evaluateGraph(graph, values)) {
          const actual = outputs[name]!.data as Float32Array;
          expect(actual.length).toBe(expected.length);
          for (const [index, value] of expected.entries())
            expect(Math.abs(actual[index]! - value), `${name}[${index}]`).toBeLessThan(
              1e-5 * (1 + Math.abs(value)),
            );
        }
      });

  it('gives a ReLU slope of 0 or 1 down to the smallest normal number', async () => {
    const b = new GraphBuilder();
    const graph = graphOf(new Map([['slope', b.positive(b.relu(b.input('x', [6])))]]));
    const program = { name: 'slope', graph, carried: [], fixed: [], sequence: [], results: [] };
    const session = await createSession(emitSingle(program, 'cpu'), 'cpu', 1);
    const x = Float32Array.of(-3, 0, 1.2e-38, 1e-20, 1, 3e38);
    const { slope } = await session.run({ x: floatTensor(x, [6]) });
    expect(slope!.data).toEqual(Float32Array.of(0, 0, 1, 1, 1, 1));
    await session.release();
  });
});
