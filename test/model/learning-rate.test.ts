import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { type Recipe, recipeSchema } from '../../src-main/contract/recipe.ts';
import { cooldownRecipe, learningRateAt } from '../../src-main/model/learning-rate.ts';

const recipe = (over: object): Recipe => recipeSchema.parse({ learningRate: 1, warmupSteps: 10, ...over });
const kinds = ['constant', 'linear', 'cosine'] as const;

describe('recipeSchema', () => {
  it('fills in the defaults', () => {
    expect(recipeSchema.parse({})).toEqual({
      batchSize: 8,
      learningRate: 0.002,
      warmupSteps: 30,
      schedule: { kind: 'linear', finalShare: 0.1 },
      adam: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
      clipNorm: 1,
    });
    expect(recipeSchema.parse({ adam: { beta2: 0.95 } }).adam.beta1).toBe(0.9);
  });

  it('refuses values outside their ranges and unknown fields', () => {
    for (const bad of [
      { learningRate: 0 },
      { learningRate: Number.NaN },
      { batchSize: 0 },
      { warmupSteps: 1.5 },
      { adam: { beta1: 1 } },
      { adam: { epsilon: 0 } },
      { clipNorm: 0 },
      { schedule: { kind: 'step' } },
      { schedule: { kind: 'wsd', decayShare: 0 } },
      { schedule: { kind: 'wsd', decayForm: 'cosine' } },
      { warmupFrom: 1.1 },
      { learningrate: 1 },
    ])
      expect(recipeSchema.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
  });
});

describe('learningRateAt', () => {
  it('follows the closed forms', () => {
    const at = (kind: string, step: number): number =>
      learningRateAt(recipe({ schedule: { kind } }), step, 110);
    for (const kind of kinds) {
      expect(at(kind, 1)).toBeCloseTo(0.1, 12);
      expect(at(kind, 10)).toBe(1);
    }
    expect(at('constant', 110)).toBe(1);
    expect(at('linear', 60)).toBeCloseTo(0.55, 12);
    expect(at('linear', 35)).toBeCloseTo(0.775, 12);
    expect(at('linear', 110)).toBeCloseTo(0.1, 12);
    expect(at('cosine', 60)).toBeCloseTo(0.55, 12);
    expect(at('cosine', 35)).toBeCloseTo(0.1 + 0.45 * (1 + Math.SQRT1_2), 12);
    expect(at('cosine', 110)).toBeCloseTo(0.1, 12);
  });

  it('rises through the warm-up, then never rises, and ends at its final share', () => {
    const cases = fc.record({
      kind: fc.constantFrom(...kinds),
      finalShare: fc.double({ min: 0, max: 1, noNaN: true }),
      warmupSteps: fc.integer({ min: 0, max: 50 }),
      decaySteps: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(cases, ({ kind, finalShare, warmupSteps, decaySteps }) => {
        const total = warmupSteps + decaySteps;
        const settings = recipe({ warmupSteps, schedule: { kind, finalShare } });
        const rates = Array.from({ length: total }, (_, index) => learningRateAt(settings, index + 1, total));
        for (let step = 2; step <= total; step++) {
          const change = rates[step - 1]! - rates[step - 2]!;
          if (step <= warmupSteps) expect(change).toBeGreaterThan(0);
          else expect(change).toBeLessThanOrEqual(1e-12);
        }
        expect(rates.at(-1)).toBeCloseTo(kind === 'constant' ? 1 : finalShare, 12);
        expect(Math.max(...rates)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('stays at the peak and decays at the end under wsd, linearly or by the root', () => {
    const at = (schedule: object, step: number): number =>
      learningRateAt(recipe({ schedule: { kind: 'wsd', finalShare: 0, ...schedule } }), step, 200);
    for (const decayForm of ['linear', '1-sqrt'] as const)
      for (const step of [10, 11, 100, 160]) expect(at({ decayForm }, step)).toBe(1);
    // The last 40 of 200 steps.
    expect(at({}, 161)).toBeCloseTo(1 - 1 / 40, 12);
    expect(at({}, 180)).toBeCloseTo(0.5, 12);
    expect(at({}, 200)).toBe(0);
    expect(at({ decayForm: '1-sqrt' }, 170)).toBeCloseTo(0.5, 12);
    expect(at({ decayForm: '1-sqrt' }, 180)).toBeCloseTo(1 - Math.SQRT1_2, 12);
    expect(at({ decayForm: '1-sqrt', finalShare: 0.2 }, 170)).toBeCloseTo(0.6, 12);
    expect(at({ decayForm: '1-sqrt', finalShare: 0.2 }, 200)).toBeCloseTo(0.2, 12);
    expect(at({ decayShare: 0.5 }, 150)).toBeCloseTo(0.5, 12);
    // A decay longer than what follows the warm-up begins right after it: 190 steps.
    expect(at({ decayShare: 1 }, 105)).toBeCloseTo(0.5, 12);
    // A decay shorter than a step is a step.
    expect(at({ decayShare: 1e-6 }, 199)).toBe(1);
    expect(at({ decayShare: 1e-6 }, 200)).toBe(0);
  });

  it('begins the warm-up at the given share of the peak', () => {
    const at = (warmupFrom: number, step: number): number =>
      learningRateAt(recipe({ warmupFrom }), step, 100);
    expect(at(0.5, 1)).toBeCloseTo(0.55, 12);
    expect(at(0.5, 5)).toBeCloseTo(0.75, 12);
    expect(at(0.5, 10)).toBe(1);
    for (let step = 1; step <= 10; step++) {
      expect(at(1, step)).toBe(1);
      expect(at(0, step)).toBe(learningRateAt(recipe({}), step, 100));
    }
    expect(at(0.5, 50)).toBe(at(0, 50));
  });

  it('stays between zero and the peak and moves by no more than the slope of its phase', () => {
    const cases = fc.record({
      kind: fc.constantFrom(...kinds, 'wsd' as const),
      finalShare: fc.double({ min: 0, max: 1, noNaN: true }),
      warmupFrom: fc.double({ min: 0, max: 1, noNaN: true }),
      decayShare: fc.double({ min: 0.001, max: 1, noNaN: true }),
      decayForm: fc.constantFrom('linear' as const, '1-sqrt' as const),
      warmupSteps: fc.integer({ min: 0, max: 50 }),
      laterSteps: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(cases, ({ warmupSteps, warmupFrom, laterSteps, ...schedule }) => {
        const total = warmupSteps + laterSteps;
        const settings = recipe({ warmupSteps, warmupFrom, schedule });
        const rates = Array.from({ length: total }, (_, index) => learningRateAt(settings, index + 1, total));
        const decaySteps =
          schedule.kind === 'wsd'
            ? Math.min(laterSteps, Math.max(1, Math.round(schedule.decayShare * total)))
            : laterSteps;
        // Steepest place of each form: the root's first step; half a cosine's middle, pi / 2 of the mean slope.
        const fall =
          schedule.kind === 'wsd' && schedule.decayForm === '1-sqrt'
            ? Math.sqrt(1 / decaySteps)
            : Math.PI / 2 / decaySteps;
        for (const [index, rate] of rates.entries()) {
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(1);
          const change = rate - (index === 0 ? (warmupSteps > 0 ? warmupFrom : 1) : rates[index - 1]!);
          if (index < warmupSteps) expect(change).toBeLessThanOrEqual((1 - warmupFrom) / warmupSteps + 1e-12);
          else expect(-change).toBeLessThanOrEqual((1 - schedule.finalShare) * fall + 1e-12);
          if (index >= warmupSteps) expect(change).toBeLessThanOrEqual(1e-12);
        }
        if (schedule.kind !== 'constant') expect(rates.at(-1)).toBeCloseTo(schedule.finalShare, 12);
      }),
    );
  });

  it('only rises in a run no longer than the warm-up', () => {
    expect(learningRateAt(recipe({ warmupSteps: 20 }), 10, 10)).toBe(0.5);
  });

  it('refuses step 0, steps past the end and fractions', () => {
    for (const [step, total] of [
      [0, 10],
      [11, 10],
      [1.5, 10],
      [1, 1.5],
    ] as const)
      expect(() => learningRateAt(recipe({}), step, total)).toThrow(EspalierError);
  });
});

describe('cooldownRecipe', () => {
  it('decays linearly inside the probe whatever the recipe does', () => {
    for (const kind of [...kinds, 'wsd'] as const) {
      const probe = cooldownRecipe(recipe({ schedule: { kind, finalShare: 0.2 } }));
      expect(learningRateAt(probe, 105, 200)).toBeCloseTo(0.6, 12);
      expect(learningRateAt(probe, 200, 200)).toBeCloseTo(0.2, 12);
    }
  });
});
