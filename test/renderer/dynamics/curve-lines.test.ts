import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bestByStep,
  fittedLimit,
  interpolated,
  leavesAbove,
  smoothed,
} from '../../../src-renderer/dynamics/curve-lines.ts';

const curve = (steps: readonly number[], values: readonly (number | null)[]) => ({
  steps,
  values,
  seconds: steps,
  lost: [],
  total: steps.length,
});

describe('bestByStep', () => {
  it('takes the lowest where all that go on were measured', () => {
    const best = bestByStep([curve([0, 10, 20], [3, 2, 1]), curve([0, 20], [2.5, 2])]);
    expect([...best]).toEqual([
      [0, 2.5],
      [20, 1],
    ]);
  });

  it('leaves a diverged curve out from its divergence on', () => {
    expect([...bestByStep([curve([0, 10], [3, null]), curve([0, 10], [4, 2])])]).toEqual([
      [0, 3],
      [10, 2],
    ]);
  });
});

describe('smoothed', () => {
  const points = fc
    .array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 40 })
    .map((values) => values.map((value, index) => ({ step: index * 3, value })));

  it('stays within the values and leaves a constant as it is', () => {
    fc.assert(
      fc.property(points, (line) => {
        const values = line.map(({ value }) => value);
        for (const { value } of smoothed(line, 10)) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        }
      }),
    );
    expect(
      smoothed(
        [0, 5, 9].map((step) => ({ step, value: 2 })),
        4,
      ).map(({ value }) => value),
    ).toEqual([2, 2, 2]);
  });

  it('depends on steps and hardly on how often was measured', () => {
    const at = (step: number): number => 3 * Math.exp(-step / 400) + 1;
    const dense = smoothed(
      Array.from({ length: 1001 }, (_, step) => ({ step, value: at(step) })),
      50,
    );
    const sparse = smoothed(
      Array.from({ length: 101 }, (_, index) => ({ step: index * 10, value: at(index * 10) })),
      50,
    );
    for (const { step, value } of sparse.slice(10))
      expect(Math.abs(value! - dense[step]!.value!) / value!).toBeLessThan(0.01);
  });

  it('weighs a value half as much a half-life later', () => {
    const [, second] = smoothed(
      [
        { step: 0, value: 0 },
        { step: 10, value: 1 },
      ],
      10,
    );
    // Two readings with the weights ½·½… : the first has decayed to one half, the second counts one half.
    expect(second!.value).toBeCloseTo(0.5, 12);
  });

  it('keeps gaps', () => {
    expect(
      smoothed(
        [
          { step: 0, value: 1 },
          { step: 1, value: null },
          { step: 2, value: 1 },
        ],
        5,
      )[1]!.value,
    ).toBeNull();
  });
});

describe('interpolated', () => {
  it('is straight between points, and nothing outside them or across a gap', () => {
    const line = [
      { step: 0, value: 2 },
      { step: 10, value: 1 },
      { step: 20, value: null },
    ];
    expect(interpolated(line, 5)).toBe(1.5);
    expect(interpolated(line, 10)).toBe(1);
    expect(interpolated(line, 15)).toBeNull();
    expect(interpolated(line, -1)).toBeNull();
  });
});

describe('leavesAbove', () => {
  const line = (...values: readonly number[]) => values.map((value, index) => ({ step: index * 10, value }));

  it('finds where a line comes back below the limit, and its height', () => {
    expect(leavesAbove(line(4, 2, 1), 3)).toEqual({ step: 5, value: 4 });
    expect(leavesAbove(line(1, 4, 2), 3)).toEqual({ step: 15, value: 4 });
  });

  it('stands at the first point of a line that never comes back', () => {
    expect(leavesAbove(line(5, 4), 3)).toEqual({ step: 0, value: 5 });
    expect(leavesAbove(line(2, 1), 3)).toBeNull();
  });
});

describe('fittedLimit', () => {
  it('leaves far starts above and never cuts a pool that is close together', () => {
    expect(fittedLimit([2.1, 2.15, 2.2, 2.3, 4.4], [1.9, 1.95])).toBe(2.3);
    expect(fittedLimit([2.1, 2.15, 2.2], [1.9])).toBe(2.2);
  });
});
