import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitPowerLaw, LARGEST_EXPONENT, LEAST_EXPONENT } from '../../../src-main/lag/predictors/power-law.ts';
import { studentQuantile, studentTail } from '../../../src-main/lag/racing/student-t.ts';
import scipy from '../../fixtures/scipy/power-law.json' with { type: 'json' };

describe('fitPowerLaw', () => {
  for (const one of scipy.fits)
    it(`agrees with curve_fit: ${one.name}`, () => {
      const fit = fitPowerLaw(one.steps, one.losses, one.horizon)!;
      expect(fit.kind).toBe('inside');
      expect(fit.atHorizon).toBeCloseTo(one.atHorizon, 7);
      expect(fit.asymptote).toBeCloseTo(one.asymptote, 5);
      expect(fit.drop).toBeCloseTo(one.drop, 5);
      expect(fit.exponent).toBeCloseTo(one.exponent, 5);
      expect(fit.standardError / one.standardError).toBeCloseTo(1, 4);
    });

  it('recovers any law inside the limits from exact losses', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 4, noNaN: true }),
        fc.double({ min: 0.02, max: 2, noNaN: true }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        (asymptote, drop, exponent) => {
          const steps = [50, 75, 100, 150, 200, 250, 300, 400];
          const losses = steps.map((step) => asymptote + drop * (step / 1000) ** -exponent);
          const fit = fitPowerLaw(steps, losses, 1000)!;
          expect(fit.atHorizon / (asymptote + drop)).toBeCloseTo(1, 4);
          expect(fit.exponent).toBeCloseTo(exponent, 3);
        },
      ),
    );
  });

  it('continues a rising curve flat at its mean, with the standard error of that mean', () => {
    const fit = fitPowerLaw([10, 20, 30, 40], [2, 2.1, 2.2, 2.3], 100)!;
    expect(fit).toMatchObject({ kind: 'flat', drop: 0, degrees: 3 });
    expect(fit.atHorizon).toBeCloseTo(2.15, 12);
    expect(fit.standardError).toBeCloseTo(Math.sqrt(0.05 / 3 / 4), 12);
  });

  it('holds the exponent at a limit where the curve is straighter than any law', () => {
    const steps = [100, 200, 300, 400, 500];
    const fit = fitPowerLaw(
      steps,
      steps.map((step) => 3 - step / 1000),
      1000,
    )!;
    expect(fit).toMatchObject({ kind: 'bound', exponent: LEAST_EXPONENT });
    const step = fitPowerLaw(steps, [3, 2, 2, 2, 2], 1000)!;
    expect(step).toMatchObject({ kind: 'bound', exponent: LARGEST_EXPONENT });
  });

  it('gives nearly the same answer for thousands of evaluations, which it averages', () => {
    const steps = Array.from({ length: 4000 }, (_, index) => index + 1000);
    const losses = steps.map((step) => 1.8 + 0.2 * (step / 10_000) ** -0.5);
    expect(fitPowerLaw(steps, losses, 10_000)!.atHorizon).toBeCloseTo(2, 4);
  });

  it('has no answer for three evaluations or a loss that is not finite, and refuses step 0', () => {
    expect(fitPowerLaw([1, 2, 3], [3, 2, 1], 10)).toBeNull();
    expect(fitPowerLaw([1, 2, 3, 4], [3, 2, Number.NaN, 1], 10)).toBeNull();
    expect(() => fitPowerLaw([0, 1, 2, 3], [3, 2, 1, 1], 10)).toThrow(/steps and horizon from 1 on/);
  });
});

describe('studentQuantile', () => {
  it('agrees with scipy.stats.t.isf', () => {
    for (const { tail, degrees, quantile } of scipy.students) {
      const mine = studentQuantile(tail, degrees);
      if (quantile === 0) expect(mine).toBeCloseTo(0, 12);
      else expect(mine / quantile, `${tail} ${degrees}`).toBeCloseTo(1, 8);
    }
  });

  it('is the inverse of studentTail and refuses tails outside (0, 0.5]', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 0.499, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        (tail, degrees) => {
          expect(studentTail(studentQuantile(tail, degrees), degrees) / tail).toBeCloseTo(1, 8);
        },
      ),
    );
    for (const tail of [0, 0.6, Number.NaN]) expect(() => studentQuantile(tail, 5)).toThrow(/not defined/);
  });
});
