/** Brings the operands of a product to the four axes of a plan: two of batches, then rows and columns. */
import type { View } from './view.ts';
import { broadcastView } from './view.ts';

export interface ProductAxes {
  /** [outer, inner, m, k] */
  readonly a: View;
  /** [outer, inner, k, n] */
  readonly b: View;
  /** [outer, inner, m, n] */
  readonly result: View;
}

/**
 * Batches with the same right operand become more rows, and batch axes that lie one behind the other become one. Null
 * where more than two remain.
 */
export function productAxes(a: View, b: View, result: View): ProductAxes | null {
  const leading = result.shape.slice(0, -2);
  let axes: ProductAxes = {
    a: broadcastView(a, [...leading, ...a.shape.slice(-2)]),
    b: broadcastView(b, [...leading, ...b.shape.slice(-2)]),
    result,
  };
  // From the inside: rows take in batch axes while the right operand does not change with them.
  while (axes.result.shape.length > 2 && repeats(axes.b, axes.b.shape.length - 3)) {
    const row = axes.result.shape.length - 2;
    const [left, target] = [merged(axes.a, row), merged(axes.result, row)];
    if (!left || !target) break;
    axes = { a: left, b: without(axes.b, row - 1), result: target };
  }
  for (let axis = axes.result.shape.length - 3; axis > 0 && axes.result.shape.length > 4; axis--) {
    const [left, right, target] = [merged(axes.a, axis), merged(axes.b, axis), merged(axes.result, axis)];
    if (left && right && target) axes = { a: left, b: right, result: target };
  }
  if (axes.result.shape.length > 4) return null;
  return { a: withFourAxes(axes.a), b: withFourAxes(axes.b), result: withFourAxes(axes.result) };
}

const repeats = (view: View, axis: number): boolean => view.strides[axis] === 0 || view.shape[axis] === 1;

const without = (view: View, axis: number): View => ({
  ...view,
  shape: view.shape.toSpliced(axis, 1),
  strides: view.strides.toSpliced(axis, 1),
});

/** `axis` and the one before it as one, or null where they do not lie one behind the other. */
function merged(view: View, axis: number): View | null {
  const [outer, inner] = [view.shape[axis - 1]!, view.shape[axis]!];
  const [outerStride, innerStride] = [view.strides[axis - 1]!, view.strides[axis]!];
  const fits = outer === 1 || inner === 1 || outerStride === innerStride * inner;
  if (!fits) return null;
  const stride = inner === 1 ? outerStride : innerStride;
  return {
    ...view,
    shape: view.shape.toSpliced(axis - 1, 2, outer * inner),
    strides: view.strides.toSpliced(axis - 1, 2, stride),
  };
}

function withFourAxes(view: View): View {
  const added = new Array<number>(4 - view.shape.length);
  return {
    ...view,
    shape: [...added.fill(1), ...view.shape],
    strides: [...added.map(() => 0), ...view.strides],
  };
}
