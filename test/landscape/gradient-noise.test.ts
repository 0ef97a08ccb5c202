import { describe, expect, it } from 'vitest';
import { gradientStatistics, noiseStatistics } from '../../src-main/landscape/gradient-noise.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { quadratic, toyOracle } from './toy.ts';

/** Moments of n batch gradients G + N(0, deviation²/batchSize) in `size` dimensions, with |G|² = 1. */
function gaussianMoments(options: {
  count: number;
  size: number;
  deviation: number;
  batchSize: number;
  seed: number;
}) {
  const { count, size, deviation, batchSize, seed } = options;
  const stream = randomStream(seed, 'noise');
  const gradients = Array.from({ length: count }, () =>
    Float64Array.from(
      { length: size },
      () => 1 / Math.sqrt(size) + (deviation / Math.sqrt(batchSize)) * stream.normal(),
    ),
  );
  const mean = Float64Array.from({ length: size }, (_, index) =>
    gradients.reduce((sum, one) => sum + one[index]! / count, 0),
  );
  const inner = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, index) => sum + value * b[index]!, 0);
  return {
    squaredNorms: gradients.map((one) => inner(one, one)),
    alongMean: gradients.map((one) => inner(one, mean)),
    squaredMean: inner(mean, mean),
    batchSize,
  };
}

describe('noiseStatistics', () => {
  it('recover signal and noise of Gaussian gradients: tr Σ = 500 · 0.2² = 20, |G|² = 1', () => {
    const found = noiseStatistics(
      gaussianMoments({ count: 64, size: 500, deviation: 0.2, batchSize: 4, seed: 1 }),
    );
    expect(found.variance).toBeGreaterThan(19);
    expect(found.variance).toBeLessThan(21);
    expect(found.squaredNorm).toBeGreaterThan(0.9);
    expect(found.squaredNorm).toBeLessThan(1.1);
    expect(found.noiseScale!.low!).toBeLessThan(20);
    expect(found.noiseScale!.high!).toBeGreaterThan(20);
  });

  it('are unbiased: their means over 400 draws of 4 batches are the truth', () => {
    const draws = Array.from({ length: 400 }, (_, seed) =>
      noiseStatistics(gaussianMoments({ count: 4, size: 20, deviation: 0.5, batchSize: 2, seed })),
    );
    const mean = (of: (draw: (typeof draws)[number]) => number): number =>
      draws.reduce((sum, draw) => sum + of(draw), 0) / draws.length;
    expect(mean((draw) => draw.variance)).toBeCloseTo(20 * 0.25, 0);
    expect(Math.abs(mean((draw) => draw.variance) - 5)).toBeLessThan(0.15);
    // The standard error of the mean is about 0.035; the biased estimator |ḡ|² would be off by 0.625.
    expect(Math.abs(mean((draw) => draw.squaredNorm) - 1)).toBeLessThan(0.12);
  });

  it('cover the truth about as often as they say', () => {
    const covered = Array.from({ length: 200 }, (_, seed) =>
      noiseStatistics(gaussianMoments({ count: 8, size: 300, deviation: 0.1, batchSize: 4, seed })),
    ).filter(({ noiseScale }) => noiseScale && noiseScale.low! < 3 && noiseScale.high! > 3);
    expect(covered.length).toBeGreaterThan(170);
  });

  it('have no noise scale where the estimate of |G|² is not positive', () => {
    const moments = { squaredNorms: [1, 1], alongMean: [0, 0], squaredMean: 0, batchSize: 1 };
    expect(noiseStatistics(moments)).toMatchObject({ noiseScale: null, squaredNorm: -1, variance: 2 });
  });

  it('find no noise in equal gradients', () => {
    const found = noiseStatistics({
      squaredNorms: [4, 4, 4],
      alongMean: [4, 4, 4],
      squaredMean: 4,
      batchSize: 8,
    });
    expect(found.variance).toBe(0);
    expect(found.squaredNorm).toBe(4);
  });
});

describe('gradientStatistics', () => {
  const identity = [
    [1, 0],
    [0, 1],
  ];
  // Gradients x + c at x = (1, 0): (1, 0), (3, 0), (2, 2), (2, −2), mean (2, 0).
  const linear = [
    [0, 0],
    [2, 0],
    [1, 2],
    [1, -2],
  ];

  it('agree with a calculation by hand', async () => {
    const oracle = toyOracle(2, quadratic(identity, linear), { batchCount: 4, batchSize: 3 });
    const found = await gradientStatistics(oracle, Float32Array.of(1, 0));
    // Mean |g|² = (1 + 9 + 8 + 8) / 4 = 6.5, |ḡ|² = 4, n = 4, b = 3.
    expect(found.squaredNorm).toBeCloseTo((4 * 4 - 6.5) / 3, 12);
    expect(found.variance).toBeCloseTo((6.5 - 4) / (1 / 3 - 1 / 12), 12);
    expect(found.noiseScale!.estimate).toBeCloseTo(10 / (9.5 / 3), 12);
    expect(found.norms).toEqual([{ part: 'x', norm: 2 }]);
  });

  it('leave the noise open for a single batch', async () => {
    const oracle = toyOracle(2, quadratic(identity, linear));
    expect(await gradientStatistics(oracle, Float32Array.of(1, 0))).toMatchObject({
      noiseScale: null,
      squaredNorm: 1,
    });
  });
});
