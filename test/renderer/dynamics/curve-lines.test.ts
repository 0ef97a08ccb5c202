import { describe, expect, it } from 'vitest';
import {
  bestByStep,
  fittedLimit,
  interpolated,
  leavesAbove,
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
