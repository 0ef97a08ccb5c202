import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exponentialMean,
  isSmoothing,
  runningMean,
  smoothedBy,
} from '../../../src-renderer/dynamics/smoothing.ts';
import { FIRST_VIEW, readView } from '../../../src-renderer/dynamics/view-state.ts';

describe('exponentialMean', () => {
  const points = fc
    .array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 40 })
    .map((values) => values.map((value, index) => ({ step: index * 3, value })));

  it('stays within the values and leaves a constant as it is', () => {
    fc.assert(
      fc.property(points, (line) => {
        const values = line.map(({ value }) => value);
        for (const { value } of exponentialMean(line, 10)) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        }
      }),
    );
    expect(
      exponentialMean(
        [0, 5, 9].map((step) => ({ step, value: 2 })),
        4,
      ).map(({ value }) => value),
    ).toEqual([2, 2, 2]);
  });

  it('depends on steps and hardly on how often was measured', () => {
    const at = (step: number): number => 3 * Math.exp(-step / 400) + 1;
    const dense = exponentialMean(
      Array.from({ length: 1001 }, (_, step) => ({ step, value: at(step) })),
      50,
    );
    const sparse = exponentialMean(
      Array.from({ length: 101 }, (_, index) => ({ step: index * 10, value: at(index * 10) })),
      50,
    );
    for (const { step, value } of sparse.slice(10))
      expect(Math.abs(value! - dense[step]!.value!) / value!).toBeLessThan(0.01);
  });

  it('weighs a value half as much a half-life later', () => {
    const [, second] = exponentialMean(
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
      exponentialMean(
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

describe('runningMean', () => {
  const line = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.double({ min: -5, max: 5, noNaN: true })), {
      minLength: 1,
      maxLength: 40,
    })
    .map((parts) => {
      let step = 0;
      return parts.map(([by, value]) => {
        step += by;
        return { step, value };
      });
    });

  it('leaves ends, constants and straight lines as they are, and stays within the values', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 60 }), (points, width) => {
        const smooth = runningMean(points, width);
        const values = points.map(({ value }) => value);
        expect(smooth.map(({ step }) => step)).toEqual(points.map(({ step }) => step));
        expect(smooth[0]).toEqual(points[0]);
        expect(smooth.at(-1)).toEqual(points.at(-1));
        for (const { value } of smooth) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        }
        const straight = points.map(({ step }) => ({ step, value: 3 - 0.25 * step }));
        for (const [index, { value }] of runningMean(straight, width).entries())
          expect(value).toBeCloseTo(straight[index]!.value, 9);
      }),
    );
  });

  it('does not depend on how often was measured', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 60 }), (points, width) => {
        // Every straight piece with another point in its middle.
        const dense = points.flatMap((point, index) => {
          const next = points[index + 1];
          if (!next) return [point];
          return [point, { step: (point.step + next.step) / 2, value: (point.value + next.value) / 2 }];
        });
        const smooth = new Map(runningMean(dense, width).map(({ step, value }) => [step, value]));
        for (const { step, value } of runningMean(points, width))
          expect(smooth.get(step)).toBeCloseTo(value!, 8);
      }),
    );
  });

  it('is the mean over the window, by hand', () => {
    const points = [0, 10, 20].map((step) => ({ step, value: step === 10 ? 1 : 0 }));
    // Window 10 around step 10: a tent from ½ over 1 to ½.
    expect(runningMean(points, 10)[1]!.value).toBeCloseTo(0.75, 12);
    expect(runningMean(points, 1000)[1]!.value).toBeCloseTo(0.5, 12);
  });

  it('smooths to both sides of a gap and not across it', () => {
    const points = [1, 3, null, 50, 70].map((value, step) => ({ step, value }));
    expect(runningMean(points, 100)).toEqual(points);
  });
});

describe('the choice of smoothing', () => {
  it('is kept with the view, and off where what was kept cannot be read', () => {
    const smoothing = { method: 'mean', width: 40 } as const;
    expect(readView(JSON.stringify({ smoothing })).smoothing).toEqual(smoothing);
    for (const wrong of [
      100,
      { method: 'median', width: 4 },
      { method: 'mean', width: 0 },
      { method: 'mean' },
      null,
    ])
      expect(readView(JSON.stringify({ smoothing: wrong })).smoothing).toEqual(FIRST_VIEW.smoothing);
    expect(isSmoothing({ method: 'mean', width: 2.5 })).toBe(false);
  });

  it('leaves the points alone when off', () => {
    const points = [{ step: 0, value: 4 }];
    expect(smoothedBy(points, { method: 'none', width: 10 })).toEqual(points);
  });
});
