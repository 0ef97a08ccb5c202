/**
 * Every gradient rule against central differences of the reference kernels, in float64.
 *
 * Tolerance 2e-6 relative to the largest entry: central differences with h = 1e-5 are good to about 1e-9, and
 * factors such as 1/width are float32 constants in the graph (6e-8 each).
 */
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { gradients } from '../../src-main/graph/autodiff.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Node, OpName } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';

const TOLERANCE = 2e-6;
const H = 1e-5;

type Build = (
  b: GraphBuilder,
  variable: (shape: number[], kind?: 'positive' | 'spread') => Node,
  ids: (shape: number[], bound: number) => Node,
) => Node;

interface Case {
  name: string;
  build: Build;
}

const one = (f: (b: GraphBuilder, x: Node) => Node, kind?: 'positive' | 'spread'): Case[] => [
  { name: '[3,4]', build: (b, variable) => f(b, variable([3, 4], kind)) },
];
const two = (
  f: (b: GraphBuilder, x: Node, y: Node) => Node,
  kind: 'positive' | 'spread' = 'spread',
): Case[] => [
  { name: '[2,3]·[2,3]', build: (b, v) => f(b, v([2, 3], kind), v([2, 3], kind)) },
  { name: '[2,3,4]·[4]', build: (b, v) => f(b, v([2, 3, 4], kind), v([4], kind)) },
  { name: '[3,1]·[2,1,4]', build: (b, v) => f(b, v([3, 1], kind), v([2, 1, 4], kind)) },
  { name: '[]·[2,2]', build: (b, v) => f(b, v([], kind), v([2, 2], kind)) },
];
const EPSILON = 1e-3;

/** At least one case for every op that has a gradient; ops without one are listed with none. */
const CASES: { readonly [K in OpName]: readonly Case[] } = {
  input: [{ name: 'itself', build: (_b, v) => v([3]) }],
  constant: [],
  negate: one((b, x) => b.negate(x)),
  exp: one((b, x) => b.exp(x)),
  log: one((b, x) => b.log(x), 'positive'),
  sqrt: one((b, x) => b.sqrt(x), 'positive'),
  square: one((b, x) => b.square(x)),
  erf: one((b, x) => b.erf(x)),
  tanh: one((b, x) => b.tanh(x)),
  sigmoid: one((b, x) => b.sigmoid(x)),
  relu: one((b, x) => b.relu(x), 'spread'),
  positive: [],
  scaledGelu: one((b, x) => b.scaledGelu(x)),
  barrier: one((b, x) => b.multiply(b.barrier(b.exp(x), [b.square(x)]), x)),
  add: two((b, x, y) => b.add(x, y)),
  subtract: two((b, x, y) => b.subtract(x, y)),
  multiply: two((b, x, y) => b.multiply(x, y)),
  divide: two((b, x, y) => b.divide(x, y), 'positive'),
  minimum: two((b, x, y) => b.minimum(x, y)),
  maximum: two((b, x, y) => b.maximum(x, y)),
  matmul: [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB): Case[] => {
      const a = transposeA ? [4, 3] : [3, 4];
      const c = transposeB ? [2, 4] : [4, 2];
      const options = { transposeA, transposeB, alpha: 0.5 };
      const flags = `A${transposeA ? 'ᵀ' : ''}·B${transposeB ? 'ᵀ' : ''}`;
      return [
        { name: flags, build: (b, v) => b.matmul(v(a), v(c), options) },
        { name: `batched ${flags}`, build: (b, v) => b.matmul(v([2, 3, ...a]), v([2, 3, ...c]), options) },
        { name: `broadcast ${flags}`, build: (b, v) => b.matmul(v([2, 1, ...a]), v([3, ...c]), options) },
      ];
    }),
  ),
  transpose: [{ name: '[2,3,4] by [2,0,1]', build: (b, v) => b.transpose(v([2, 3, 4]), [2, 0, 1]) }],
  reshape: [{ name: '[2,6] to [3,4]', build: (b, v) => b.reshape(v([2, 6]), [3, 4]) }],
  slice: [
    { name: 'first axis', build: (b, v) => b.slice(v([5, 3]), 0, 1, 3) },
    { name: 'middle axis', build: (b, v) => b.slice(v([2, 4, 3]), 1, 2, 4) },
    { name: 'last axis', build: (b, v) => b.slice(v([2, 5]), 1, 0, 4) },
    { name: 'only axis', build: (b, v) => b.slice(v([5]), 0, 1, 4) },
  ],
  concat: [
    { name: 'first axis', build: (b, v) => b.concat([v([2, 3]), v([1, 3]), v([4, 3])], 0) },
    { name: 'last axis', build: (b, v) => b.concat([v([2, 3]), v([2, 1])], 1) },
  ],
  broadcast: [{ name: '[3,1] to [2,3,4]', build: (b, v) => b.broadcast(v([3, 1]), [2, 3, 4]) }],
  reduceSum: [
    { name: 'one axis', build: (b, v) => b.reduceSum(v([2, 3, 4]), [1]) },
    { name: 'two axes', build: (b, v) => b.reduceSum(v([2, 3, 4]), [0, 2]) },
  ],
  softmax: one((b, x) => b.softmax(x)),
  logSoftmax: one((b, x) => b.logSoftmax(x)),
  layerNorm: [
    { name: '[3,5]', build: (b, v) => b.layerNorm(v([3, 5]), v([5]), v([5]), EPSILON) },
    { name: '[2,2,4]', build: (b, v) => b.layerNorm(v([2, 2, 4]), v([4]), v([4]), EPSILON) },
  ],
  layerNormMean: one((b, x) => b.node('layerNormMean', [x], { epsilon: EPSILON })),
  layerNormInverseDeviation: one((b, x) => b.node('layerNormInverseDeviation', [x], { epsilon: EPSILON })),
  gather: [{ name: 'repeated ids', build: (b, v, ids) => b.gather(v([5, 3]), ids([2, 4], 5)) }],
  scatterAdd: [{ name: 'repeated ids', build: (b, v, ids) => b.scatterAdd(ids([6], 4), v([6, 3]), 4) }],
  oneHot: [],
  crossEntropy: [{ name: '[4,6]', build: (b, v, ids) => b.crossEntropy(v([4, 6]), ids([4], 6)) }],
};

/** Largest error of the gradients of Σ weight ⊙ f(variables), relative to the largest difference quotient. */
function worstGradientError(build: Build, seed: string): number {
  const stream = randomStream(1, seed);
  const b = new GraphBuilder();
  const variables: Node[] = [];
  const values = new Map<string, Float64Array>();
  const variable = (shape: number[], kind?: 'positive' | 'spread'): Node => {
    const name = `x${variables.length}`;
    const node = b.input(name, shape);
    variables.push(node);
    // 'spread' keeps away from the kinks of relu, minimum and maximum; 'positive' from poles.
    const draw = (index: number): number => {
      const value = stream.normal();
      if (kind === 'positive') return 0.5 + Math.abs(value);
      if (kind === 'spread')
        return value + (value > 0 ? 0.1 : -0.1) + 0.013 * index + 0.001 * variables.length;
      return value;
    };
    values.set(
      name,
      Float64Array.from({ length: sizeOf(shape) }, (_, index) => draw(index)),
    );
    return node;
  };
  const ids = (shape: number[], bound: number): Node => {
    values.set(
      'ids',
      Float64Array.from({ length: sizeOf(shape) }, () => stream.below(bound)),
    );
    return b.input('ids', shape, 'i32');
  };
  const result = build(b, variable, ids);
  const weight = b.input('weight', result.shape);
  values.set(
    'weight',
    Float64Array.from({ length: sizeOf(result.shape) }, () => stream.normal()),
  );
  const loss = b.sumAll(b.multiply(result, weight));
  const derivatives = gradients(b, loss, variables);
  const graph = graphOf(
    new Map([['loss', loss], ...derivatives.map((node, index): [string, Node] => [`d${index}`, node])]),
  );
  const outputs = evaluateGraph(graph, values);
  let worst = 0;
  for (let index = 0; index < variables.length; index++) {
    const own = values.get(`x${index}`)!;
    const analytic = outputs.get(`d${index}`)!;
    const numeric = own.map((value, element) => {
      const at = (x: number): number => {
        const moved = own.slice();
        moved[element] = x;
        return evaluateGraph(graph, new Map(values).set(`x${index}`, moved)).get('loss')![0]!;
      };
      return (at(value + H) - at(value - H)) / (2 * H);
    });
    const scale = Math.max(1e-3, ...numeric.map(Math.abs));
    for (let element = 0; element < own.length; element++)
      worst = Math.max(worst, Math.abs(analytic[element]! - numeric[element]!) / scale);
  }
  return worst;
}

describe('gradientRules', () => {
  for (const [op, cases] of Object.entries(CASES))
    for (const { name, build } of cases)
      it(`${op} ${name} agrees with central differences`, () => {
        expect(worstGradientError(build, `${op} ${name}`)).toBeLessThan(TOLERANCE);
      });

  it('send nothing through positive and oneHot', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [3]);
    expect(() => gradients(b, b.sumAll(b.positive(x)), [x])).toThrow('does not depend on x');
  });
});

describe('gradients', () => {
  it('add up over every use of a variable', () => {
    expect(
      worstGradientError((b, v) => {
        const x = v([3, 3]);
        return b.add(b.matmul(x, b.exp(x)), b.multiply(x, b.softmax(x)));
      }, 'shared'),
    ).toBeLessThan(TOLERANCE);
  });

  it('are the same, to the last bit, with segments computed again', () => {
    const b = new GraphBuilder();
    const [x, w] = [b.input('x', [3, 3]), b.input('w', [3, 3])];
    const inner = b.tanh(b.matmul(x, w));
    const middle = b.add(x, b.multiply(b.exp(inner), inner));
    const loss = b.sumAll(b.softmax(b.matmul(b.add(middle, b.square(middle)), w)));
    const segments = [
      { input: x, output: middle },
      { input: middle, output: b.add(middle, b.square(middle)) },
    ];
    const outputs = new Map<string, Node>();
    for (const [name, recomputed] of [
      ['kept', []],
      ['again', segments],
    ] as const)
      for (const [index, node] of gradients(b, loss, [x, w], recomputed).entries())
        outputs.set(`${name} ${index}`, node);
    const count = (name: string): number => {
      const own = [...outputs].filter(([output]) => output.startsWith(name));
      return graphOf(new Map(own)).nodes.filter(({ op }) => op === 'tanh').length;
    };
    expect([count('kept'), count('again')]).toEqual([1, 2]);
    const stream = randomStream(1, 'segments');
    const values = (): Float64Array => Float64Array.from({ length: 9 }, () => stream.normal());
    const results = evaluateGraph(
      graphOf(outputs),
      new Map([
        ['x', values()],
        ['w', values()],
      ]),
    );
    for (const index of [0, 1]) expect(results.get(`again ${index}`)).toEqual(results.get(`kept ${index}`));
  });

  it('refuse a loss that is not a scalar', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [3]);
    expect(() => gradients(b, x, [x])).toThrow('must be a scalar, is f32[3]');
  });

  it('refuse a variable the loss does not depend on', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', []), b.input('y', [])];
    expect(() => gradients(b, x, [y])).toThrow('does not depend on y');
  });
});
