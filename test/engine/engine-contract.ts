/** What every training engine must do, run over each implementation (engine.ts states the obligations). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainingEngine, TrainingState } from '../../src-main/engine/engine.ts';
import { referenceEngine } from '../../src-main/engine/reference-engine.ts';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { CURVE_BAND, lossCurve, referenceCurve } from './curve-contract.ts';
import { straightLine } from './straight-line-adamw.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

/**
 * Tolerances against the float64 reference. Losses: float32 sums of a few hundred terms are good to some 1e-6.
 * Parameters after a few AdamW steps: an update is lr·m/√v, and where a gradient is near zero its rounding
 * error decides the sign, so single entries may differ by a fraction of lr (1e-2); the key bias, whose true
 * gradient is zero, walks at random and is left out.
 */
export interface EngineTolerance {
  readonly loss: number;
  readonly parameters: number;
}

const STEPS = 6;
const CASES = [
  { name: 'gelu, tied, biases', changes: {} },
  {
    name: 'relu, untied, no attention biases',
    changes: { activation: 'relu', tiedEmbedding: false, attentionBias: false },
  },
  { name: 'no layers at all', changes: { layers: 0 } },
  { name: 'one head, one layer', changes: { heads: 1, layers: 1, mlpRatio: 2 } },
] as const;

const ACCUMULATIONS = [
  { name: 'gelu, two parts', accumulationSteps: 2, changes: {} },
  {
    name: 'relu, untied, a part for each sequence',
    accumulationSteps: 6,
    changes: { activation: 'relu', tiedEmbedding: false, attentionBias: false, layers: 1 },
  },
] as const;

const RECOMPUTATIONS = [
  { name: 'gelu, tied, biases', changes: {}, hasVariants: true },
  {
    name: 'relu, untied, no attention biases',
    changes: { activation: 'relu', tiedEmbedding: false, attentionBias: false },
    hasVariants: false,
  },
] as const;

export interface EngineContractOptions {
  /**
   * A GPU's work done by a driver in software, a hundred times slower: without the curve of 200 steps, and with one case
   * only of scoring, of recomputation and of batches in parts; the others are left to devices of their own.
   */
  readonly isSoftware?: boolean;
}

export function describeEngine(
  label: string,
  open: () => Promise<TrainingEngine>,
  tolerance: EngineTolerance,
  { isSoftware = false }: EngineContractOptions = {},
): void {
  /** All cases, or the first where all take too long. */
  const some = <Case>(cases: readonly Case[]): readonly Case[] => (isSoftware ? cases.slice(0, 1) : cases);
  describe(`${label} engine`, () => {
    let engine: TrainingEngine;
    beforeAll(async () => {
      engine = await open();
    });

    for (const { name, changes } of CASES)
      it(`trains and evaluates like the reference: ${name}`, async () => {
        const spec = tinySpec(changes);
        const results = [];
        for (const candidate of [engine, referenceEngine]) {
          const model = await candidate.compile(spec);
          const session = await model.open(tinyState(spec));
          const steps = await session.train(
            tinyTokens(spec, STEPS, spec.batchSize),
            tinyScalars(spec, STEPS),
          );
          const evaluation = await session.evaluate(tinyTokens(spec, 3, spec.evaluationBatchSize));
          results.push({ steps, evaluation, state: await session.read() });
          await session.dispose();
          await model.dispose();
        }
        const [own, reference] = results as [(typeof results)[0], (typeof results)[0]];
        expect(relativeError(own.steps.losses, reference.steps.losses)).toBeLessThan(tolerance.loss);
        expect(relativeError(own.steps.gradientNorms, reference.steps.gradientNorms)).toBeLessThan(
          10 * tolerance.loss,
        );
        expect(relativeError(own.evaluation, reference.evaluation)).toBeLessThan(tolerance.loss);
        for (const part of ['parameters', 'momentM', 'momentV'] as const)
          for (const [tensor, values] of reference.state[part])
            if (!tensor.endsWith('attn.k.b'))
              expect(relativeError(own.state[part].get(tensor)!, values), `${part} ${tensor}`).toBeLessThan(
                tolerance.parameters,
              );
      });

    it.skipIf(isSoftware)(
      'keeps to the loss curve of the reference over 200 steps',
      { timeout: 900_000 },
      async () => {
        const [own, reference] = [await lossCurve(engine), await referenceCurve()];
        expect(own).toHaveLength(reference.length);
        const mean = (values: Float32Array): number =>
          values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(mean(reference.subarray(150)) - mean(reference.subarray(0, 50))).toBeLessThan(-0.1); // it learns
        const distances = reference.map((loss, step) => Math.abs(loss - own[step]!));
        expect(Math.max(...distances)).toBeLessThan(CURVE_BAND);
      },
    );

    for (const { name, changes } of some(CASES))
      it(`scores predictions like the reference: ${name}`, async () => {
        const spec = tinySpec(changes);
        const results: Float32Array[] = [];
        for (const candidate of [engine, referenceEngine]) {
          const model = await candidate.compile(spec);
          const session = await model.open(tinyState(spec));
          results.push(await session.score(tinyTokens(spec, 40, spec.evaluationBatchSize)));
          await session.dispose();
          await model.dispose();
        }
        expect(results[0]).toEqual(results[1]);
        expect(results[0]).toHaveLength(40 * spec.evaluationBatchSize * spec.architecture.context);
        // By chance 1 in 20; neither nothing nor everything, or the comparison would say nothing.
        const right = results[0]!.reduce((sum, value) => sum + value, 0);
        expect(right).toBeGreaterThan(5);
        expect(right).toBeLessThan(results[0]!.length / 4);
      });

    it('scores the predictions of a model whose arg max is known, before and after training on', async () => {
      const spec = tinySpec({ layers: 0, tiedEmbedding: false, width: 20, heads: 2 });
      const state = tinyState(spec);
      const { vocabulary, context } = spec.architecture;
      // Row `id` of wte is one-hot at id, and so is its LayerNorm up to a shift; head row v reads id v - 1.
      state.parameters.get('wpe')!.fill(0);
      state.parameters.get('lnf.g')!.fill(1);
      state.parameters.get('lnf.b')!.fill(0);
      const [wte, head] = [state.parameters.get('wte')!.fill(0), state.parameters.get('head.w')!.fill(0)];
      for (let id = 0; id < vocabulary; id++) {
        wte[id * 20 + id] = 1;
        head[((id + 1) % vocabulary) * 20 + id] = 1;
      }
      const model = await engine.compile(spec);
      const session = await model.open(state);
      const tokens = tinyTokens(spec, 3, spec.evaluationBatchSize);
      for (let index = 0; index < tokens.length; index += 3)
        tokens[index + 1] = (tokens[index]! + 1) % vocabulary;
      const length = context + 1;
      const expected = Array.from({ length: tokens.length / length }, (_, row) =>
        Array.from({ length: context }, (_, at) => {
          const [now, next] = tokens.subarray(row * length + at, row * length + at + 2);
          return next === (now! + 1) % vocabulary ? 1 : 0;
        }),
      ).flat();
      expect(expected).toContain(1);
      expect(expected).toContain(0);
      expect([...(await session.score(tokens))]).toEqual(expected);
      // All logits equal: nothing is preferred, nothing is right.
      state.parameters.get('head.w')!.fill(0);
      await session.write(state);
      expect([...(await session.score(tokens))]).toEqual(expected.map(() => 0));
      await session.dispose();
      await expect(session.score(tokens)).rejects.toThrow('was disposed');
      await model.dispose();
    });

    it('trains groups with scalars of their own as a straight-line AdamW does, and leaves the rest alone', async () => {
      const plain = tinySpec({ tiedEmbedding: false }, { weightDecay: 0.1, clipNorm: 0.5 });
      const names = parameterLayout(plain.architecture).map(({ name }) => name);
      const groups = [
        names.filter((name) => name.startsWith('h.1.')),
        names.filter((name) => name.startsWith('h.0.attn') || name === 'wte'),
      ];
      const groupOf = (name: string): number => groups.findIndex((group) => group.includes(name));
      const rates = [1e-2, 3e-3];
      const counts = [5, 0];
      const state = tinyState(plain);
      // Moments that are not zero, so that a frozen one that decays would show.
      for (const part of [state.momentM, state.momentV])
        for (const [name, values] of part)
          values.set(tinyState(plain, 9).parameters.get(name)!.map(Math.abs));
      const tokens = tinyTokens(plain, STEPS, plain.batchSize);
      const expected = straightLine(plain, state, tokens, (name, step) => {
        const group = groupOf(name);
        return group < 0 ? undefined : { learningRate: rates[group]!, count: counts[group]! + step };
      });
      const scalars = Array.from({ length: STEPS }, (_, step) =>
        rates.map((rate, group) => stepScalars(plain.optimizer, rate, counts[group]! + step + 1)),
      );

      const model = await engine.compile({ ...plain, groups });
      const session = await model.open(state);
      const perStep = tokens.length / STEPS;
      const first = await session.train(tokens.slice(0, perStep), scalars[0]!);
      const rest = await session.train(tokens.slice(perStep), scalars.slice(1).flat());
      const after = await session.read();
      expect(relativeError([...first.losses, ...rest.losses], expected.losses)).toBeLessThan(5e-6);
      expect(
        relativeError([...first.gradientNorms, ...rest.gradientNorms], expected.gradientNorms),
      ).toBeLessThan(5e-5);
      for (const part of ['parameters', 'momentM', 'momentV'] as const)
        for (const name of names)
          if (groupOf(name) < 0)
            expect(after[part].get(name), `${part} ${name}`).toEqual(state[part].get(name));
          else if (!name.endsWith('attn.k.b'))
            expect(
              relativeError(after[part].get(name)!, expected.state[part].get(name)!),
              `${part} ${name}`,
            ).toBeLessThan(2e-3);
      await expect(session.train(tokens, scalars.flat().slice(1))).rejects.toThrow(
        /one for each of 2 groups/,
      );
      // A state with groups is evaluated as one without.
      const batches = tinyTokens(plain, 2, plain.evaluationBatchSize);
      const whole = await engine.compile(plain);
      const other = await whole.open(after);
      expect(await session.evaluate(batches)).toEqual(await other.evaluate(batches));
      for (const open of [session, other]) await open.dispose();
      for (const compiled of [model, whole]) await compiled.dispose();
    });

    it('gives the same bytes in one group of everything as without groups', async () => {
      const spec = tinySpec();
      const names = parameterLayout(spec.architecture).map(({ name }) => name);
      const tokens = tinyTokens(spec, 3, spec.batchSize);
      const states: TrainingState[] = [];
      for (const given of [spec, { ...spec, groups: [names] }]) {
        const model = await engine.compile(given);
        const session = await model.open(tinyState(spec));
        await session.train(tokens, tinyScalars(spec, 3));
        states.push(await session.read());
        await session.dispose();
        await model.dispose();
      }
      expect(states[1]).toEqual(states[0]);
    });

    for (const accumulationSteps of isSoftware ? [1] : [1, 3])
      it(`gives the same bytes however the steps are split over calls, with a batch in ${accumulationSteps} parts`, async () => {
        const spec: TrainingSpec = { ...tinySpec(), accumulationSteps };
        const model = await engine.compile(spec);
        const tokens = tinyTokens(spec, STEPS, spec.batchSize);
        const perStep = tokens.length / STEPS;
        const run = async (splits: readonly number[]): Promise<TrainingState> => {
          const session = await model.open(tinyState(spec));
          let step = 0;
          for (const count of splits) {
            await session.train(
              tokens.slice(step * perStep, (step + count) * perStep),
              tinyScalars(spec, count, step + 1),
            );
            step += count;
          }
          const state = await session.read();
          await session.dispose();
          return state;
        };
        const whole = await run([STEPS]);
        expect(await run([1, 2, STEPS - 3])).toEqual(whole);
        expect(await run([STEPS])).toEqual(whole);
        await model.dispose();
      });

    for (const { name, accumulationSteps, changes } of some(ACCUMULATIONS))
      it(`gives in parts what it gives for the whole batch: ${name}`, async () => {
        const spec: TrainingSpec = { ...tinySpec(changes, { clipNorm: 0.5 }), batchSize: 6 };
        const names = parameterLayout(spec.architecture).map((parameter) => parameter.name);
        // Something frozen, something with scalars of its own.
        const groups = [names.filter((own) => own !== 'wpe' && own !== 'wte'), ['wte']];
        const scalars = tinyScalars(spec, STEPS).flatMap((own) => [own, { ...own, learningRate: 3e-3 }]);
        const [whole, parts] = await Promise.all(
          [undefined, accumulationSteps].map(async (steps) => {
            const model = await engine.compile({
              ...spec,
              groups,
              ...(steps === undefined ? {} : { accumulationSteps: steps }),
            });
            const session = await model.open(tinyState(spec));
            const results = await session.train(tinyTokens(spec, STEPS, spec.batchSize), scalars);
            const state = await session.read();
            await session.dispose();
            await model.dispose();
            return { results, state };
          }),
        );
        // The state is float32 between steps, on the reference as well.
        expect(relativeError(parts!.results.losses, whole!.results.losses)).toBeLessThan(
          Math.max(tolerance.loss, 1e-6),
        );
        expect(relativeError(parts!.results.gradientNorms, whole!.results.gradientNorms)).toBeLessThan(
          10 * Math.max(tolerance.loss, 1e-6),
        );
        for (const part of ['parameters', 'momentM', 'momentV'] as const)
          for (const [tensor, values] of whole!.state[part])
            if (tensor === 'wpe')
              expect(parts!.state[part].get(tensor), part).toEqual(tinyState(spec)[part].get(tensor));
            else if (!tensor.endsWith('attn.k.b'))
              expect(
                relativeError(parts!.state[part].get(tensor)!, values),
                `${part} ${tensor}`,
              ).toBeLessThan(Math.max(tolerance.parameters, 1e-5));
      });

    for (const { name, changes, hasVariants } of some(RECOMPUTATIONS))
      it(`gives the same bytes when activations are computed again: ${name}`, async () => {
        const spec: TrainingSpec = { ...tinySpec({ layers: 3, ...changes }), batchSize: 4 };
        const names = parameterLayout(spec.architecture).map((parameter) => parameter.name);
        const learning = names.filter((own) => own.startsWith('h.1.') || own.startsWith('h.2.mlp'));
        const settings =
          hasVariants && !isSoftware ? [{}, { accumulationSteps: 2 }, { groups: [learning] }] : [{}];
        for (const own of settings) {
          const results = [];
          for (const recompute of [false, true]) {
            const model = await engine.compile({ ...spec, ...own, recompute });
            const session = await model.open(tinyState(spec));
            const steps = await session.train(
              tinyTokens(spec, STEPS, spec.batchSize),
              tinyScalars(spec, STEPS),
            );
            results.push({ steps, state: await session.read() });
            await session.dispose();
            await model.dispose();
          }
          expect(results[1]).toEqual(results[0]);
        }
      });

    it('refuses a batch that cannot be cut into equal parts', async () => {
      await expect(engine.compile({ ...tinySpec(), accumulationSteps: 2 })).rejects.toThrow(
        'a batch of 3 sequences cannot be cut into 2 equal parts',
      );
    });

    for (const accumulationSteps of isSoftware ? [1] : [1, 3])
      it(`resumes from what it read, bit for bit, with a batch in ${accumulationSteps} parts`, async () => {
        const spec: TrainingSpec = { ...tinySpec(), accumulationSteps };
        const model = await engine.compile(spec);
        const tokens = tinyTokens(spec, 4, spec.batchSize);
        const half = tokens.length / 2;
        const first = await model.open(tinyState(spec));
        await first.train(tokens.slice(0, half), tinyScalars(spec, 2));
        const between = await first.read();
        const uninterrupted = await first.train(tokens.slice(half), tinyScalars(spec, 2, 3));
        const second = await model.open(between);
        expect(await second.train(tokens.slice(half), tinyScalars(spec, 2, 3))).toEqual(uninterrupted);
        expect(await second.read()).toEqual(await first.read());
        await first.dispose();
        await second.dispose();
        await model.dispose();
      });

    it('keeps two sessions of one model apart and returns copies', async () => {
      const spec = tinySpec();
      const model = await engine.compile(spec);
      const [a, b] = [await model.open(tinyState(spec, 1)), await model.open(tinyState(spec, 2))];
      const before = await b.read();
      await a.train(tinyTokens(spec, 2, spec.batchSize), tinyScalars(spec, 2));
      expect(await b.read()).toEqual(before);
      before.parameters.get('wte')!.fill(0);
      expect((await b.read()).parameters.get('wte')![0]).not.toBe(0);
      const { parameters } = await b.read();
      const alone = await b.readParameters();
      expect([...alone]).toEqual([...parameters]);
      alone.get('wte')!.fill(0);
      expect(await b.readParameters()).toEqual(parameters);
      await a.dispose();
      await b.dispose();
      await model.dispose();
    });

    it('leaves the state it was given untouched', async () => {
      const spec = tinySpec();
      const model = await engine.compile(spec);
      const state = tinyState(spec);
      const session = await model.open(state);
      await session.train(tinyTokens(spec, 2, spec.batchSize), tinyScalars(spec, 2));
      expect(state).toEqual(tinyState(spec));
      await session.dispose();
      await model.dispose();
    });

    it('clips large gradients and reports the norm before clipping', async () => {
      const tight = tinySpec({}, { clipNorm: 1e-3, weightDecay: 0 });
      const model = await engine.compile(tight);
      const session = await model.open(tinyState(tight));
      const { gradientNorms } = await session.train(
        tinyTokens(tight, 1, tight.batchSize),
        tinyScalars(tight, 1),
      );
      const { momentM } = await session.read();
      const squares = [...momentM.values()]
        .flatMap((values) => [...values])
        .reduce((sum, m) => sum + (m * 10) ** 2, 0);
      expect(gradientNorms[0]).toBeGreaterThan(0.1);
      expect(Math.sqrt(squares)).toBeCloseTo(1e-3, 6); // m = 0.1·g after one step
      await session.dispose();
      await model.dispose();
    });

    it('refuses wrong tokens, wrong state, and calls after dispose', async () => {
      const spec = tinySpec();
      const model = await engine.compile(spec);
      const state = tinyState(spec);
      const session = await model.open(state);
      const tokens = tinyTokens(spec, 1, spec.batchSize);
      await expect(session.train(tokens.slice(1), tinyScalars(spec, 1))).rejects.toThrow(
        'must be 1 × 3 sequences × 9 ids',
      );
      await expect(session.train(tokens.slice().fill(20, 4, 5), tinyScalars(spec, 1))).rejects.toThrow(
        'token id 20 at 4 is outside 0..19',
      );
      const missing = { ...state, momentM: new Map([...state.momentM].slice(1)) };
      await expect(model.open(missing)).rejects.toThrow('momentM.wte has no values; must have 320');
      await session.dispose();
      await expect(session.read()).rejects.toThrow('was disposed');
      await expect(session.evaluate(tinyTokens(spec, 1, spec.evaluationBatchSize))).rejects.toThrow(
        'was disposed',
      );
      await model.dispose();
    });
  });
}
