import { describe, expect, it } from 'vitest';
import { seedBand } from '../../../src-main/service/window/seed-bands.ts';

const run = (...values: readonly (number | null)[]) =>
  values.map((value, index) => ({ step: index * 10, value, seconds: 0 }));
const ALL = { from: 0, to: 1000, pixels: 100 };

describe('seedBand', () => {
  it('is lowest and highest of all runs where all were measured', () => {
    expect(seedBand([run(3, 2, 1), run(4, 1, 1.5), run(2, 3)], ALL)).toEqual({
      seeds: 3,
      steps: [0, 10],
      low: [2, 1],
      high: [4, 3],
    });
  });

  it('is none for one run, and where runs share no finite value', () => {
    expect(seedBand([run(3, 2)], ALL)).toBeNull();
    expect(seedBand([], ALL)).toBeNull();
    expect(seedBand([run(3), run(Number.NaN, 1)], ALL)).toBeNull();
    expect(seedBand([run(null, 1), run(2, null)], ALL)).toBeNull();
  });

  it('keeps to the range, and keeps extremes where there are more steps than pixels', () => {
    const runs = [run(1, 2, 3, 4), run(1, 9, 0, 4)];
    expect(seedBand(runs, { from: 10, to: 20, pixels: 100 })?.steps).toEqual([10, 20]);
    expect(seedBand(runs, { from: 0, to: 1000, pixels: 2 })).toEqual({
      seeds: 2,
      steps: [0, 20],
      low: [1, 0],
      high: [9, 4],
    });
  });
});
