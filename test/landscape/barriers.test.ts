import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barrierPath } from '../../src-main/landscape/barriers.ts';
import { between } from '../../src-main/landscape/parameter-space.ts';
import { matrixWith, quadratic, toyOracle } from './toy.ts';

const options = { points: 21, seed: 1 };

/** Σ (x² − 1)² + tilt·x: two wells at ±1, a hill of height 1 between them. */
const doubleWell = (tilt: number) =>
  toyOracle(1, (b, x, batch) =>
    b.add(
      b.add(b.sumAll(b.square(b.subtract(b.square(x), b.scalar(1)))), b.scale(b.sumAll(x), tilt)),
      b.scale(b.sumAll(b.oneHot(batch, 2)), 0),
    ),
  );

describe('barrierPath', () => {
  it('finds no barrier on a convex loss, wherever the ends are', async () => {
    const oracle = toyOracle(3, quadratic(matrixWith([4, 1, 0], 'convex')));
    const place = fc.float32Array({ min: -2, max: 2, noNaN: true, minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(place, place, async (from, to) => {
        fc.pre(from.some((value) => value !== 0));
        const { barrier } = await barrierPath(oracle, from, to, { points: 9, seed: 1 });
        expect(barrier!.estimate).toBeGreaterThanOrEqual(0);
        expect(barrier!.estimate).toBeLessThanOrEqual(1e-6);
      }),
      { numRuns: 60, seed: 9 },
    );
  });

  it('measures the hill between two wells of equal depth', async () => {
    const { shares, losses, barrier, instability, distance } = await barrierPath(
      doubleWell(0),
      Float32Array.of(-1),
      Float32Array.of(1),
      options,
    );
    expect(shares[10]).toBe(0.5);
    expect(losses[10]).toBeCloseTo(1, 9);
    expect(barrier!.estimate).toBeCloseTo(1, 9);
    expect(instability!.estimate).toBeCloseTo(1, 9);
    expect(distance).toBeCloseTo(2, 9);
  });

  it('takes the slope between unequal ends out of the barrier, and only their mean out of the instability', async () => {
    const tilt = 0.2;
    const { losses, barrier, instability } = await barrierPath(
      doubleWell(tilt),
      Float32Array.of(-1),
      Float32Array.of(1),
      options,
    );
    expect(losses[0]).toBeCloseTo(-tilt, 6);
    expect(losses.at(-1)).toBeCloseTo(tilt, 6);
    // The tilt is linear in x, so it cancels exactly: the hill stays.
    expect(barrier!.estimate).toBeCloseTo(1, 6);
    const highest = Math.max(...losses.map((loss) => loss!));
    expect(instability!.estimate).toBeCloseTo(highest, 9);
  });

  it('is the same in both directions', async () => {
    const oracle = doubleWell(0.3);
    const [one, other] = [Float32Array.of(-0.9), Float32Array.of(1.2)];
    const forth = await barrierPath(oracle, one, other, options);
    const back = await barrierPath(oracle, other, one, options);
    expect(back.barrier!.estimate).toBeCloseTo(forth.barrier!.estimate, 6);
    expect(back.losses.toReversed()[5]).toBeCloseTo(forth.losses[5]!, 6);
  });
});

describe('between', () => {
  it('is exactly each end at its end', () => {
    const [from, to] = [Float32Array.of(0.1, -3e7, 1e-30), Float32Array.of(7, 0.3, -2)];
    expect(between(from, to, 0)).toEqual(from);
    expect(between(from, to, 1)).toEqual(to);
  });
});
