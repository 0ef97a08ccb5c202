import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weightDistance } from '../../src-main/training/weight-distance.ts';

const tensors = (...values: number[][]): Map<string, Float32Array> =>
  new Map(values.map((row, index) => [`t${index}`, Float32Array.from(row)]));

describe('weightDistance', () => {
  it('is the norm of the difference over the norm of the origin', () => {
    // Difference (0, 3, 0, 4): norm 5. Origin (0, 6, 8, 0): norm 10.
    expect(weightDistance(tensors([0, 9], [8, 4]), tensors([0, 6], [8, 0]))).toBe(0.5);
  });

  it('is zero at the origin and grows in proportion to a move', () => {
    const values = fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, (row) => {
        const origin = tensors(row, [1]);
        expect(weightDistance(origin, origin)).toBe(0);
        const away = (factor: number) =>
          tensors(
            row.map((value) => value * factor),
            [factor],
          );
        expect(weightDistance(away(2), origin)).toBeCloseTo(1, 6);
        expect(weightDistance(away(-1), origin)).toBeCloseTo(2, 6);
      }),
    );
  });

  it('does not depend on the order of the tensors given, to the last bit', () => {
    const origin = tensors([0.1, 0.2, 0.3], [1e-8, 7]);
    const moved = tensors([0.15, -0.2, 0.7], [1e-3, 7.5]);
    expect(weightDistance(new Map([...moved].reverse()), origin)).toBe(weightDistance(moved, origin));
  });

  it('is null where nothing can be divided by, and not finite where a weight is not', () => {
    expect(weightDistance(tensors([1]), tensors([0]))).toBeNull();
    expect(weightDistance(tensors([Number.NaN]), tensors([1]))).toBeNaN();
    expect(weightDistance(tensors([Number.POSITIVE_INFINITY]), tensors([1]))).toBe(Number.POSITIVE_INFINITY);
  });
});
