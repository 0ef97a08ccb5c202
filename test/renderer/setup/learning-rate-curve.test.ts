import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../../src-main/contract/recipe.ts';
import { learningRateAt } from '../../../src-main/model/learning-rate.ts';
import { curvePath, learningRateCurve } from '../../../src-renderer/setup/learning-rate-curve.ts';

describe('learningRateCurve', () => {
  it('holds the peak and the end of every schedule, and only rates that training uses', () => {
    const recipe = fc
      .record({
        warmupSteps: fc.integer({ min: 0, max: 50 }),
        schedule: fc.record({ kind: fc.constantFrom('constant', 'linear', 'cosine', 'wsd') }),
      })
      .map((input) => recipeSchema.parse(input));
    fc.assert(
      fc.property(recipe, fc.integer({ min: 60, max: 5000 }), (given, steps) => {
        const points = learningRateCurve(given, steps);
        for (const { step, rate } of points) expect(rate).toBe(learningRateAt(given, step, steps));
        expect(points.at(-1)?.step).toBe(steps);
        const peak = Math.max(
          ...Array.from({ length: steps }, (_, at) => learningRateAt(given, at + 1, steps)),
        );
        expect(Math.max(...points.map(({ rate }) => rate))).toBe(peak);
        const order = points.map(({ step }) => step);
        expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
      }),
    );
  });
});

describe('curvePath', () => {
  it('begins left, ends right, and has the largest rate at the top', () => {
    const path = curvePath(
      [
        { step: 1, rate: 1 },
        { step: 3, rate: 2 },
        { step: 5, rate: 0 },
      ],
      100,
      50,
    );
    expect(path).toBe('M0.0 25.0L50.0 0.0L100.0 50.0');
  });
});
