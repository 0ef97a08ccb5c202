/**
 * Every op lowered to ONNX (every flavour, on the CPU provider) against the reference kernels.
 *
 * Tolerance 3e-6 relative to the largest value: float32 rounding of sums of some dozen terms, and of the
 * runtime's polynomial exp, erf and tanh.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { RuntimeTensor } from '../../src-main/engine/onnxruntime-runtime.ts';
import {
  createSession,
  floatTensor,
  int32Tensor,
  int64Scalar,
} from '../../src-main/engine/onnxruntime-runtime.ts';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph, Node, OpName } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import type { Program } from '../../src-main/graph/program.ts';
import { emitLoop, emitSingle, ITERATIONS } from '../../src-main/onnx/emit-program.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';
import { relativeError } from '../engine/tiny-model.ts';

const TOLERANCE = 3e-6;
const sessions: { release(): Promise<void> }[] = [];
afterAll(async () => {
  for (const session of sessions) await session.release();
});

type Build = (b: GraphBuilder) => Node;
const x = (b: GraphBuilder, ...shape: number[]): Node => b.input(`x${shape.join('x')}`, shape);
const y = (b: GraphBuilder, ...shape: number[]): Node => b.input(`y${shape.join('x')}`, shape);
const ids = (b: GraphBuilder, bound: number, ...shape: number[]): Node =>
  b.input(`ids_below_${bound}`, shape, 'i32');
const unary = (f: (b: GraphBuilder, x: Node) => Node): Build[] => [(b) => f(b, x(b, 3, 5))];
const positive = (f: (b: GraphBuilder, x: Node) => Node): Build[] => [
  (b) => f(b, b.add(b.square(x(b, 3, 5)), b.scalar(0.1))),
];
const binary = (f: (b: GraphBuilder, x: Node, y: Node) => Node): Build[] => [
  (b) => f(b, x(b, 2, 3, 4), y(b, 4)),
  (b) => f(b, x(b, 3, 1), y(b, 2, 1, 4)),
];
const flags = [false, true];

const CASES: { readonly [K in OpName]: readonly Build[] } = {
  input: [(b) => b.add(x(b, 3), b.scalar(0))],
  constant: [(b) => b.add(x(b, 2, 2), b.constant(Float32Array.of(1, 2, 3, 4), [2, 2]))],
  negate: unary((b, v) => b.negate(v)),
  exp: unary((b, v) => b.exp(v)),
  log: positive((b, v) => b.log(v)),
  sqrt: positive((b, v) => b.sqrt(v)),
  square: [...unary((b, v) => b.square(v)), (b) => b.add(b.sumAll(b.square(x(b, 4))), b.square(x(b, 4)))],
  erf: unary((b, v) => b.erf(v)),
  tanh: unary((b, v) => b.tanh(v)),
  sigmoid: unary((b, v) => b.sigmoid(v)),
  relu: unary((b, v) => b.relu(v)),
  positive: [...unary((b, v) => b.positive(v)), ...unary((b, v) => b.positive(b.relu(v)))],
  scaledGelu: unary((b, v) => b.scaledGelu(v)),
  add: binary((b, v, w) => b.add(v, w)),
  subtract: binary((b, v, w) => b.subtract(v, w)),
  multiply: binary((b, v, w) => b.multiply(v, w)),
  divide: binary((b, v, w) => b.divide(v, b.add(b.square(w), b.scalar(0.5)))),
  minimum: binary((b, v, w) => b.minimum(v, w)),
  maximum: binary((b, v, w) => b.maximum(v, w)),
  matmul: flags.flatMap((transposeA) =>
    flags.flatMap((transposeB): Build[] => {
      const options = { transposeA, transposeB, alpha: 0.3 };
      const a = transposeA ? [4, 3] : [3, 4];
      const c = transposeB ? [5, 4] : [4, 5];
      return [
        (b) => b.matmul(x(b, ...a), y(b, ...c), options),
        (b) => b.matmul(x(b, ...a), y(b, ...c), { transposeA, transposeB }),
        (b) => b.matmul(x(b, 2, 3, ...a), y(b, 2, 3, ...c), options),
      ];
    }),
  ),
  transpose: [(b) => b.transpose(x(b, 2, 3, 4), [2, 0, 1])],
  reshape: [(b) => b.reshape(b.exp(x(b, 2, 6)), [3, 4])],
  slice: [
    (b) => b.slice(x(b, 2, 5), 1, 1, 4),
    (b) => b.oneHot(b.slice(ids(b, 6, 2, 5), 1, 1, 4), 6), // of ids
  ],
  concat: [
    (b) => b.concat([x(b, 2, 3, 2), y(b, 2, 1, 2), x(b, 2, 2, 2)], 1),
    (b) =>
      b.concat(
        Array.from({ length: 67 }, (_, index) => b.scale(x(b, 3), index)),
        0,
      ), // more than a shader binds
  ],
  broadcast: [(b) => b.broadcast(x(b, 3, 1), [2, 3, 4])],
  reduceSum: [(b) => b.reduceSum(x(b, 2, 3, 4), [0, 2]), (b) => b.sumAll(b.square(x(b, 3, 4)))],
  softmax: unary((b, v) => b.softmax(v)),
  logSoftmax: unary((b, v) => b.logSoftmax(v)),
  layerNorm: [(b) => b.layerNorm(x(b, 3, 8), y(b, 8), b.exp(y(b, 8)), 1e-5)],
  layerNormMean: [
    (b) => b.node('layerNormMean', [x(b, 3, 8)], { epsilon: 1e-5 }),
    (b) =>
      b.add(
        b.layerNorm(x(b, 3, 8), y(b, 8), y(b, 8), 1e-5),
        b.node('layerNormMean', [x(b, 3, 8)], { epsilon: 1e-5 }),
      ),
  ],
  layerNormInverseDeviation: [
    (b) => b.node('layerNormInverseDeviation', [x(b, 3, 8)], { epsilon: 1e-3 }),
    (b) =>
      b.multiply(
        b.layerNorm(x(b, 3, 8), y(b, 8), y(b, 8), 1e-3),
        b.node('layerNormInverseDeviation', [x(b, 3, 8)], { epsilon: 1e-3 }),
      ),
  ],
  gather: [(b) => b.gather(x(b, 5, 3), ids(b, 5, 2, 4))],
  scatterAdd: [
    (b) => b.scatterAdd(ids(b, 4, 6), x(b, 6, 3), 4),
    (b) => b.scatterAdd(ids(b, 2000, 6), x(b, 6, 3), 2000), // beyond the one-hot product
  ],
  oneHot: [(b) => b.oneHot(ids(b, 6, 2, 3), 6)],
  crossEntropy: [(b) => b.crossEntropy(x(b, 4, 6), ids(b, 6, 4))],
};

function inputsOf(graph: Graph, seed: string): Map<string, Float32Array | Int32Array> {
  return new Map(
    [...graph.inputs].map(([name, node]) => {
      const stream = randomStream(7, seed, name);
      const length = sizeOf(node.shape);
      const bound = Number(/ids_below_(\d+)/.exec(name)?.[1]);
      return [
        name,
        node.dtype === 'i32'
          ? Int32Array.from({ length }, () => stream.below(bound))
          : Float32Array.from({ length }, () => stream.normal()),
      ];
    }),
  );
}

const tensorOf = (values: Float32Array | Int32Array, shape: readonly number[]): RuntimeTensor =>
  values instanceof Float32Array ? floatTensor(values, shape) : int32Tensor(values, shape);

function programOf(graph: Graph): Program {
  return {
    name: 'op',
    graph,
    carried: [],
    fixed: [],
    sequence: [...graph.inputs.keys()],
    results: ['result'],
  };
}

describe('opRules', () => {
  for (const [op, builds] of Object.entries(CASES))
    for (const flavor of ['cpu', 'portable', 'cuda'] as const)
      it(`${op} lowered for ${flavor} gives what the reference gives`, async () => {
        for (const [index, build] of builds.entries()) {
          const b = new GraphBuilder();
          const graph = graphOf(new Map([['result', build(b)]]));
          const inputs = inputsOf(graph, `${op}${index}`);
          const session = await createSession(emitSingle(programOf(graph), flavor), 'cpu', 1);
          sessions.push(session);
          const feeds = Object.fromEntries(
            [...graph.inputs].map(([name, node]) => [name, tensorOf(inputs.get(name)!, node.shape)]),
          );
          const outputs = await session.run(feeds);
          const expected = evaluateGraph(graph, inputs).get('result')!;
          expect(outputs.result!.dims).toEqual([...graph.outputs.get('result')!.shape]);
          expect(relativeError(outputs.result!.data as Float32Array, expected)).toBeLessThan(TOLERANCE);
        }
      });
});

describe('emitLoop', () => {
  it('runs the body once per iteration, carries the state and stacks the results', async () => {
    const b = new GraphBuilder();
    const state = b.input('state', [2]);
    const step = b.input('step', [2]);
    const gain = b.input('gain', []);
    const next = b.add(b.multiply(state, gain), step);
    const program: Program = {
      name: 'recurrence',
      graph: graphOf(
        new Map([
          ['next', next],
          ['sum', b.sumAll(next)],
        ]),
      ),
      carried: [{ input: 'state', output: 'next' }],
      fixed: ['gain'],
      sequence: ['step'],
      results: ['sum'],
    };
    for (const flavor of ['cpu', 'portable', 'cuda'] as const) {
      const session = await createSession(emitLoop(program, flavor), 'cpu', 1);
      sessions.push(session);
      const outputs = await session.run({
        [ITERATIONS]: int64Scalar(3),
        state: floatTensor(Float32Array.of(1, 2), [2]),
        gain: floatTensor(Float32Array.of(10), []),
        step: floatTensor(Float32Array.of(1, 1, 2, 2, 3, 3), [3, 2]),
      });
      expect([...(outputs.next!.data as Float32Array)]).toEqual([1123, 2123]);
      expect([...(outputs.sum!.data as Float32Array)]).toEqual([32, 324, 3246]);
    }
  });

  it('gives an output that is an input, or has two names, its own value', async () => {
    const b = new GraphBuilder();
    const value = b.input('value', [2]);
    const doubled = b.scale(value, 2);
    const program: Program = {
      name: 'aliases',
      graph: graphOf(
        new Map([
          ['same', value],
          ['a', doubled],
          ['b', doubled],
        ]),
      ),
      carried: [],
      fixed: ['value'],
      sequence: [],
      results: ['same', 'a', 'b'],
    };
    const session = await createSession(emitSingle(program, 'cpu'), 'cpu', 1);
    sessions.push(session);
    const outputs = await session.run({ value: floatTensor(Float32Array.of(1, 2), [2]) });
    expect([...(outputs.same!.data as Float32Array)]).toEqual([1, 2]);
    expect([...(outputs.a!.data as Float32Array)]).toEqual([2, 4]);
    expect([...(outputs.b!.data as Float32Array)]).toEqual([2, 4]);
  });
});
