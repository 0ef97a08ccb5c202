/**
 * Which tensors of a new layer learn at once, after one step, or never: the exact lists, from the real training
 * graph. `attn.k.b` never has a gradient: softmax ignores what is the same for every key.
 */
import { describe, expect, it } from 'vitest';
import { evaluateGraph, referenceEngine } from '../../src-main/engine/reference-engine.ts';
import { applyPlan } from '../../src-main/growth/apply-plan.ts';
import { parsePlan } from '../../src-main/growth/plan-shorthand.ts';
import { gradientName } from '../../src-main/model/program-names.ts';
import { gradientProgram } from '../../src-main/model/training-programs.ts';
import type { TensorMap } from '../../src-main/tensor/tensor-map.ts';
import { zerosLike } from '../../src-main/tensor/tensor-map.ts';
import { tinyScalars, tinySpec, tinyState, tinyTokens } from '../engine/tiny-model.ts';

const OUT = ['attn.o.b', 'attn.o.w', 'mlp.down.b', 'mlp.down.w'];
const ALL_BUT_KEY_BIAS = [
  ...['attn.k.w', 'attn.o.b', 'attn.o.w', 'attn.q.b', 'attn.q.w', 'attn.v.b', 'attn.v.w'],
  ...['ln1.b', 'ln1.g', 'ln2.b', 'ln2.g'],
  ...['mlp.down.b', 'mlp.down.w', 'mlp.up.b', 'mlp.up.w'],
];

/** Roles of layer `layer` whose gradient is not zero; rounding leaves at most 1e-12 where it should be. */
function learning(parameters: TensorMap, layer: number, activation: 'gelu' | 'relu'): string[] {
  const spec = tinySpec({ activation, layers: 2 });
  const { graph } = gradientProgram(spec);
  const inputs = new Map<string, ArrayLike<number>>(parameters).set(
    'tokens',
    tinyTokens(spec, 1, spec.batchSize),
  );
  const outputs = evaluateGraph(graph, inputs);
  const prefix = `h.${layer}.`;
  return [...parameters.keys()]
    .filter(
      (name) =>
        name.startsWith(prefix) && outputs.get(gradientName(name))!.some((value) => Math.abs(value) > 1e-12),
    )
    .map((name) => name.slice(prefix.length))
    .sort();
}

async function afterSteps(
  parameters: TensorMap,
  activation: 'gelu' | 'relu',
  steps: number,
): Promise<TensorMap> {
  const spec = tinySpec({ activation, layers: 2 }, { weightDecay: 0 });
  const model = await referenceEngine.compile(spec);
  const session = await model.open({
    parameters,
    momentM: zerosLike(parameters),
    momentV: zerosLike(parameters),
  });
  await session.train(tinyTokens(spec, steps, spec.batchSize), tinyScalars(spec, steps));
  return (await session.read()).parameters;
}

describe('new layers', () => {
  for (const activation of ['gelu', 'relu'] as const) {
    const source = tinySpec({ activation, layers: 1 });
    const target = tinySpec({ activation, layers: 2 }).architecture;
    const grown = (plan: string): TensorMap =>
      applyPlan({
        source: { architecture: source.architecture, parameters: tinyState(source).parameters },
        target,
        plan: parsePlan(plan, 1),
        seed: 1,
        repeat: 0,
      }).parameters;

    for (const plan of ['0 0*', '0 i'])
      it(`with identity (${plan}, ${activation}) learn in their out-projections first, in everything after one step`, async () => {
        const parameters = grown(plan);
        expect(learning(parameters, 1, activation)).toEqual(OUT);
        expect(learning(await afterSteps(parameters, activation, 1), 1, activation)).toEqual(
          ALL_BUT_KEY_BIAS,
        );
      });

    it(`of zeros (${activation}) learn in two biases only, and keep to them`, async () => {
      const parameters = grown('0 z');
      expect(learning(parameters, 1, activation)).toEqual(['attn.o.b', 'mlp.down.b']);
      expect(learning(await afterSteps(parameters, activation, 5), 1, activation)).toEqual([
        'attn.o.b',
        'mlp.down.b',
      ]);
    });

    it(`that are plain copies (${activation}) learn in everything at once`, () => {
      expect(learning(grown('0 0'), 1, activation)).toEqual(ALL_BUT_KEY_BIAS);
    });
  }
});
