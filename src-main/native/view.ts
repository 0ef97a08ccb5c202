/**
 * Where values lie: a storage is a run of 4-byte words, a view is a shaped look at one by strides. Slicing, transposing
 * and broadcasting make views and move nothing.
 */
import type { Shape } from '../tensor/shape.ts';
import { sameShape, sizeOf, stridesOf } from '../tensor/shape.ts';

export interface Storage {
  readonly words: number;
  /** `arena` is shared memory whose parts are used again; the others are named values or constants that stay. */
  readonly place: 'arena' | 'constant' | 'input' | 'output';
  /** Of an input or output. */
  readonly name: string;
  /** In its memory; of arena storages known when all units are. */
  offset: number;
}

export interface View {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

export const newStorage = (words: number, place: Storage['place'] = 'arena', name = ''): Storage => ({
  words,
  place,
  name,
  offset: 0,
});

export const wholeView = (storage: Storage, shape: Shape): View => ({
  storage,
  offset: 0,
  shape,
  strides: stridesOf(shape),
});

/** Whether its elements lie one after the other in row-major order. Axes of size 1 do not count. */
export function isContiguous({ shape, strides }: View): boolean {
  const dense = stridesOf(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === dense[axis]);
}

export const permutedView = (view: View, permutation: readonly number[]): View => ({
  ...view,
  shape: permutation.map((axis) => view.shape[axis]!),
  strides: permutation.map((axis) => view.strides[axis]!),
});

export const slicedView = (view: View, axis: number, start: number, end: number): View => ({
  ...view,
  offset: view.offset + start * view.strides[axis]!,
  shape: view.shape.with(axis, end - start),
});

/** Repeats axes of size 1, and puts axes in front. */
export function broadcastView(view: View, shape: Shape): View {
  const added = shape.length - view.shape.length;
  const strides = shape.map((size, axis) =>
    axis < added || (view.shape[axis - added] === 1 && size !== 1) ? 0 : view.strides[axis - added]!,
  );
  return { ...view, shape, strides };
}

/** The same elements in another shape, or null where that cannot be without moving them. */
export function reshapedView(view: View, shape: Shape): View | null {
  if (sameShape(view.shape, shape)) return view;
  if (isContiguous(view)) return { ...view, shape, strides: stridesOf(shape) };
  const repeated = view.strides.every((stride, axis) => stride === 0 || view.shape[axis] === 1);
  return repeated ? { ...view, shape, strides: shape.map(() => 0) } : null;
}

/** Row r of an operand begins at offset + (⌊r / divisor⌋ mod modulus)·stride. */
export interface RowAddress {
  readonly divisor: number;
  readonly modulus: number;
  readonly stride: number;
}

/** How rows of `view`, all axes but the last, are found by their number; null where no such rule does it. */
export function rowAddress(view: View): RowAddress | null {
  let divisor = 1;
  let found = null as RowAddress | null;
  for (let axis = view.shape.length - 2; axis >= 0; axis--) {
    const size = view.shape[axis]!;
    const stride = view.strides[axis]!;
    if (size === 1) continue;
    if (stride !== 0) {
      if (found === null) found = { divisor, modulus: size, stride };
      else if (found.divisor * found.modulus === divisor && stride === found.stride * found.modulus)
        found = { divisor: found.divisor, modulus: found.modulus * size, stride: found.stride };
      else return null;
    }
    divisor *= size;
  }
  return found ?? { divisor: 1, modulus: 1, stride: 0 };
}

/** Rows and columns of a shape: columns are its last axis. A scalar is one row of one column. */
export const matrixOf = (shape: Shape): { rows: number; columns: number } => ({
  rows: sizeOf(shape.slice(0, -1)),
  columns: shape.at(-1) ?? 1,
});
