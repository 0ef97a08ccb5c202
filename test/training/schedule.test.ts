import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { type Recipe, recipeSchema } from '../../src-main/contract/recipe.ts';
import { cooldownRecipe, learningRateAt } from '../../src-main/training/schedule.ts';

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
    for (const kind of kinds) {
      const probe = cooldownRecipe(recipe({ schedule: { kind, finalShare: 0.2 } }));
      expect(learningRateAt(probe, 105, 200)).toBeCloseTo(0.6, 12);
      expect(learningRateAt(probe, 200, 200)).toBeCloseTo(0.2, 12);
    }
  });
});
