/** Which curve is nearest to a point of the canvas. */
import { type ChartSize, pixelY } from '../../src-main/report/chart-layout.ts';
import { type CurveRanges, type CurvesInput, rangesOf, type XYPoint } from './curve-ranges.ts';
import { curvesLayout } from './curves-layout.ts';
import { atShare, placeOf, shareOf } from './x-scale.ts';

export interface CurveHit {
  readonly strategy: string;
  /** In the shown quantity. */
  readonly x: number;
  /** Pixels from the point. */
  readonly distance: number;
}

/** Farther than this, in pixels, nothing is hit. */
export const REACH = 24;

const ranges = new WeakMap<CurvesInput, CurveRanges>();

/** Ranges of an input are the same for every movement of the pointer over it. */
function knownRanges(input: CurvesInput): CurveRanges {
  const known = ranges.get(input) ?? rangesOf(input);
  ranges.set(input, known);
  return known;
}

/** Value of a line at x, straight on the drawn scale; null outside it and across a gap. */
export function lineAt(
  { scale }: Pick<CurvesInput, 'scale'>,
  points: readonly XYPoint[],
  x: number,
): number | null {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]![0] <= x) low = middle + 1;
    else high = middle;
  }
  const before = points[low - 1];
  if (!before || before[1] === null) return null;
  if (before[0] === x) return before[1];
  const after = points[low];
  if (!after || after[1] === null) return null;
  const [from, to] = [placeOf(scale, before[0]), placeOf(scale, after[0])];
  return before[1] + ((placeOf(scale, x) - from) / (to - from || 1)) * (after[1] - before[1]);
}

/** Nearest curve within reach; of curves as near the first. */
export function nearestCurve(
  input: CurvesInput,
  size: ChartSize,
  pointX: number,
  pointY: number,
): CurveHit | null {
  const { upper, lower, plot } = curvesLayout(size, input.shown);
  if (pointX < plot.left - REACH || pointX > plot.left + plot.width + REACH) return null;
  const share = Math.min(1, Math.max(0, (pointX - plot.left) / plot.width));
  const x = atShare(input.scale, share);
  const found = knownRanges(input);
  const isUpper = upper !== null && (lower === null || pointY < (upper.top + upper.height + lower.top) / 2);
  const area = isUpper ? upper : lower;
  if (!area) return null;
  const range = isUpper ? found.values : found.gaps;
  let best: CurveHit | null = null;
  for (const line of input.lines) {
    const value = lineAt(input, isUpper ? line.values : line.gaps, x);
    if (value === null) continue;
    const shown = isUpper && input.isLogY ? Math.log10(Math.max(value, 1e-12)) : value;
    const y = pixelY(shown, range, area);
    if (y < area.top - 4 || y > area.top + area.height + 4) continue;
    const distance = Math.abs(y - pointY);
    if (distance <= REACH && (best === null || distance < best.distance))
      best = { strategy: line.strategy, x, distance };
  }
  return best;
}

/** Curves that pass through a rectangle of the canvas. */
export function curvesWithin(
  input: CurvesInput,
  size: ChartSize,
  box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): string[] {
  const { upper, lower, plot } = curvesLayout(size, input.shown);
  const found = knownRanges(input);
  const columns = Array.from({ length: 25 }, (_, index) => box.left + ((box.right - box.left) * index) / 24);
  return input.lines
    .filter((line) =>
      columns.some((pixel) => {
        const share = (pixel - plot.left) / plot.width;
        if (share < 0 || share > 1) return false;
        const x = atShare(input.scale, share);
        return [
          { area: upper, range: found.values, points: line.values },
          { area: lower, range: found.gaps, points: line.gaps },
        ].some(({ area, range, points }) => {
          if (!area) return false;
          const value = lineAt(input, points, x);
          if (value === null) return false;
          const y = pixelY(
            area === upper && input.isLogY ? Math.log10(Math.max(value, 1e-12)) : value,
            range,
            area,
          );
          return y >= Math.max(box.top, area.top) && y <= Math.min(box.bottom, area.top + area.height);
        });
      }),
    )
    .map(({ strategy }) => strategy);
}

export const pixelOf = (input: Pick<CurvesInput, 'scale' | 'shown'>, size: ChartSize, x: number): number => {
  const { plot } = curvesLayout(size, input.shown);
  return plot.left + shareOf(input.scale, x) * plot.width;
};
