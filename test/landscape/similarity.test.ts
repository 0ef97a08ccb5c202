import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Representation } from '../../src-main/landscape/similarity.ts';
import { linearCka, similarityMatrix } from '../../src-main/landscape/similarity.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { orthonormal } from './toy.ts';

const ROWS = 40;

function random(width: number, seed: number): Representation {
  const stream = randomStream(seed, 'cka', width);
  return { values: Float64Array.from({ length: ROWS * width }, () => stream.normal()), width };
}

/** X·M + shift for a matrix of columns. */
function mapped({ values, width }: Representation, matrix: readonly number[][], shift = 0): Representation {
  const columns = matrix[0]!.length;
  return {
    values: Float64Array.from({ length: ROWS * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      return matrix.reduce((sum, line, index) => sum + values[row * width + index]! * line[column]!, shift);
    }),
    width: columns,
  };
}

/** The same by Gram matrices and the Hilbert-Schmidt independence criterion (Kornblith et al. 2019, §3): another route. */
function ckaByGram(x: Representation, y: Representation): number {
  const gram = ({ values, width }: Representation): number[][] =>
    Array.from({ length: ROWS }, (_, i) =>
      Array.from({ length: ROWS }, (_, j) => {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += values[i * width + k]! * values[j * width + k]!;
        return sum;
      }),
    );
  const centre = (matrix: number[][]): number[][] => {
    const rows = matrix.map((row) => row.reduce((sum, value) => sum + value, 0) / ROWS);
    const all = rows.reduce((sum, value) => sum + value, 0) / ROWS;
    return matrix.map((row, i) => row.map((value, j) => value - rows[i]! - rows[j]! + all));
  };
  const hsic = (a: number[][], b: number[][]): number =>
    a.reduce((sum, row, i) => sum + row.reduce((part, value, j) => part + value * b[i]![j]!, 0), 0);
  const [k, l] = [centre(gram(x)), centre(gram(y))];
  return hsic(k, l) / Math.sqrt(hsic(k, k) * hsic(l, l));
}

describe('linearCka', () => {
  const seeds = fc.integer({ min: 0, max: 1e6 });

  it('is 1 for a representation and itself, turned, scaled and shifted', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0.01, max: 50, noNaN: true }), (seed, scale) => {
        const x = random(5, seed);
        const turned = mapped(
          x,
          orthonormal(5, `turn ${seed}`).map((row) => row.map((value) => scale * value)),
          3,
        );
        expect(linearCka(x, x)).toBeCloseTo(1, 10);
        expect(linearCka(x, turned)).toBeCloseTo(1, 8);
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('does not change when either side is turned or scaled, and not with the order', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [x, y] = [random(4, seed), random(6, seed + 1)];
        const value = linearCka(x, y);
        expect(linearCka(mapped(x, orthonormal(4, `left ${seed}`)), y)).toBeCloseTo(value, 9);
        expect(
          linearCka(
            x,
            mapped(
              y,
              orthonormal(6, `right ${seed}`).map((row) => row.map((one) => -7 * one)),
            ),
          ),
        ).toBeCloseTo(value, 9);
        expect(linearCka(y, x)).toBeCloseTo(value, 12);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('agrees with the form by Gram matrices', () => {
    for (const seed of [1, 2, 3]) {
      const [x, y] = [random(3, seed), random(7, seed)];
      expect(linearCka(x, y)).toBeCloseTo(ckaByGram(x, y), 10);
    }
  });

  it('is the squared correlation of two single columns', () => {
    const [x, y] = [random(1, 1), random(1, 2)];
    const mixed = { values: x.values.map((value, index) => value + 0.5 * y.values[index]!), width: 1 };
    const mean = (v: Float64Array): number => v.reduce((sum, value) => sum + value, 0) / v.length;
    const centred = (v: Float64Array): Float64Array => v.map((value) => value - mean(v));
    const inner = (a: Float64Array, b: Float64Array): number =>
      a.reduce((sum, value, index) => sum + value * b[index]!, 0);
    const [a, b] = [centred(x.values), centred(mixed.values)];
    expect(linearCka(x, mixed)).toBeCloseTo(inner(a, b) ** 2 / (inner(a, a) * inner(b, b)), 10);
  });

  it('changes under a map that is neither a turn nor a scale', () => {
    const x = random(2, 5);
    expect(
      linearCka(
        x,
        mapped(x, [
          [10, 0],
          [0, 0.1],
        ]),
      ),
    ).toBeLessThan(0.95);
  });

  it('is NaN for a constant representation', () => {
    expect(linearCka(random(2, 1), { values: new Float64Array(ROWS * 2).fill(4), width: 2 })).toBeNaN();
  });
});

describe('similarityMatrix', () => {
  it('holds the value of every pair', async () => {
    const [first, second] = [
      [random(3, 1), random(4, 2)],
      [random(4, 2), random(5, 3), random(3, 1)],
    ];
    const matrix = await similarityMatrix(first, second);
    matrix.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(linearCka(first[i]!, second[j]!), 12);
      });
    });
    expect(matrix[1]![0]).toBeCloseTo(1, 12);
    expect(matrix[0]![2]).toBeCloseTo(1, 12);
  });
});
