import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CurvePoint } from '../../../src-main/contract/analysis.ts';
import { POINTS_PER_COLUMN, thinCurve } from '../../../src-main/service/window/curve-decimation.ts';

const curves = fc
  .array(fc.option(fc.double({ min: -10, max: 10, noNaN: true }), { freq: 8 }), {
    minLength: 1,
    maxLength: 400,
  })
  .map((losses): CurvePoint[] => losses.map((loss, index) => ({ step: index * 3, loss })));

const extremes = (points: readonly CurvePoint[]): readonly number[] => {
  const losses = points.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  return [Math.min(...losses), Math.max(...losses)];
};

describe('thinCurve', () => {
  it('gives a curve that fits back whole', () => {
    const curve = [5, 4, null, 3].map((loss, step) => ({ step, loss }));
    expect(thinCurve(curve, { from: 0, to: 3, pixels: 4 })).toEqual({ points: curve, total: 4 });
  });

  it('keeps lowest and highest value, real points only, in order, and stays within its bound', () => {
    fc.assert(
      fc.property(curves, fc.integer({ min: 1, max: 40 }), (curve, pixels) => {
        const { points, total } = thinCurve(curve, { from: 0, to: curve.at(-1)!.step, pixels });
        expect(total).toBe(curve.length);
        expect(points.length).toBeLessThanOrEqual(Math.max(pixels, pixels * POINTS_PER_COLUMN));
        expect(extremes(points)).toEqual(extremes(curve));
        const indices = points.map((point) => curve.indexOf(point));
        expect(indices).not.toContain(-1);
        expect(indices).toEqual([...indices].sort((a, b) => a - b));
        expect(new Set(indices).size).toBe(indices.length);
      }),
    );
  });

  it('shows a single value that is not finite among thousands', () => {
    const curve = Array.from({ length: 5000 }, (_, step) => ({ step, loss: step === 3210 ? null : 1 }));
    const { points } = thinCurve(curve, { from: 0, to: 4999, pixels: 100 });
    expect(points.filter(({ loss }) => loss === null)).toEqual([{ step: 3210, loss: null }]);
  });

  it('adds one neighbour beyond each end, so that lines leave the plot', () => {
    const curve = Array.from({ length: 100 }, (_, step) => ({ step, loss: step }));
    const { points, total } = thinCurve(curve, { from: 20, to: 22, pixels: 50 });
    expect(points.map(({ step }) => step)).toEqual([19, 20, 21, 22, 23]);
    expect(total).toBe(3);
  });

  it('gives columns by the place on the axis, not by the step', () => {
    const curve = Array.from({ length: 1001 }, (_, step) => ({ step, loss: 1 }));
    const place = (step: number): number => Math.log2(1 + step / 25);
    const linear = thinCurve(curve, { from: 0, to: 1000, pixels: 20 }).points;
    const bent = thinCurve(curve, { from: 0, to: 1000, pixels: 20, place }).points;
    const early = (points: readonly CurvePoint[]): number => points.filter(({ step }) => step < 100).length;
    expect(early(bent)).toBeGreaterThan(early(linear));
  });

  it.each([
    { from: 5, to: 1, pixels: 10 },
    { from: 0, to: 1, pixels: 0 },
    { from: 0, to: 1, pixels: 1.5 },
    { from: Number.NaN, to: 1, pixels: 10 },
  ])('refuses %o', (range) => {
    expect(() => thinCurve([], range)).toThrow('must ascend');
  });
});
