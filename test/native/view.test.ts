/** Views against plain index arithmetic: which word each element of a view is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { productAxes } from '../../src-main/native/product-axes.ts';
import type { View } from '../../src-main/native/view.ts';
import {
  broadcastView,
  isContiguous,
  matrixOf,
  permutedView,
  reshapedView,
  rowAddress,
  slicedView,
  wholeView,
} from '../../src-main/native/view.ts';
import type { Shape } from '../../src-main/tensor/shape.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';

const whole = (shape: Shape): View =>
  wholeView({ words: sizeOf(shape), place: 'arena', name: '', offset: 0 }, shape);

/** Every index of a shape in row-major order. */
function indexes(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (before, size) => before.flatMap((index) => Array.from({ length: size }, (_, at) => [...index, at])),
    [[]],
  );
}

/** Words of a view's elements in row-major order. */
const wordsOf = ({ shape, strides, offset }: View): number[] =>
  indexes(shape).map((index) => index.reduce((sum, at, axis) => sum + at * strides[axis]!, offset));

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });

/** A view that was sliced, permuted and broadcast by chance. */
const views = fc
  .tuple(
    shapes,
    fc.array(fc.tuple(fc.constantFrom('slice', 'permute', 'repeat'), fc.nat(), fc.nat(), fc.nat()), {
      maxLength: 4,
    }),
  )
  .map(([shape, changes]) => {
    let view = whole(shape);
    for (const [change, first, second, third] of changes) {
      const axis = first % view.shape.length;
      const size = view.shape[axis]!;
      const start = second % size;
      if (change === 'slice') view = slicedView(view, axis, start, start + 1 + (third % (size - start)));
      else if (change === 'permute') view = permutedView(view, turned(view.shape.length, first, second));
      else
        view = broadcastView(
          view,
          view.shape.map((own, at) => (own === 1 && at === axis ? 3 : own)),
        );
    }
    return view;
  });

/** Axes in an order that two numbers choose. */
const turned = (rank: number, shift: number, isReversed: number): number[] => {
  const axes = Array.from({ length: rank }, (_, axis) => (axis + shift) % rank);
  return isReversed % 2 === 1 ? axes.reverse() : axes;
};

/** Row number r of a view begins at the word of its first element. */
const rowStarts = (view: View): number[] =>
  wordsOf({ ...view, shape: view.shape.slice(0, -1), strides: view.strides.slice(0, -1) });

describe('rowAddress', () => {
  it('says where every row begins, or nothing', () => {
    fc.assert(
      fc.property(views, (view) => {
        const address = rowAddress(view);
        if (!address) return;
        const { divisor, modulus, stride } = address;
        const starts = rowStarts(view).map(
          (_, row) => view.offset + (Math.floor(row / divisor) % modulus) * stride,
        );
        expect(starts).toEqual(rowStarts(view));
      }),
      { numRuns: 3000 },
    );
  });

  it('says nothing only where no divisor, modulus and stride do', () => {
    fc.assert(
      fc.property(views, (view) => {
        if (rowAddress(view)) return;
        const starts = rowStarts(view).map((word) => word - view.offset);
        const count = starts.length;
        const stride = starts.find((word) => word !== 0)!;
        for (let divisor = 1; divisor <= count; divisor++)
          for (let modulus = 1; modulus <= count; modulus++)
            expect(starts.every((word, row) => word === (Math.floor(row / divisor) % modulus) * stride)).toBe(
              false,
            );
      }),
      { numRuns: 1000 },
    );
  });

  it('finds rows of whole values, of numbers a row, of one row for all, and of repeated blocks', () => {
    expect(rowAddress(whole([2, 3, 4]))).toEqual({ divisor: 1, modulus: 6, stride: 4 });
    expect(rowAddress(broadcastView(whole([4]), [2, 3, 4]))).toEqual({ divisor: 1, modulus: 1, stride: 0 });
    expect(rowAddress(broadcastView(whole([3, 4]), [2, 3, 4]))).toEqual({
      divisor: 1,
      modulus: 3,
      stride: 4,
    });
    expect(rowAddress(broadcastView(whole([2, 1, 1]), [2, 3, 4]))).toEqual({
      divisor: 3,
      modulus: 2,
      stride: 1,
    });
    expect(rowAddress(permutedView(whole([2, 3, 4]), [1, 0, 2]))).toBeNull();
  });
});

describe('views', () => {
  it('of slices, permutations and broadcasts name the words that index arithmetic names', () => {
    fc.assert(
      fc.property(views, fc.nat(), fc.nat(), fc.nat(), (view, first, second, third) => {
        const { shape } = view;
        const wordAt = new Map(wordsOf(view).map((word, at) => [indexes(shape)[at]!.join(), word]));
        const at = (index: readonly number[]): number => wordAt.get(index.join())!;

        const axis = first % shape.length;
        const start = second % shape[axis]!;
        const end = start + 1 + (third % (shape[axis]! - start));
        const slice = slicedView(view, axis, start, end);
        expect(wordsOf(slice)).toEqual(
          indexes(slice.shape).map((index) => at(index.with(axis, index[axis]! + start))),
        );

        const order = turned(shape.length, first, second);
        const permuted = permutedView(view, order);
        expect(permuted.shape).toEqual(order.map((own) => shape[own]));
        expect(wordsOf(permuted)).toEqual(
          indexes(permuted.shape).map((index) => at(shape.map((_, own) => index[order.indexOf(own)]!))),
        );

        const repeated = [2, ...shape.map((size) => (size === 1 ? 3 : size))];
        expect(wordsOf(broadcastView(view, repeated))).toEqual(
          indexes(repeated).map(([, ...index]) => at(index.map((own, i) => (shape[i] === 1 ? 0 : own)))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('in another shape have the same words in the same order, or are none', () => {
    fc.assert(
      fc.property(views, fc.nat(), (view, seed) => {
        const size = sizeOf(view.shape);
        const divisors = Array.from({ length: size }, (_, at) => at + 1).filter((own) => size % own === 0);
        const rows = divisors[seed % divisors.length]!;
        for (const shape of [[rows, size / rows], [size], [1, ...view.shape], view.shape]) {
          const reshaped = reshapedView(view, shape);
          if (isContiguous(view)) expect(reshaped).not.toBeNull();
          if (!reshaped) continue;
          expect(reshaped.shape).toEqual(shape);
          expect(wordsOf(reshaped)).toEqual(wordsOf(view));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are contiguous where their words follow each other', () => {
    fc.assert(
      fc.property(views, (view) => {
        const words = wordsOf(view);
        expect(isContiguous(view)).toBe(words.every((word, at) => word === words[0]! + at));
      }),
      { numRuns: 1000 },
    );
  });

  it('are matrices of all axes but the last', () => {
    expect(matrixOf([2, 3, 4])).toEqual({ rows: 6, columns: 4 });
    expect(matrixOf([4])).toEqual({ rows: 1, columns: 4 });
    expect(matrixOf([])).toEqual({ rows: 1, columns: 1 });
  });
});

describe('productAxes', () => {
  const axis = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.boolean());

  it('multiplies the same words into the same places', () => {
    fc.assert(
      fc.property(
        fc.array(axis, { maxLength: 3 }),
        fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 3 }))),
        fc.tuple(...[1, 2, 3].map(() => fc.tuple(fc.nat(), fc.nat(), fc.boolean()))),
        (batch, sizes, orders) => {
          const [m, k, n] = sizes as [number, number, number];
          /** A matrix for each batch, whose axes lie in an order of their own. */
          const lying = (shape: Shape, which: number): View => {
            const [shift, isReversed, isTurned] = orders[which]!;
            if (!isTurned) return whole(shape);
            const order = turned(shape.length, shift, isReversed);
            const inverse = order.map((_, own) => order.indexOf(own));
            return permutedView(whole(order.map((own) => shape[own]!)), inverse);
          };
          const leading = batch.map(([size]) => size);
          const a = lying([...batch.map(([size, isOne]) => (isOne ? 1 : size)), m, k], 0);
          const b = lying([...batch.map(([size, , isOne]) => (isOne ? 1 : size)), k, n], 1);
          const result = lying([...leading, m, n], 2);
          const axes = productAxes(a, b, result);
          if (batch.length <= 2) expect(axes).not.toBeNull();
          if (!axes) return;
          expect(axes.a.shape).toHaveLength(4);
          const terms = termsOf(
            broadcastView(a, [...leading, m, k]),
            broadcastView(b, [...leading, k, n]),
            result,
          );
          expect(termsOf(axes.a, axes.b, axes.result).toSorted()).toEqual(terms.toSorted());
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('makes more rows of batches that share their right operand', () => {
    const axes = productAxes(whole([2, 3, 4, 5]), whole([5, 6]), whole([2, 3, 4, 6]))!;
    expect([axes.a.shape, axes.b.shape, axes.result.shape]).toEqual([
      [1, 1, 24, 5],
      [1, 1, 5, 6],
      [1, 1, 24, 6],
    ]);
  });

  it('makes one of batch axes that lie one behind the other', () => {
    const axes = productAxes(whole([2, 3, 4, 5, 6]), whole([2, 3, 4, 6, 7]), whole([2, 3, 4, 5, 7]))!;
    expect(axes.a.shape).toEqual([2, 12, 5, 6]);
  });

  /** Each product of two words that is added to a word: word of the result, of a, of b. */
  function termsOf(a: View, b: View, result: View): string[] {
    const leading = indexes(result.shape.slice(0, -2));
    const [m, n, k] = [result.shape.at(-2)!, result.shape.at(-1)!, a.shape.at(-1)!];
    const word = (view: View, index: readonly number[]): number =>
      index.reduce((sum, at, own) => sum + at * view.strides[own]!, view.offset);
    return leading.flatMap((batch) =>
      indexes([m, n, k]).map(([i, j, p]) =>
        [word(result, [...batch, i!, j!]), word(a, [...batch, i!, p!]), word(b, [...batch, p!, j!])].join(
          ' ',
        ),
      ),
    );
  }
});
