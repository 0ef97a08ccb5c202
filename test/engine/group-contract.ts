/** What every engine that trains several candidates in one graph must do: each gets what it would get alone. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { CompiledGroup, TrainingEngine, TrainingState } from '../../src-main/engine/engine.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import type { EngineTolerance } from './engine-contract.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

const COUNT = 3;
const STEPS = 4;

function grouped(): TrainingSpec {
  const spec = tinySpec({ tiedEmbedding: false });
  const names = parameterLayout(spec.architecture).map(({ name }) => name);
  return { ...spec, groups: [names.filter((name) => name.startsWith('h.1.'))] };
}

const CASES: Readonly<Record<string, () => TrainingSpec>> = {
  'gelu, tied, biases': () => tinySpec(),
  'relu, untied, no attention biases': () =>
    tinySpec({ activation: 'relu', tiedEmbedding: false, attentionBias: false }),
  'only one layer learns': grouped,
  'a batch in three parts': () => ({ ...tinySpec(), accumulationSteps: 3 }),
  'activations computed again': () => ({ ...tinySpec(), recompute: true }),
};

/** States of candidates that differ, with moments that are not zero where nothing learns. */
function statesOf(spec: TrainingSpec): TrainingState[] {
  return Array.from({ length: COUNT }, (_, candidate) => {
    const state = tinyState(spec, candidate + 1);
    for (const part of [state.momentM, state.momentV])
      for (const [name, values] of part)
        if (name.startsWith('h.0.')) values.set(tinyState(spec, 9).parameters.get(name)!.map(Math.abs));
    return state;
  });
}

export function describeGroups(
  label: string,
  open: () => Promise<TrainingEngine>,
  tolerance: EngineTolerance,
  cases: readonly string[] = Object.keys(CASES),
): void {
  describe(`${label}, several candidates in one graph`, () => {
    let engine: TrainingEngine;
    let compileGroup: (spec: TrainingSpec, count: number) => Promise<CompiledGroup>;
    beforeAll(async () => {
      engine = await open();
      compileGroup = engine.compileGroup!;
    });

    for (const name of cases)
      it(`gives each what it would get alone: ${name}`, async () => {
        const spec = CASES[name]!();
        const states = statesOf(spec);
        const [tokens, scalars] = [tinyTokens(spec, STEPS, spec.batchSize), tinyScalars(spec, STEPS)];
        const batches = tinyTokens(spec, 3, spec.evaluationBatchSize);
        const compiled = await compileGroup(spec, COUNT);
        expect(compiled.count).toBe(COUNT);
        const group = await compiled.open(states);
        const steps = await group.train(tokens, scalars);
        const evaluations = await group.evaluate(batches);
        const scores = await group.score(batches);
        const after = await group.read();
        await group.dispose();
        await compiled.dispose();

        const model = await engine.compile(spec);
        for (const [candidate, state] of states.entries()) {
          const session = await model.open(state);
          const alone = await session.train(tokens, scalars);
          expect(relativeError(steps[candidate]!.losses, alone.losses)).toBeLessThan(tolerance.loss);
          expect(relativeError(steps[candidate]!.gradientNorms, alone.gradientNorms)).toBeLessThan(
            10 * tolerance.loss,
          );
          expect(relativeError(evaluations[candidate]!, await session.evaluate(batches))).toBeLessThan(
            tolerance.loss,
          );
          expect(scores[candidate]).toEqual(await session.score(batches));
          const own = await session.read();
          for (const part of ['parameters', 'momentM', 'momentV'] as const)
            for (const [tensor, values] of own[part]) {
              const actual = after[candidate]![part].get(tensor)!;
              const learns = spec.groups?.flat().includes(tensor) ?? true;
              if (!learns) expect(actual, `${part} ${tensor}`).toEqual(state[part].get(tensor));
              else if (!tensor.endsWith('attn.k.b'))
                expect(relativeError(actual, values), `${part} ${tensor}`).toBeLessThan(tolerance.parameters);
            }
          await session.dispose();
        }
        await model.dispose();
        // The candidates are not one and the same.
        expect(relativeError(steps[0]!.losses, steps[1]!.losses)).toBeGreaterThan(1e-3);
      });

    it('goes on from what it read, bit for bit, and ends with dispose', async () => {
      const spec = tinySpec();
      const compiled = await compileGroup(spec, COUNT);
      const tokens = tinyTokens(spec, 4, spec.batchSize);
      const half = tokens.length / 2;
      const first = await compiled.open(statesOf(spec));
      await first.train(tokens.slice(0, half), tinyScalars(spec, 2));
      const second = await compiled.open(await first.read());
      const rest = [tokens.slice(half), tinyScalars(spec, 2, 3)] as const;
      expect(await second.train(...rest)).toEqual(await first.train(...rest));
      expect(await second.read()).toEqual(await first.read());
      await first.write(statesOf(spec));
      expect(await first.read()).toEqual(statesOf(spec));
      await first.dispose();
      await second.dispose();
      await expect(second.read()).rejects.toThrow('was disposed');
      await compiled.dispose();
    });

    it('refuses a wrong number of states', async () => {
      const spec = tinySpec();
      const compiled = await compileGroup(spec, COUNT);
      await expect(compiled.open(statesOf(spec).slice(1))).rejects.toThrow('2 states; must be 3');
      await compiled.dispose();
    });
  });
}
