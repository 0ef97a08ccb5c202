import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterNormalisedDirection } from '../../src-main/landscape/directions.ts';
import {
  dot,
  parameterSpace,
  spaceOfArchitecture,
  viewsOf,
} from '../../src-main/landscape/parameter-space.ts';
import { distancesOf, lossPlaneRow, lossSlice } from '../../src-main/landscape/slices.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { tinySpec } from '../engine/tiny-model.ts';
import { matrixWith, quadratic, toyOracle } from './toy.ts';

const matrix = matrixWith([5, 2, 1, -0.5], 'slices');
const direction = Float32Array.of(0.5, -1, 0.25, 1);
/** dᵀAd. */
const curvature = matrix.reduce(
  (sum, row, i) => sum + row.reduce((part, value, j) => part + value * direction[i]! * direction[j]!, 0),
  0,
);

describe('lossSlice', () => {
  it('of a quadratic around its stationary point is a symmetric parabola of known height', async () => {
    const oracle = toyOracle(4, quadratic(matrix));
    const { distances, losses, rise } = await lossSlice(oracle, new Float32Array(4), direction, {
      points: 9,
      span: 2,
      seed: 1,
    });
    expect(distances).toEqual([-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]);
    expect(losses).toEqual(losses.toReversed());
    distances.forEach((distance, index) => {
      expect(losses[index]).toBeCloseTo((curvature * distance ** 2) / 2, 5);
    });
    expect(rise!.estimate).toBeCloseTo(2 * curvature, 5);
  });

  it('gives the loss of the model itself in the middle, to the last bit', async () => {
    const oracle = toyOracle(4, quadratic(matrix));
    const point = Float32Array.of(0.1, 0.7, -0.3, 0.2);
    const { losses } = await lossSlice(oracle, point, direction, { points: 5, span: 1, seed: 1 });
    expect(losses[2]).toBe((await oracle.batchLosses(point))[0]);
  });

  it('has an interval over batches that holds the rise, and none for one batch', async () => {
    const linear = Array.from({ length: 6 }, (_, batch) => [batch, -batch, 0, 1]);
    const options = { points: 3, span: 1, seed: 1 };
    const many = await lossSlice(
      toyOracle(4, quadratic(matrix, linear), { batchCount: 6 }),
      new Float32Array(4),
      direction,
      options,
    );
    expect(many.rise!.low!).toBeLessThanOrEqual(many.rise!.estimate);
    expect(many.rise!.high!).toBeGreaterThanOrEqual(many.rise!.estimate);
    const one = await lossSlice(toyOracle(4, quadratic(matrix)), new Float32Array(4), direction, options);
    expect(one.rise).toMatchObject({ low: null, high: null });
  });

  it('stores a loss that is not finite as null', async () => {
    const oracle = toyOracle(1, (b, x, batch) =>
      b.add(b.sumAll(b.log(x)), b.scale(b.sumAll(b.oneHot(batch, 2)), 0)),
    );
    const { losses, rise } = await lossSlice(oracle, Float32Array.of(0.5), Float32Array.of(1), {
      points: 3,
      span: 1,
      seed: 1,
    });
    expect(losses[0]).toBeNull();
    expect(losses[1]).toBeCloseTo(Math.log(0.5), 6);
    expect(rise).toBeNull();
  });
});

describe('lossPlaneRow', () => {
  it('is the slice where the second distance is zero', async () => {
    const oracle = toyOracle(4, quadratic(matrix));
    const other = Float32Array.of(1, 0, 0, 1);
    const point = Float32Array.of(0.3, 0.1, 0.2, -0.4);
    const row = await lossPlaneRow(oracle, point, [direction, other], { points: 5, span: 1, row: 2 });
    const slice = await lossSlice(oracle, point, direction, { points: 5, span: 1, seed: 1 });
    expect(row).toEqual({ second: 0, first: slice.distances, losses: slice.losses });
  });
});

describe('distancesOf', () => {
  it('mirror each other exactly around an exact zero', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0.001, max: 10, noNaN: true }),
        (half, span) => {
          const distances = distancesOf(2 * half + 1, span);
          expect(distances[half]).toBe(0);
          expect(distances.toReversed().map((value) => 0 - value)).toEqual(distances);
          expect(distances.at(-1)).toBe(span);
        },
      ),
      { seed: 3 },
    );
  });
});

describe('filterNormalisedDirection', () => {
  const space = parameterSpace([
    { name: 'rows', shape: [3, 4], filterAxis: 0, part: 'a' },
    { name: 'columns', shape: [2, 5], filterAxis: 1, part: 'a' },
    { name: 'bias', shape: [4], filterAxis: null, part: 'a' },
  ]);
  const pointFrom = (seed: number): Float32Array => {
    const stream = randomStream(seed, 'point');
    return Float32Array.from({ length: space.size }, () => stream.normal());
  };
  /** Norms of the three rows, then of the five columns. */
  const filterNorms = (point: Float32Array): number[] => {
    const { rows, columns } = Object.fromEntries(viewsOf(space, point)) as Record<string, Float32Array>;
    return [
      ...[0, 1, 2].map((row) => Math.hypot(...rows!.subarray(4 * row, 4 * row + 4))),
      ...[0, 1, 2, 3, 4].map((column) => Math.hypot(columns![column]!, columns![5 + column]!)),
    ];
  };

  it('gives every filter the norm of the model’s and leaves biases alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.nat(20), (seed, index) => {
        const point = pointFrom(seed);
        const found = filterNormalisedDirection(space, point, seed, index);
        const expected = filterNorms(point);
        filterNorms(found).forEach((value, filter) => {
          expect(value).toBeCloseTo(expected[filter]!, 5);
        });
        expect([...viewsOf(space, found).get('bias')!]).toEqual([0, 0, 0, 0]);
      }),
      { seed: 11 },
    );
  });

  it('scales with each filter, so a rescaled model is looked at along the rescaled direction', () => {
    const point = pointFrom(1);
    const scaled = point.slice();
    for (let index = 0; index < 4; index++) scaled[index]! *= 3; // the first row
    const [before, after] = [point, scaled].map((one) => filterNormalisedDirection(space, one, 1, 0));
    for (let index = 0; index < space.size; index++)
      expect(after![index]).toBeCloseTo(before![index]! * (index < 4 ? 3 : 1), 5);
  });

  it('does not move a filter of zeros', () => {
    const point = pointFrom(1).fill(0, 4, 8);
    const found = filterNormalisedDirection(space, point, 1, 0);
    expect(found.subarray(4, 8).every((value) => value === 0)).toBe(true);
    expect(dot(found, found)).toBeGreaterThan(0);
  });

  it('depends on seed and index, and not on the model but for its scale', () => {
    const point = pointFrom(1);
    const of = (seed: number, index: number): Float32Array =>
      filterNormalisedDirection(space, point, seed, index);
    expect(of(1, 0)).toEqual(of(1, 0));
    expect(of(1, 1)).not.toEqual(of(1, 0));
    expect(of(2, 0)).not.toEqual(of(1, 0));
  });
});

describe('spaceOfArchitecture', () => {
  it('takes the weights of one output as a filter: columns of q, k, v and up, rows of everything else', () => {
    const { parameters } = spaceOfArchitecture(tinySpec({ tiedEmbedding: false }).architecture);
    const axes = new Map(parameters.map(({ name, filterAxis }) => [name, filterAxis]));
    for (const name of ['h.0.attn.q.w', 'h.0.attn.k.w', 'h.1.attn.v.w', 'h.1.mlp.up.w'])
      expect(axes.get(name)).toBe(1);
    for (const name of ['wte', 'wpe', 'head.w', 'h.0.attn.o.w', 'h.1.mlp.down.w'])
      expect(axes.get(name)).toBe(0);
    for (const name of ['lnf.g', 'h.0.ln1.b', 'h.0.attn.q.b', 'h.0.mlp.up.b'])
      expect(axes.get(name)).toBeNull();
  });
});
