import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateSeconds, type PastRun } from '../../src-main/service/time-estimate.ts';

/** A machine where a step costs a millisecond and what its FLOPs take at 20 GFLOP/s. */
const run = (flopsPerStep: number, steps = 20_000): PastRun => ({
  flops: flopsPerStep * steps,
  steps,
  seconds: steps * (1e-3 + flopsPerStep / 20e9),
});
const study = (flopsPerStep: number, steps = 3000) => ({ flops: flopsPerStep * steps, steps });

describe('the time of a study', () => {
  it('is exact where runs of the same size are known, whatever else is', () => {
    const past = [run(1e6), run(1e9), run(1e12)];
    expect(estimateSeconds(past, study(1e9), 1)).toBeCloseTo(3000 * (1e-3 + 1 / 20), 6);
    expect(estimateSeconds(past, study(1e9), 2)).toBeCloseTo(1500 * (1e-3 + 1 / 20), 6);
  });

  it('is taken from the nearest size', () => {
    const rate = (past: readonly PastRun[]) => estimateSeconds(past, study(4e8), 1)!;
    expect(rate([run(1e8), run(1e9), run(1e12)])).toBe(rate([run(1e9)]));
  });

  it.each([
    ['nothing was run', []],
    ['only far smaller models were run', [run(1e7)]],
    ['only far larger models were run', [run(1e11)]],
    ['all runs were too short to say', [run(1e9, 5)]],
    ['a run did nothing', [{ flops: 0, steps: 0, seconds: 30 }]],
  ])('is not known where %s', (_, past) => {
    expect(estimateSeconds(past, study(1e9), 1)).toBeNull();
  });

  it('is right within half of it for all sizes that are known within a factor of ten', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 7, max: 12, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (size, away) => {
          const seconds = estimateSeconds([run(10 ** size)], study(10 ** (size + away * 0.3)), 1)!;
          const right = 3000 * (1e-3 + 10 ** (size + away * 0.3) / 20e9);
          expect(seconds / right).toBeGreaterThan(0.5 - 1e-9);
          expect(seconds / right).toBeLessThan(2 + 1e-9);
        },
      ),
    );
  });
});
