/**
 * Hessian-vector products against central differences of gradients in float64, op by op and for whole models, and
 * against the full Hessian of a tiny model. Differences with h = 3e-6 are good to about 1e-6 for a model of two layers, better for one op; factors such as
 * 1/width are float32 constants of the graph (6e-8 each).
 */
import { describe, expect, it } from 'vitest';
import { onnxRuntimeProgramRunner } from '../../src-main/engine/onnxruntime-program-runner.ts';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { referenceProgramRunner } from '../../src-main/engine/reference-program-runner.ts';
import { gradients } from '../../src-main/graph/autodiff.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { hessianVectorProducts } from '../../src-main/graph/hessian-vector.ts';
import type { Node, OpName } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { directionName, hessianVectorProgram, productName } from '../../src-main/model/landscape-programs.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { gradientName } from '../../src-main/model/program-names.ts';
import { gradientProgram } from '../../src-main/model/training-programs.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';
import { tinySpec, tinyState, tinyTokens } from '../engine/tiny-model.ts';

const H = 3e-6;
const TOLERANCE = 2e-6;

type Build = (
  b: GraphBuilder,
  x: (shape: number[]) => Node,
  ids: (shape: number[], bound: number) => Node,
) => Node;
const EPSILON = 1e-3;
/** A positive variable, for log, root and quotient. */
const above = (b: GraphBuilder, x: Node): Node => b.add(b.square(x), b.scalar(0.5));

const CASES: { readonly [K in OpName]: Build | null } = {
  input: (_b, x) => x([3]),
  constant: null,
  negate: (b, x) => b.negate(x([3])),
  exp: (b, x) => b.exp(x([3])),
  log: (b, x) => b.log(above(b, x([3]))),
  sqrt: (b, x) => b.sqrt(above(b, x([3]))),
  square: (b, x) => b.square(x([3])),
  erf: (b, x) => b.erf(x([3])),
  tanh: (b, x) => b.tanh(x([3])),
  sigmoid: (b, x) => b.sigmoid(x([3])),
  relu: (b, x) => b.square(b.relu(x([6]))),
  positive: null,
  scaledGelu: (b, x) => b.scaledGelu(x([4])),
  barrier: (b, x) => b.square(b.barrier(b.exp(x([3])), [b.constant(Float32Array.of(1, 2), [2])])),
  add: (b, x) => b.square(b.add(x([2, 3]), x([3]))),
  subtract: (b, x) => b.square(b.subtract(x([2, 3]), x([3]))),
  multiply: (b, x) => b.multiply(x([2, 3]), x([3])),
  divide: (b, x) => b.divide(x([2, 3]), above(b, x([3]))),
  minimum: (b, x) => b.square(b.minimum(x([2, 3]), x([3]))),
  maximum: (b, x) => b.square(b.maximum(x([2, 3]), x([3]))),
  matmul: (b, x) =>
    b.matmul(x([2, 1, 4, 3]), x([3, 2, 4]), { transposeA: true, transposeB: true, alpha: 0.5 }),
  transpose: (b, x) => b.square(b.transpose(x([2, 3, 2]), [2, 0, 1])),
  reshape: (b, x) => b.square(b.reshape(x([2, 3]), [6])),
  slice: (b, x) => b.square(b.slice(x([4, 3]), 0, 1, 3)),
  concat: (b, x) => b.square(b.concat([x([2, 3]), x([1, 3])], 0)),
  broadcast: (b, x) => b.square(b.broadcast(x([3, 1]), [2, 3, 2])),
  reduceSum: (b, x) => b.square(b.reduceSum(x([2, 3, 2]), [1])),
  softmax: (b, x) => b.softmax(x([2, 4])),
  logSoftmax: (b, x) => b.logSoftmax(x([2, 4])),
  layerNorm: (b, x) => b.layerNorm(x([3, 5]), x([5]), x([5]), EPSILON),
  layerNormMean: (b, x) => b.square(b.node('layerNormMean', [x([3, 4])], { epsilon: EPSILON })),
  layerNormInverseDeviation: (b, x) => b.node('layerNormInverseDeviation', [x([3, 4])], { epsilon: EPSILON }),
  gather: (b, x, ids) => b.square(b.gather(x([4, 3]), ids([5], 4))),
  scatterAdd: (b, x, ids) => b.square(b.scatterAdd(ids([5], 4), x([5, 3]), 4)),
  oneHot: null,
  crossEntropy: (b, x, ids) => b.crossEntropy(x([4, 5]), ids([4], 5)),
};

/** Largest error of H·v of Σ weight ⊙ f(x), relative to the largest difference quotient of the gradient. */
function worstProductError(build: Build, name: string): number {
  const stream = randomStream(1, 'second', name);
  const b = new GraphBuilder();
  const values = new Map<string, Float64Array>();
  const variables: Node[] = [];
  const draw = (input: string, size: number, of: () => number): void => {
    values.set(input, Float64Array.from({ length: size }, of));
  };
  const x = (shape: number[]): Node => {
    const input = `x${variables.length}`;
    // Away from the kinks of relu, minimum and maximum.
    let index = 0;
    draw(input, sizeOf(shape), () => {
      const value = stream.normal();
      return value + (value > 0 ? 0.1 : -0.1) + 0.011 * index++ + 0.003 * variables.length;
    });
    variables.push(b.input(input, shape));
    return variables.at(-1)!;
  };
  const ids = (shape: number[], bound: number): Node => {
    draw('ids', sizeOf(shape), () => stream.below(bound));
    return b.input('ids', shape, 'i32');
  };
  const result = build(b, x, ids);
  draw('weight', sizeOf(result.shape), () => stream.normal());
  const loss = b.sumAll(b.multiply(result, b.input('weight', result.shape)));
  const directions = variables.map(({ shape }, index) => {
    draw(`v${index}`, sizeOf(shape), () => stream.normal());
    return b.input(`v${index}`, shape);
  });
  const outputs = (prefix: string, nodes: readonly Node[]) =>
    nodes.map((node, index): [string, Node] => [`${prefix}${index}`, node]);
  const products = graphOf(new Map(outputs('hv', hessianVectorProducts(b, loss, variables, directions))));
  const slopes = graphOf(new Map(outputs('g', gradients(b, loss, variables))));
  const at = (h: number): Map<string, Float64Array> =>
    evaluateGraph(
      slopes,
      new Map(
        [...values].map(([input, own]) => {
          const v = values.get(input.replace('x', 'v'));
          return [input, input.startsWith('x') ? own.map((value, index) => value + h * v![index]!) : own];
        }),
      ),
    );
  const [ahead, behind, exact] = [at(H), at(-H), evaluateGraph(products, values)];
  let [worst, scale] = [0, 1e-3];
  for (let index = 0; index < variables.length; index++)
    for (const [element, value] of exact.get(`hv${index}`)!.entries()) {
      const quotient = (ahead.get(`g${index}`)![element]! - behind.get(`g${index}`)![element]!) / (2 * H);
      scale = Math.max(scale, Math.abs(quotient));
      worst = Math.max(worst, Math.abs(value - quotient));
    }
  return worst / scale;
}

describe('hessianVectorProducts', () => {
  for (const [op, build] of Object.entries(CASES))
    if (build)
      it(`differentiate the gradient rule of ${op}`, () => {
        expect(worstProductError(build, op)).toBeLessThan(TOLERANCE);
      });

  it('are zero where the gradient does not depend on a variable', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', [2]), b.input('y', [2])];
    const loss = b.sumAll(b.add(b.square(x), b.scale(y, 3)));
    const [hx, hy] = hessianVectorProducts(b, loss, [x, y], [b.input('u', [2]), b.input('v', [2])]);
    const result = evaluateGraph(
      graphOf(
        new Map([
          ['hx', hx!],
          ['hy', hy!],
        ]),
      ),
      new Map([
        ['x', [1, 2]],
        ['y', [3, 4]],
        ['u', [5, 6]],
        ['v', [7, 8]],
      ]),
    );
    expect([...result.get('hx')!]).toEqual([10, 12]);
    expect([...result.get('hy')!]).toEqual([0, 0]);
  });

  it('refuse a direction of another shape', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    expect(() => hessianVectorProducts(b, b.sumAll(b.square(x)), [x], [b.input('v', [3])])).toThrow(
      'direction 0 has shape [3]',
    );
  });
});

describe('hessianVectorProgram', () => {
  const models = [
    tinySpec({ layers: 2 }),
    tinySpec({ layers: 1, activation: 'relu', tiedEmbedding: false }),
    tinySpec({ layers: 1, attentionBias: false, mlpRatio: 2 }),
    tinySpec({ layers: 0 }),
  ];

  for (const spec of models) {
    const { architecture } = spec;
    const name = `${architecture.layers} layers, ${architecture.activation}, ${architecture.tiedEmbedding ? 'tied' : 'untied'}`;
    const program = hessianVectorProgram({ architecture, batchSize: spec.batchSize });
    const layout = parameterLayout(architecture);
    const tokens = tinyTokens(spec, 1, spec.batchSize);
    const { parameters } = tinyState(spec);
    const direction = new Map(
      layout.map(({ name: parameter, size }) => {
        const stream = randomStream(2, parameter);
        return [parameter, Float32Array.from({ length: size }, () => stream.normal())];
      }),
    );
    const inputs = new Map<string, Float32Array | Int32Array>(parameters).set('tokens', tokens);
    for (const [parameter, values] of direction) inputs.set(directionName(parameter), values);

    it(`agrees with differences of gradients in float64 (${name})`, async () => {
      const exact = await (await referenceProgramRunner.compile(program)).run(inputs);
      const { graph } = gradientProgram(spec);
      const at = (h: number) =>
        evaluateGraph(
          graph,
          new Map<string, ArrayLike<number>>(
            [...parameters].map(([parameter, values]) => [
              parameter,
              Float64Array.from(values, (value, index) => value + h * direction.get(parameter)![index]!),
            ]),
          ).set('tokens', tokens),
        );
      const [ahead, behind] = [at(H), at(-H)];
      let [worst, scale] = [0, 0];
      for (const { name: parameter } of layout)
        for (const [element, value] of exact.get(productName(parameter))!.entries()) {
          const gradient = gradientName(parameter);
          const quotient = (ahead.get(gradient)![element]! - behind.get(gradient)![element]!) / (2 * H);
          scale = Math.max(scale, Math.abs(quotient));
          worst = Math.max(worst, Math.abs(value - quotient));
        }
      expect(scale).toBeGreaterThan(0.1);
      expect(worst / scale).toBeLessThan(TOLERANCE);
    });

    it(`is the same through ONNX Runtime up to float32 (${name})`, async () => {
      const exact = await (await referenceProgramRunner.compile(program)).run(inputs);
      const compiled = await onnxRuntimeProgramRunner(1).compile(program);
      const single = await compiled.run(inputs);
      await compiled.dispose();
      let [worst, scale] = [0, 0];
      for (const { name: parameter } of layout)
        for (const [element, value] of exact.get(productName(parameter))!.entries()) {
          scale = Math.max(scale, Math.abs(value));
          worst = Math.max(worst, Math.abs(value - single.get(productName(parameter))![element]!));
        }
      expect(worst / scale).toBeLessThan(1e-5);
    });
  }

  it('gives the rows of a symmetric Hessian that is the difference of gradients, entry by entry', async () => {
    const spec = tinySpec({ layers: 1, width: 2, heads: 1, context: 3, vocabulary: 4, mlpRatio: 1 });
    const { architecture } = spec;
    const layout = parameterLayout(architecture);
    const { parameters } = tinyState(spec);
    const tokens = tinyTokens(spec, 1, spec.batchSize);
    const compiled = await referenceProgramRunner.compile(
      hessianVectorProgram({ architecture, batchSize: spec.batchSize }),
    );
    const slopes = gradientProgram(spec).graph;
    const flat = (
      outputs: ReadonlyMap<string, ArrayLike<number>>,
      nameOf: (name: string) => string,
    ): number[] => layout.flatMap(({ name }) => Array.from(outputs.get(nameOf(name))!));
    const hessian: number[][] = [];
    const quotients: number[][] = [];
    for (const { name, size } of layout)
      for (let element = 0; element < size; element++) {
        const inputs = new Map<string, Float32Array | Int32Array>(parameters).set('tokens', tokens);
        for (const other of layout) {
          const unit = new Float32Array(other.size);
          if (other.name === name) unit[element] = 1;
          inputs.set(directionName(other.name), unit);
        }
        hessian.push(flat(await compiled.run(inputs), productName));
        const at = (h: number): number[] => {
          const moved = Float64Array.from(parameters.get(name)!);
          moved[element]! += h;
          return flat(
            evaluateGraph(
              slopes,
              new Map<string, ArrayLike<number>>(parameters).set('tokens', tokens).set(name, moved),
            ),
            gradientName,
          );
        };
        const [ahead, behind] = [at(H), at(-H)];
        quotients.push(ahead.map((value, index) => (value - behind[index]!) / (2 * H)));
      }
    let [asymmetry, difference] = [0, 0];
    for (const [row, values] of hessian.entries())
      for (const [column, value] of values.entries()) {
        asymmetry = Math.max(asymmetry, Math.abs(value - hessian[column]![row]!));
        difference = Math.max(difference, Math.abs(value - quotients[row]![column]!));
      }
    expect(hessian.length).toBeGreaterThan(40);
    expect(Math.max(...hessian.flat())).toBeGreaterThan(0.1);
    expect(asymmetry).toBeLessThan(1e-6);
    expect(difference).toBeLessThan(1e-5);
  });
});
