/**
 * The coordinate check of Yang et al. 2022 (appendix D.1): after a few Adam steps, how much do the residual stream
 * and the logits change, over widths? Under muP as much at every width; under the standard parametrisation with the
 * same learning rate more and more.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Architecture, modelShapeSchema } from '../../src-main/contract/architecture.ts';
import { recipeSchema } from '../../src-main/contract/recipe.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { graphOf, printGraph } from '../../src-main/graph/ir.ts';
import { describeArchitecture } from '../../src-main/model/architecture.ts';
import { attentionScale, outputMultiplier } from '../../src-main/model/mup.ts';
import { initialParameters } from '../../src-main/model/parameter-layout.ts';
import { forward, parameterInputs } from '../../src-main/model/transformer.ts';
import type { TensorMap } from '../../src-main/tensor/tensor-map.ts';
import { zerosLike } from '../../src-main/tensor/tensor-map.ts';
import { optimizerOf } from '../../src-main/training/trainer-loop.ts';
import { groupsOf, phaseScalars, trainingPhases } from '../../src-main/training/training-phases.ts';
import { tinyTokens } from '../engine/tiny-model.ts';

const WIDTHS = [32, 64, 128, 256];
const BASE_WIDTH = 32;
const STEPS = 6;
const recipe = recipeSchema.parse({ batchSize: 8, learningRate: 0.01, clipNorm: 1e6 });

const architectureOf = (width: number, changes: Partial<Architecture>): Architecture => ({
  width,
  heads: 4,
  context: 16,
  mlpRatio: 4,
  activation: 'gelu',
  tiedEmbedding: true,
  attentionBias: true,
  dropout: 0,
  layers: 2,
  vocabulary: 40,
  ...changes,
});

/** The residual stream before the final LayerNorm, and the logits, for one sequence. */
function activations(architecture: Architecture, parameters: TensorMap, ids: Int32Array) {
  const b = new GraphBuilder();
  const logits = forward(
    b,
    architecture,
    parameterInputs(b, architecture),
    b.input('ids', [1, ids.length], 'i32'),
  );
  const finalNorm = graphOf(new Map([['logits', logits]])).nodes.findLast(({ op }) => op === 'layerNorm')!;
  const graph = graphOf(
    new Map([
      ['residual', finalNorm.inputs[0]!],
      ['logits', logits],
    ]),
  );
  return evaluateGraph(graph, new Map<string, ArrayLike<number>>(parameters).set('ids', ids));
}

const meanChange = (before: Float64Array, after: Float64Array): number =>
  before.reduce((sum, value, index) => sum + Math.abs(after[index]! - value), 0) / before.length;

async function changes(architecture: Architecture): Promise<{ residual: number; logits: number }> {
  const [phase] = trainingPhases(recipe, architecture, null);
  const groups = groupsOf(phase!);
  const optimizer = optimizerOf(recipe);
  const spec = {
    architecture,
    optimizer,
    batchSize: recipe.batchSize,
    evaluationBatchSize: 1,
    ...(groups ? { groups } : {}),
  };
  const model = await onnxRuntimeEngine({ device: 'cpu', threads: 1 }).compile(spec);
  const parameters = initialParameters(architecture, 5);
  const session = await model.open({
    parameters,
    momentM: zerosLike(parameters),
    momentV: zerosLike(parameters),
  });
  const scalars = Array.from({ length: STEPS }, (_, step) =>
    phaseScalars(phase!, optimizer, { learningRate: recipe.learningRate, step: step + 1, adamStepOffset: 0 }),
  ).flat();
  // The same batch again and again: all widths learn the same thing, as fast as they can.
  const batch = [...tinyTokens(spec, 1, spec.batchSize)];
  await session.train(Int32Array.from(Array.from({ length: STEPS }, () => batch).flat()), scalars);
  const ids = Int32Array.from(batch.slice(0, architecture.context));
  const before = activations(architecture, parameters, ids);
  const after = activations(architecture, await session.readParameters(), ids);
  await session.dispose();
  await model.dispose();
  return {
    residual: meanChange(before.get('residual')!, after.get('residual')!),
    logits: meanChange(before.get('logits')!, after.get('logits')!),
  };
}

describe('muP, coordinate check', () => {
  for (const tiedEmbedding of [true, false]) {
    const measured: Record<string, { residual: number; logits: number }[]> = {};
    beforeAll(async () => {
      for (const [name, change] of [
        ['muP', { muP: { baseWidth: BASE_WIDTH } }],
        ['standard', {}],
      ] as const)
        measured[name] = await WIDTHS.reduce<Promise<{ residual: number; logits: number }[]>>(
          async (sofar, width) => [
            ...(await sofar),
            await changes(architectureOf(width, { tiedEmbedding, ...change })),
          ],
          Promise.resolve([]),
        );
      if (process.env.SHOW) console.log(tiedEmbedding, JSON.stringify(measured));
    });
    const head = tiedEmbedding ? 'tied' : 'untied';

    it(`keeps changes of residual stream and logits of order one over widths: ${head} head`, () => {
      for (const part of ['residual', 'logits'] as const) {
        const values = measured.muP!.map((change) => change[part]);
        expect(Math.max(...values) / Math.min(...values), part).toBeLessThan(2);
      }
    });

    it(`does so where the standard parametrisation with the same learning rate does not: ${head} head`, () => {
      for (const part of ['residual', 'logits'] as const) {
        const values = measured.standard!.map((change) => change[part]);
        expect(values.at(-1)! / values[0]!, part).toBeGreaterThan(3);
      }
    });

    it(`is the standard parametrisation at the base width: ${head} head`, () => {
      expect(measured.muP![0]).toEqual(measured.standard![0]);
    });
  }
});

describe('muP, factors', () => {
  const muP = { baseWidth: 32 };

  it('halves with twice the width: logits, and scores beyond the standard root', () => {
    const [base, twice, wide] = [32, 64, 512].map((width) => architectureOf(width, { muP }));
    expect([base!, twice!, wide!].map(outputMultiplier)).toEqual([1, 0.5, 1 / 16]);
    expect(attentionScale(base!)).toBe(1 / Math.sqrt(8));
    // 1/d: head widths 8, 16, 128.
    expect(attentionScale(twice!) / attentionScale(base!)).toBeCloseTo(1 / 2, 12);
    expect(attentionScale(wide!) / attentionScale(base!)).toBeCloseTo(1 / 16, 12);
  });

  it('gives hidden matrices, and only them, a rate of their own', () => {
    const [phase, ...others] = trainingPhases(recipe, architectureOf(128, { muP }), null);
    expect(others).toEqual([]);
    const slow = phase!.groups!.find(({ rateFactor }) => rateFactor !== 1)!;
    expect(slow.rateFactor).toBe(0.25);
    expect(slow.parameters).toHaveLength(12);
    expect(slow.parameters.every((name) => /^h\.\d\.(attn\.[qkvo]|mlp\.(up|down))\.w$/.test(name))).toBe(
      true,
    );
    const scalars = phaseScalars(phase!, optimizerOf(recipe), {
      learningRate: 0.01,
      step: 3,
      adamStepOffset: 0,
    });
    expect(scalars.map(({ learningRate }) => learningRate).sort()).toEqual([0.0025, 0.01]);
  });

  it('is one group and the same graph at the base width and without muP', () => {
    for (const change of [{}, { muP: { baseWidth: 64 } }]) {
      const architecture = architectureOf(64, change);
      expect(trainingPhases(recipe, architecture, null)[0]!.groups).toBeNull();
      const b = new GraphBuilder();
      const logits = forward(
        b,
        architecture,
        parameterInputs(b, architecture),
        b.input('ids', [1, 4], 'i32'),
      );
      const plain = new GraphBuilder();
      const standard = architectureOf(64, {});
      const reference = forward(
        plain,
        standard,
        parameterInputs(plain, standard),
        plain.input('ids', [1, 4], 'i32'),
      );
      expect(printGraph(graphOf(new Map([['x', logits]])))).toBe(
        printGraph(graphOf(new Map([['x', reference]]))),
      );
    }
  });

  it('is left out of shapes that do not ask for it, and named where they do', () => {
    const shape = modelShapeSchema.parse({ width: 64, heads: 4, context: 16 });
    expect(shape).not.toHaveProperty('muP');
    expect(modelShapeSchema.parse({ ...shape, muP }).muP).toEqual(muP);
    expect(modelShapeSchema.safeParse({ ...shape, muP: {} }).success).toBe(false);
    expect(describeArchitecture(architectureOf(64, { muP }))).toMatch(/, muP of base width 32$/);
  });
});
