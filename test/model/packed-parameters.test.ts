import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import type { ParameterBlock } from '../../src-main/model/packed-parameters.ts';
import { packBlock, parameterBlocks, unpackBlock } from '../../src-main/model/packed-parameters.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { momentMName, momentVName, nextName } from '../../src-main/model/program-names.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { evaluationProgram, scoringProgram, stepProgram } from '../../src-main/model/training-programs.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from '../engine/tiny-model.ts';

const grouped = (): TrainingSpec => {
  const spec = tinySpec({ tiedEmbedding: false });
  const names = parameterLayout(spec.architecture).map(({ name }) => name);
  return {
    ...spec,
    groups: [
      names.filter((name) => name.startsWith('h.1.')),
      names.filter((name) => name.startsWith('h.0.attn') || name === 'wte'),
    ],
  };
};

const blocksOf = ({ architecture, groups }: TrainingSpec): ParameterBlock[] =>
  parameterBlocks(architecture, groups);

describe('parameterBlocks', () => {
  it('hold every parameter once and keep groups, decay and frozen ones apart', () => {
    for (const spec of [tinySpec(), tinySpec({ layers: 0 }), grouped()]) {
      const blocks = blocksOf(spec);
      const names = blocks.flatMap(({ parameters }) => parameters.map(({ name }) => name));
      expect(names.toSorted()).toEqual(
        parameterLayout(spec.architecture)
          .map(({ name }) => name)
          .toSorted(),
      );
      for (const { group, decays, parameters } of blocks)
        for (const parameter of parameters) {
          const own = spec.groups?.findIndex((names) => names.includes(parameter.name)) ?? 0;
          expect(group, parameter.name).toBe(own < 0 ? null : own);
          if (group !== null) expect(decays, parameter.name).toBe(parameter.decays);
        }
    }
  });

  it('give back the tensors that were joined', () => {
    const spec = grouped();
    const { parameters } = tinyState(spec);
    const back = new Map(blocksOf(spec).flatMap((block) => unpackBlock(block, packBlock(block, parameters))));
    expect(back).toEqual(new Map(parameters));
  });
});

// Both forms in float64: only the gradient norm is summed in another order.
describe('the packed training step', () => {
  for (const [name, spec] of Object.entries({
    'one group': tinySpec({}, { clipNorm: 0.5, weightDecay: 0.1 }),
    'two groups and frozen parameters': grouped(),
  }))
    it(`takes the step of stepProgram: ${name}`, () => {
      const state = tinyState(spec);
      for (const [, values] of state.momentV) values.fill(0.01);
      const tokens = tinyTokens(spec, 1, spec.batchSize);
      const [scalars] = tinyScalars(spec, 1, 5);
      const shared = new Map<string, ArrayLike<number>>([['tokens', tokens]]);
      for (const key of ['learningRate', 'correction1', 'correction2'] as const) {
        shared.set(key, [scalars![key]]);
        shared.set(`${key}.1`, [scalars![key] / 3]);
      }
      const separate = new Map(shared);
      const packed = new Map(shared);
      const parts = [
        [(parameter: string) => parameter, state.parameters],
        [momentMName, state.momentM],
        [momentVName, state.momentV],
      ] as const;
      for (const [named, tensors] of parts) {
        for (const [parameter, values] of tensors) separate.set(named(parameter), values);
        for (const block of blocksOf(spec)) packed.set(named(block.name), packBlock(block, tensors));
      }
      const expected = evaluateGraph(stepProgram(spec).graph, separate);
      const actual = evaluateGraph(stepProgram(spec, 'packed').graph, packed);
      for (const result of ['loss', 'gradientNorm'])
        expect(relativeError(actual.get(result)!, expected.get(result)!)).toBeLessThan(1e-12);
      for (const [named] of parts)
        for (const block of blocksOf(spec).filter(({ group }) => group !== null)) {
          const next = Float32Array.from(actual.get(nextName(named(block.name)))!);
          for (const [parameter, values] of unpackBlock(block, next))
            expect(
              relativeError(values, expected.get(nextName(named(parameter)))!),
              named(parameter),
            ).toBeLessThan(1e-6); // unpacked in float32
        }
    });

  it('evaluates and scores as from separate tensors', () => {
    const spec = grouped();
    const { parameters } = tinyState(spec);
    const tokens = tinyTokens(spec, 1, spec.evaluationBatchSize);
    const separate = new Map<string, ArrayLike<number>>(parameters).set('tokens', tokens);
    const packed = new Map<string, ArrayLike<number>>([['tokens', tokens]]);
    for (const block of blocksOf(spec)) packed.set(block.name, packBlock(block, parameters));
    for (const program of [evaluationProgram, scoringProgram])
      expect(evaluateGraph(program(spec, 'packed').graph, packed)).toEqual(
        evaluateGraph(program(spec).graph, separate),
      );
  });
});
