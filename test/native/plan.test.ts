/** What passes through plans as it must: numbers that are none, outputs that are no values of their own, sums in place. */
import { describe, expect, it } from 'vitest';
import { NativePrograms } from '../../src-main/engine/native-program.ts';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph, Node } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { accumulateProgram } from '../../src-main/model/accumulation-programs.ts';
import { gradientSumName, nextName } from '../../src-main/model/program-names.ts';
import { evaluationProgram } from '../../src-main/model/training-programs.ts';
import { planOf } from '../../src-main/native/plan.ts';
import { tinySpec, tinyState, tinyTokens } from '../engine/tiny-model.ts';
import { inputsOf } from '../graph/op-cases.ts';
import type { Inputs } from './run-native.ts';
import { distance, nativeLibrary, runNative, sameBits } from './run-native.ts';

const TOLERANCE = 3e-6;

const graphFrom = (build: (b: GraphBuilder) => Record<string, Node>): Graph =>
  graphOf(new Map(Object.entries(build(new GraphBuilder()))));

function check(graph: Graph, inputs: Inputs = inputsOf(graph, 'plan')): void {
  const expected = evaluateGraph(graph, inputs);
  for (const lanes of [4, 8])
    for (const [name, values] of runNative(graph, inputs, { lanes }))
      expect(distance(values, expected.get(name)!), `${name}, ${lanes} lanes`).toBeLessThan(TOLERANCE);
}

describe('NaN and infinity', () => {
  const strange = [NaN, Infinity, -Infinity, 1, -2, 0];

  it('pass through every operation on numbers as through the reference', () => {
    const graph = graphFrom((b) => {
      const [x, y] = [b.input('x', [6, 1]), b.input('y', [6])];
      return {
        relu: b.relu(x),
        positive: b.positive(x),
        exp: b.exp(x),
        tanh: b.tanh(x),
        sigmoid: b.sigmoid(x),
        erf: b.erf(x),
        square: b.square(x),
        negate: b.negate(x),
        add: b.add(x, y),
        subtract: b.subtract(x, y),
        multiply: b.multiply(x, y),
        divide: b.divide(x, y),
        maximum: b.maximum(x, y),
        minimum: b.minimum(x, y),
        log: b.log(x),
        sqrt: b.sqrt(x),
      };
    });
    const values = Float32Array.from(strange);
    check(
      graph,
      new Map([
        ['x', values],
        ['y', values],
      ]),
    );
  });

  it('make a row of a softmax, a largest and a sum none, at any place of the row, and leave other rows alone', () => {
    const [rows, columns] = [3, 37];
    const graph = graphFrom((b) => {
      const x = b.input('x', [rows, columns]);
      const ids = b.input('ids_below_37', [rows], 'i32');
      return {
        softmax: b.softmax(x),
        logSoftmax: b.logSoftmax(x),
        crossEntropy: b.crossEntropy(x, ids),
        sum: b.reduceSum(x, [1]),
        normal: b.layerNorm(x, b.input('gain', [columns]), b.input('bias', [columns]), 1e-5),
      };
    });
    const inputs = inputsOf(graph, 'rows');
    for (const at of [0, 1, 7, 8, 31, 32, 36]) {
      const x = inputs.get('x')!.slice();
      x[columns + at] = NaN;
      check(graph, new Map([...inputs, ['x', x]]));
    }
  });

  it('pass through products, at the edges of tiles too', () => {
    const graph = graphFrom((b) => ({
      product: b.add(b.matmul(b.input('x', [13, 9]), b.input('w', [9, 21])), b.input('bias', [21])),
    }));
    const inputs = inputsOf(graph, 'product');
    for (const value of [NaN, Infinity])
      for (const at of [0, 8, 9 * 12 + 8]) {
        const x = inputs.get('x')!.slice();
        x[at] = value;
        check(graph, new Map([...inputs, ['x', x]]));
      }
  });

  it('make the loss of a model none where a parameter is none', () => {
    const spec = tinySpec();
    const { graph } = evaluationProgram(spec);
    const { parameters } = tinyState(spec);
    const tokens = tinyTokens(spec, 1, spec.evaluationBatchSize);
    const lossWith = (name: string | null, value: number): number => {
      const inputs = new Map<string, Float32Array | Int32Array>([['tokens', tokens], ...parameters]);
      // Of the embedding the row of the first token.
      const at = name === 'wte' ? tokens[0]! * spec.architecture.width : 0;
      if (name) inputs.set(name, parameters.get(name)!.with(at, value));
      return runNative(graph, inputs).get('loss')![0]!;
    };
    expect(lossWith(null, NaN)).toBeGreaterThan(0);
    for (const name of parameters.keys()) expect(lossWith(name, NaN), name).toBeNaN();
    for (const name of ['wte', 'h.0.attn.v.w', 'h.1.mlp.up.w', 'lnf.g'])
      if (parameters.has(name)) expect(lossWith(name, Infinity), name).toBeNaN();
  });

  it('has a probability of exactly zero where a score is masked', () => {
    const graph = graphFrom((b) => {
      const x = b.input('x', [2, 5]);
      return { exp: b.exp(x), softmax: b.softmax(x) };
    });
    const x = Float32Array.of(-1e9, -104, -200, 0, 1, 3, -1e9, 2.5, -1e9 + 4, -1e9);
    for (const lanes of [4, 8]) {
      const { exp, softmax } = Object.fromEntries(runNative(graph, new Map([['x', x]]), { lanes }));
      expect([...exp!.subarray(0, 3)]).toEqual([0, 0, 0]);
      expect([1, 3, 4].map((at) => softmax![5 + at])).toEqual([0, 0, 0]);
      expect(softmax![5]! + softmax![7]!).toBeCloseTo(1, 6);
    }
  });
});

describe('outputs', () => {
  it('may be the same value twice', () =>
    check(
      graphFrom((b) => {
        const doubled = b.scale(b.input('x', [3, 4]), 2);
        const product = b.matmul(doubled, b.input('w', [4, 4]));
        return { first: doubled, second: doubled, third: product, fourth: product, fifth: product };
      }),
    ));

  it('may be an input, a constant, or a value that is read as well', () =>
    check(
      graphFrom((b) => {
        const x = b.input('x', [3, 4]);
        const own = b.exp(x);
        return {
          input: x,
          again: x,
          constant: b.constant(Float32Array.of(1, 2, 3), [3]),
          number: b.scalar(7),
          own,
          read: b.add(own, x),
        };
      }),
    ));

  it('may be views of inputs, of values and of other outputs', () =>
    check(
      graphFrom((b) => {
        const x = b.input('x', [3, 4]);
        const own = b.exp(x);
        return {
          turned: b.transpose(x, [1, 0]),
          slice: b.slice(x, 1, 1, 3),
          repeated: b.broadcast(x, [2, 3, 4]),
          flat: b.reshape(x, [12]),
          'turned value': b.transpose(own, [1, 0]),
          'slice of a value': b.slice(own, 0, 0, 2),
          'flat value': b.reshape(own, [2, 6]),
          value: own,
          'turned flat': b.reshape(b.transpose(own, [1, 0]), [12]),
          waits: b.barrier(own, [x]),
        };
      }),
    ));

  it('may be the first rows of a value that is nothing else', () =>
    check(graphFrom((b) => ({ first: b.slice(b.exp(b.input('x', [3, 4])), 0, 0, 2) }))));

  it('may be looked up by ids that are a slice, whatever its words', () =>
    check(
      graphFrom((b) => {
        const ids = b.slice(b.input('ids_below_6', [3, 5], 'i32'), 1, 1, 4);
        const flat = b.reshape(ids, [9]);
        return {
          oneHot: b.oneHot(ids, 6),
          rows: b.gather(b.input('table', [6, 2]), ids),
          sums: b.scatterAdd(flat, b.input('rows', [9, 2]), 6),
          losses: b.crossEntropy(b.input('logits', [9, 6]), flat),
        };
      }),
    ));
});

describe('sums in place', () => {
  /** Runs a program of sums with each sum and its next in one array; returns the arrays. */
  function accumulateInPlace(graph: Graph, inputs: Inputs, threads: number): Map<string, Float32Array> {
    const programs = new NativePrograms(nativeLibrary, threads, 8);
    const memory = new Map([...inputs].map(([name, values]) => [name, values.slice()]));
    memory.set('loss', new Float32Array(1));
    const sums = [...inputs.keys()].filter((name) => graph.outputs.has(nextName(name)));
    for (const name of sums) memory.set(nextName(name), memory.get(name)!);
    programs.compile(graph).bind((_, name) => memory.get(name)!)();
    programs.dispose();
    return new Map([...sums, 'loss'].map((name) => [name, memory.get(name) as Float32Array]));
  }

  it('are those of separate arrays in the accumulation of a model, over any number of threads', () => {
    for (const changes of [{}, { activation: 'relu', tiedEmbedding: false, attentionBias: false }] as const) {
      const spec = { ...tinySpec(changes), batchSize: 4, accumulationSteps: 2 };
      const { graph } = accumulateProgram(spec, 'separate');
      const numbers = new Map([...graph.inputs].filter(([name]) => name !== 'tokens'));
      const inputs = inputsOf({ ...graph, inputs: numbers }, 'sums');
      for (const [name, values] of tinyState(spec).parameters) if (inputs.has(name)) inputs.set(name, values);
      inputs.set('tokens', tinyTokens(spec, 1, 2));
      const apart = runNative(graph, inputs);
      const expected = evaluateGraph(graph, inputs);
      for (const threads of [1, 3])
        for (const [name, values] of accumulateInPlace(graph, inputs, threads)) {
          const output = name === 'loss' ? name : nextName(name);
          expect(sameBits(values, apart.get(output)!), name).toBe(true);
          expect(distance(values, expected.get(output)!), name).toBeLessThan(1e-5);
        }
    }
  });

  it('are those of separate arrays where what is added is a product, a scattering, a transpose or a sum', () => {
    const graph = graphFrom((b) => {
      const [x, y] = [b.input('x', [9, 5]), b.input('y', [9, 7])];
      const product = b.matmul(x, y, { transposeA: true });
      const added = {
        product,
        turned: b.transpose(b.matmul(y, x, { transposeA: true, alpha: 2 }), [1, 0]),
        columns: b.reshape(b.reduceSum(x, [0]), [5]),
        rows: b.reduceSum(b.exp(x), [1]),
        scattered: b.scatterAdd(b.input('ids_below_4', [9], 'i32'), y, 4),
      };
      return Object.fromEntries(
        Object.entries(added).map(([name, node]) => {
          const sum = gradientSumName(name);
          return [nextName(sum), b.add(b.input(sum, node.shape), node)];
        }),
      );
    });
    const inputs = inputsOf(graph, 'sums');
    const apart = runNative(graph, inputs);
    const sums = accumulateInPlace(graph, inputs, 3);
    sums.delete('loss');
    expect(sums.size).toBe(5);
    for (const [name, values] of sums) expect(sameBits(values, apart.get(nextName(name))!), name).toBe(true);
  });
});

describe('memory', () => {
  it('is shared by values that live one after the other', () => {
    const chain = (length: number): Graph =>
      graphFrom((b) => {
        let x = b.input('x', [64, 64]);
        for (let index = 0; index < length; index++) x = b.matmul(x, b.input(`w${index}`, [64, 64]));
        return { x };
      });
    const { arenaWords } = planOf(chain(12));
    expect(arenaWords).toBe(2 * 64 * 64);
    check(chain(4));
  });

  it('is not needed for row values that nothing but their program reads', () => {
    const graph = graphFrom((b) => {
      const x = b.input('x', [50, 8]);
      return { x: b.multiply(b.softmax(b.tanh(x)), b.sigmoid(x)) };
    });
    expect(planOf(graph).arenaWords).toBe(0);
    check(graph);
  });
});
