import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalArray, normalQuantile, randomStream } from '../../src-main/tensor/random.ts';

/** Quantiles to 40 digits (mpmath 1.x: root of erfc(-x/√2)/2 - p), rounded to the nearest double. */
const QUANTILES: readonly (readonly [number, number])[] = [
  [0.5, 0],
  [0.6, 0.2533471031357997],
  [0.75, 0.6744897501960817],
  [0.9, 1.2815515655446006],
  [0.925, 1.4395314709384561],
  [0.92500001, 1.439531541582168],
  [0.95, 1.6448536269514722],
  [0.975, 1.9599639845400538],
  [0.99, 2.3263478740408408],
  [0.999, 3.090232306167813],
  [0.9999999999999999, 8.209536151601387],
  [0.1, -1.2815515655446006],
  [0.025, -1.9599639845400543],
  [1e-4, -3.7190164854556804],
  [1e-6, -4.753424308822899],
  [1e-9, -5.9978070150076865],
  [1e-12, -7.034483825301132],
  [1e-16, -8.222082216130435],
  [1e-100, -21.273453560965326],
  [1e-300, -37.0470962993612],
];

describe('normalQuantile', () => {
  it.each(QUANTILES)('of %d is %d to 1e-12 relative', (probability, expected) => {
    const error = Math.abs(normalQuantile(probability) - expected);
    expect(error).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
  });

  it('is odd about one half, and increasing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 20 - 2 }), (numerator) => {
        const probability = numerator / 2 ** 20;
        expect(normalQuantile(1 - probability)).toBeCloseTo(-normalQuantile(probability), 12);
        expect(normalQuantile(probability + 2 ** -20)).toBeGreaterThan(normalQuantile(probability));
      }),
    );
  });
});

describe('randomStream', () => {
  it('gives the numbers of an independent implementation', () => {
    // sfc32 over the same hashes, written in Python with masked integers; the normal from mpmath.
    const weights = randomStream(42, 'init', 'h.0.attn.q.w');
    expect([1, 2, 3, 4].map(() => weights.nextUint32())).toEqual([
      859047042, 1733963484, 3062538825, 2331265673,
    ]);
    expect(weights.normal()).toBeCloseTo(-1.0765114654666443, 12);
    const noise = randomStream(0, 1, 'noise', 'wte');
    expect([1, 2, 3, 4].map(() => noise.nextUint32())).toEqual([
      1414504889, 3432810800, 3337536913, 2562848257,
    ]);
    expect(noise.normal()).toBeCloseTo(-0.035160619950235505, 12);
  });

  it('has normal deviates with the moments of the standard normal, within 5 standard errors', () => {
    const count = 40_000;
    const stream = randomStream(7, 'moments');
    const sums = [0, 0, 0, 0];
    for (let index = 0; index < count; index++) {
      const value = stream.normal();
      for (let power = 1; power <= 4; power++) sums[power - 1]! += value ** power;
    }
    const expected = [0, 1, 0, 3];
    // Variance of x^p is E x^2p - (E x^p)^2 = 1, 2, 15, 96 for p = 1…4.
    const errors = [1, 2, 15, 96].map((variance) => Math.sqrt(variance / count));
    sums.forEach((sum, index) => {
      expect(Math.abs(sum / count - expected[index]!)).toBeLessThan(5 * errors[index]!);
    });
  });

  it.each([
    ['seeds', [1, 'a'], [2, 'a']],
    ['last words', [1, 'init', 'h.0.attn.q.w'], [1, 'init', 'h.0.attn.k.w']],
    ['layers', [1, 'init', 'h.1.attn.q.w'], [1, 'init', 'h.11.attn.q.w']],
    ['splits of the same letters', [1, 'ab', 'c'], [1, 'a', 'bc']],
    ['numbers and their texts', [1, 2], [1, '2']],
  ] as const)('is uncorrelated between different %s', (_, left, right) => {
    const count = 20_000;
    const a = randomStream(...(left as unknown as [number]));
    const b = randomStream(...(right as unknown as [number]));
    let product = 0;
    for (let index = 0; index < count; index++) product += a.normal() * b.normal();
    expect(Math.abs(product / count)).toBeLessThan(5 / Math.sqrt(count));
  });

  it('spreads below(bound) evenly (chi-squared with 9 degrees of freedom below its 1e-6 quantile)', () => {
    const stream = randomStream(3, 'below');
    const counts = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) counts[stream.below(10)]!++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeLessThan(46);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('keeps uniform in [0, 1) and below(bound) in [0, bound)', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const stream = randomStream(seed, 'range');
        const uniform = stream.uniform();
        const below = stream.below(bound);
        expect(uniform >= 0 && uniform < 1).toBe(true);
        expect(Number.isInteger(below) && below >= 0 && below < bound).toBe(true);
      }),
    );
  });
});

describe('normalArray', () => {
  it('is the rounded deviates of its stream, in order, times the deviation', () => {
    const stream = randomStream(5, 'x');
    const expected = [1, 2, 3].map(() => Math.fround(0.25 * stream.normal()));
    expect([...normalArray(randomStream(5, 'x'), 3, 0.25)]).toEqual(expected);
  });
});
