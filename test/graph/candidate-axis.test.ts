/**
 * Programs with a candidate axis against the same program run for each candidate alone, both in float64. What differs
 * is the order of a few sums, so 1e-12 relative to the largest value is generous.
 */
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { withCandidateAxis } from '../../src-main/graph/candidate-axis.ts';
import type { Node, OpName } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import type { Program } from '../../src-main/graph/program.ts';
import { accumulateProgram, updateProgram } from '../../src-main/model/accumulation-programs.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { evaluationProgram, scoringProgram, stepProgram } from '../../src-main/model/training-programs.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';
import { relativeError, tinySpec } from '../engine/tiny-model.ts';

const COUNT = 3;
const TOLERANCE = 1e-12;

type Values = Map<string, Float64Array>;

/** Random inputs: state [COUNT, ...], shared values as they are; moments and scalars are positive. */
function inputsOf({ graph, sequence }: Program, vocabulary: number): Values {
  return new Map(
    [...graph.inputs].map(([name, node]) => {
      const stream = randomStream(3, 'axis', name);
      const shared = sequence.includes(name);
      const length = sizeOf(node.shape) * (shared ? 1 : COUNT);
      if (node.dtype === 'i32') return [name, Float64Array.from({ length }, () => stream.below(vocabulary))];
      const positive = name.startsWith('adam.v') || shared;
      return [
        name,
        Float64Array.from({ length }, () =>
          positive ? 0.5 + Math.abs(stream.normal()) : 0.3 * stream.normal(),
        ),
      ];
    }),
  );
}

function compare(program: Program, vocabulary: number): void {
  const together = withCandidateAxis(program, COUNT);
  const inputs = inputsOf(program, vocabulary);
  for (const [name, node] of together.graph.inputs)
    expect(node.shape).toEqual(
      program.sequence.includes(name)
        ? program.graph.inputs.get(name)!.shape
        : [COUNT, ...program.graph.inputs.get(name)!.shape],
    );
  const results = evaluateGraph(together.graph, inputs);
  for (let candidate = 0; candidate < COUNT; candidate++) {
    const own = new Map(
      [...inputs].map(([name, values]) => {
        if (program.sequence.includes(name)) return [name, values] as const;
        const size = values.length / COUNT;
        return [name, values.slice(candidate * size, (candidate + 1) * size)] as const;
      }),
    );
    for (const [name, expected] of evaluateGraph(program.graph, own)) {
      const size = expected.length;
      const actual = results.get(name)!.slice(candidate * size, (candidate + 1) * size);
      expect(relativeError(actual, expected), `${name} of candidate ${candidate}`).toBeLessThan(TOLERANCE);
    }
  }
}

type Build = (
  b: GraphBuilder,
  state: (...shape: number[]) => Node,
  shared: (...shape: number[]) => Node,
  ids: (...shape: number[]) => Node,
) => Node;
const unary = (op: (b: GraphBuilder, x: Node) => Node): Build[] => [(b, x) => op(b, x(2, 3))];
const positive = (op: (b: GraphBuilder, x: Node) => Node): Build[] => [
  (b, x) => op(b, b.add(b.square(x(2, 3)), b.scalar(0.1))),
];
/** Own with own, own with shared both ways round, and ranks that differ. */
const binary = (op: (b: GraphBuilder, x: Node, y: Node) => Node): Build[] => [
  (b, x) => op(b, x(2, 3), x(3)),
  (b, x, y) => op(b, x(3), y(2, 1)),
  (b, x, y) => op(b, y(3), x(4, 2, 1)),
];

/** ids are below 5. */
const CASES: { readonly [K in OpName]: readonly Build[] } = {
  input: [(_b, x) => x(2), (_b, _x, y) => y(2)],
  constant: [(b, x) => b.add(x(2), b.constant(Float32Array.of(1, 2), [2])), (b) => b.scalar(4)],
  barrier: [(b, x, y) => b.barrier(x(2, 3), [x(4), y(5)]), (b, x, y) => b.barrier(y(2, 3), [x(4)])],
  negate: unary((b, x) => b.negate(x)),
  exp: unary((b, x) => b.exp(x)),
  log: positive((b, x) => b.log(x)),
  sqrt: positive((b, x) => b.sqrt(x)),
  square: unary((b, x) => b.square(x)),
  erf: unary((b, x) => b.erf(x)),
  tanh: unary((b, x) => b.tanh(x)),
  sigmoid: unary((b, x) => b.sigmoid(x)),
  relu: unary((b, x) => b.relu(x)),
  positive: unary((b, x) => b.positive(x)),
  scaledGelu: unary((b, x) => b.scaledGelu(x)),
  add: binary((b, x, y) => b.add(x, y)),
  subtract: binary((b, x, y) => b.subtract(x, y)),
  multiply: binary((b, x, y) => b.multiply(x, y)),
  divide: binary((b, x, y) => b.divide(x, b.add(b.square(y), b.scalar(1)))),
  minimum: binary((b, x, y) => b.minimum(x, y)),
  maximum: binary((b, x, y) => b.maximum(x, y)),
  matmul: [
    (b, x) => b.matmul(x(4, 3), x(4, 2), { transposeA: true, alpha: 0.3 }),
    (b, x, y) => b.matmul(y(3, 4), x(2, 4), { transposeB: true }),
    (b, x, y) => b.matmul(x(3, 4), y(2, 1, 4, 5)),
    (b, x) => b.matmul(x(2, 3, 4), x(4, 5)),
  ],
  transpose: [(b, x) => b.transpose(x(2, 3, 4), [2, 0, 1])],
  reshape: [(b, x) => b.reshape(b.exp(x(2, 6)), [3, 4]), (b, x) => b.reshape(x(1), [])],
  slice: [(b, x) => b.slice(x(2, 5), 1, 1, 4)],
  concat: [(b, x, y) => b.concat([x(2, 3), y(1, 3), x(4, 3)], 0)],
  broadcast: [(b, x) => b.broadcast(x(3, 1), [2, 3, 4])],
  reduceSum: [(b, x) => b.reduceSum(x(2, 3, 4), [0, 2]), (b, x) => b.sumAll(x(2, 3))],
  softmax: unary((b, x) => b.softmax(x)),
  logSoftmax: unary((b, x) => b.logSoftmax(x)),
  layerNorm: [
    (b, x) => b.layerNorm(x(2, 3, 4), x(4), b.exp(x(4)), 1e-5),
    (b, x, y) => b.layerNorm(y(3, 4), x(4), y(4), 1e-5),
  ],
  layerNormMean: [(b, x) => b.node('layerNormMean', [x(3, 4)], { epsilon: 1e-5 })],
  layerNormInverseDeviation: [(b, x) => b.node('layerNormInverseDeviation', [x(3, 4)], { epsilon: 1e-5 })],
  gather: [(b, x, _y, ids) => b.gather(x(5, 3), ids(2, 4)), (b, _x, y, ids) => b.gather(y(5, 3), ids(2))],
  scatterAdd: [(b, x, _y, ids) => b.scatterAdd(ids(6), x(6, 3), 5)],
  oneHot: [(b, x, _y, ids) => b.multiply(x(4, 5), b.oneHot(ids(4), 5))],
  crossEntropy: [(b, x, _y, ids) => b.crossEntropy(x(4, 5), ids(4))],
};

describe('withCandidateAxis', () => {
  for (const [op, builds] of Object.entries(CASES))
    it(`gives every candidate its own ${op}`, () => {
      for (const build of builds) {
        const b = new GraphBuilder();
        const sequence: string[] = [];
        const feed =
          (kind: string, dtype: 'f32' | 'i32') =>
          (...shape: number[]): Node => {
            const name = `${kind}${shape.join('x')}`;
            if (kind !== 'state') sequence.push(name);
            return b.input(name, shape, dtype);
          };
        const result = build(b, feed('state', 'f32'), feed('shared', 'f32'), feed('ids', 'i32'));
        const graph = graphOf(new Map([['result', result]]));
        const fixed = [...graph.inputs.keys()].filter((name) => !sequence.includes(name));
        compare({ name: op, graph, carried: [], fixed, sequence, results: ['result'] }, 5);
      }
    });

  const SPECS = [
    tinySpec(),
    tinySpec({ activation: 'relu', tiedEmbedding: false, attentionBias: false }),
    tinySpec({ layers: 0 }),
    { ...tinySpec({ layers: 1 }), groups: [['h.0.attn.q.w', 'wte'], ['lnf.g']] },
  ];
  for (const [name, make] of Object.entries({
    stepProgram,
    packedStepProgram: (spec: TrainingSpec) => stepProgram(spec, 'packed'),
    accumulateProgram: (spec: TrainingSpec) => accumulateProgram({ ...spec, accumulationSteps: 3 }, 'packed'),
    updateProgram: (spec: TrainingSpec) => updateProgram(spec, 'packed'),
    evaluationProgram,
    scoringProgram,
  }))
    it(`gives every candidate its own ${name}`, () => {
      for (const spec of SPECS) compare(make(spec), spec.architecture.vocabulary);
    });

  it('refuses ids that differ between candidates', () => {
    const b = new GraphBuilder();
    const result = b.gather(b.input('table', [5, 3]), b.input('own', [2], 'i32'));
    const program: Program = {
      name: 'own ids',
      graph: graphOf(new Map([['result', result]])),
      carried: [],
      fixed: ['table', 'own'],
      sequence: [],
      results: ['result'],
    };
    expect(() => withCandidateAxis(program, 2)).toThrow('ids that differ between candidates');
  });
});
