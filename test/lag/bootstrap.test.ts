import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapBounds, pairedDifference, quantile } from '../../src-main/lag/bootstrap.ts';
import golden from '../fixtures/scipy/rank-statistics.json' with { type: 'json' };

describe('quantile', () => {
  it.each(golden.quantiles)('equals numpy.quantile at $probability', (row) => {
    expect(Math.abs(quantile(row.sorted, row.probability) - row.quantile)).toBeLessThanOrEqual(1e-12);
  });

  it('refuses an empty list and a probability outside 0 to 1', () => {
    expect(() => quantile([], 0.5)).toThrow('not defined');
    expect(() => quantile([1], 1.1)).toThrow('not defined');
  });
});

describe('pairedDifference', () => {
  // 20 000 resamples fix a bound to a few hundredths of a standard error (about 0.02 at 95 %).
  it.each(golden.bootstraps)('agrees with scipy.stats.bootstrap at confidence $confidence', (row) => {
    const interval = pairedDifference(row.losses, row.reference, {
      seed: 5,
      purpose: 'test',
      confidence: row.confidence,
      resamples: 20_000,
    })!;
    expect(interval.estimate).toBeCloseTo(row.mean, 12);
    expect(Math.abs(interval.low - row.low)).toBeLessThan(0.08 * row.standardError);
    expect(Math.abs(interval.high - row.high)).toBeLessThan(0.08 * row.standardError);
  });

  it('covers the true difference at about its stated rate', () => {
    // Deterministic pseudo-samples: sums of uniform draws by a linear congruential generator.
    let state = 12345;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const normal = (): number => Array.from({ length: 12 }, uniform).reduce((sum, u) => sum + u, -6);
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const losses = Array.from({ length: 40 }, () => 0.3 + normal());
      const interval = pairedDifference(losses, new Array<number>(40).fill(0), {
        seed: trial,
        purpose: 'coverage',
        resamples: 400,
      })!;
      if (interval.low <= 0.3 && 0.3 <= interval.high) covered++;
    }
    expect(covered).toBeGreaterThan(200 * 0.88);
    expect(covered).toBeLessThan(200);
  });

  it('gives the same interval for the same seed and another for another seed', () => {
    const losses = [1, 2, 4, 8, 16];
    const zero = [0, 0, 0, 0, 0];
    const draw = (seed: number) => pairedDifference(losses, zero, { seed, purpose: 'test', resamples: 50 });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('changes its sign with the order of the two candidates', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 12 }), (values) => {
        const zero = values.map(() => 0);
        const options = { seed: 3, purpose: 'test', resamples: 101 };
        const there = pairedDifference(values, zero, options)!;
        const back = pairedDifference(zero, values, options)!;
        expect(back.estimate).toBeCloseTo(-there.estimate, 9);
        expect(back.low).toBeCloseTo(-there.high, 9);
        expect(back.high).toBeCloseTo(-there.low, 9);
      }),
      { numRuns: 40 },
    );
  });

  it('is null for one batch and for losses that are not finite, and refuses unequal batches', () => {
    const options = { seed: 1, purpose: 'test' };
    expect(pairedDifference([1], [2], options)).toBeNull();
    expect(pairedDifference([1, Number.NaN], [2, 2], options)).toBeNull();
    expect(() => pairedDifference([1, 2], [2], options)).toThrow('same batches');
  });
});

describe('bootstrapBounds', () => {
  it('is null when the statistic is undefined for most resamples', () => {
    expect(bootstrapBounds(5, () => null, { seed: 1, purpose: 'test', resamples: 100 })).toBeNull();
  });

  it('leaves undefined resamples out', () => {
    let call = 0;
    const bounds = bootstrapBounds(5, () => (call++ % 4 === 0 ? null : 7), {
      seed: 1,
      purpose: 'test',
      resamples: 100,
    });
    expect(bounds).toEqual({ low: 7, high: 7 });
  });

  it('refuses a confidence of 1 and zero resamples', () => {
    expect(() => bootstrapBounds(5, () => 1, { seed: 1, purpose: 't', confidence: 1 })).toThrow('confidence');
    expect(() => bootstrapBounds(5, () => 1, { seed: 1, purpose: 't', resamples: 0 })).toThrow('resamples');
  });
});
