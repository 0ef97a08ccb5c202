/**
 * Thins a curve to what a row of pixels can show. In every pixel column the first, lowest, highest and last
 * measured point stay (M4: Jugel et al. 2014, VLDB 7(10)), which draws the same line as all points do; a step
 * without a finite value stays once in every column, so that a divergence is seen at its column.
 */
import type { CurvePoint } from '../../contract/analysis.ts';
import { EspalierError } from '../../contract/errors.ts';

/** Most points that one pixel column keeps. */
export const POINTS_PER_COLUMN = 5;

export interface ThinnedCurve {
  /** Points of the curve itself, none made up, in their order. */
  readonly points: readonly CurvePoint[];
  /** Points there are in the range asked for. */
  readonly total: number;
}

export interface ThinningRange {
  /** First and last step shown, both included. */
  readonly from: number;
  readonly to: number;
  /** Width of the plot in pixel columns, 1 or more. */
  readonly pixels: number;
  /** Where a step is drawn, growing with the step; the step itself when left out. */
  readonly place?: (step: number) => number;
}

/**
 * Points of `curve` (ascending steps) within the range, one neighbour beyond each end so that the line leaves the
 * plot, at most `POINTS_PER_COLUMN` in a pixel column. A curve that fits comes back whole.
 * Throws `bad-input` for a range that is not ascending or has no pixels.
 */
export function thinCurve(curve: readonly CurvePoint[], range: ThinningRange): ThinnedCurve {
  const { from, to, pixels, place = (step) => step } = range;
  if (!(from <= to) || !Number.isInteger(pixels) || pixels < 1)
    throw new EspalierError(
      'bad-input',
      `A curve cannot be drawn from step ${from} to ${to} in ${pixels} pixels; the range must ascend and hold a whole pixel.`,
    );
  const start = firstAtOrAfter(curve, from);
  const end = firstAtOrAfter(curve, Math.floor(to) + 1);
  const total = end - start;
  const [before, after] = [curve.slice(Math.max(0, start - 1), start), curve.slice(end, end + 1)];
  if (total <= pixels) return { points: [...before, ...curve.slice(start, end), ...after], total };
  const [low, span] = [place(from), place(to) - place(from)];
  const columnOf = ({ step }: CurvePoint): number =>
    span > 0 ? Math.min(pixels - 1, Math.floor(((place(step) - low) / span) * pixels)) : 0;
  const kept: CurvePoint[] = [];
  for (let first = start; first < end; ) {
    const column = columnOf(curve[first]!);
    let next = first + 1;
    while (next < end && columnOf(curve[next]!) === column) next++;
    for (const index of keptOf(curve, first, next)) kept.push(curve[index]!);
    first = next;
  }
  return { points: [...before, ...kept, ...after], total };
}

/** Indices of `curve` from `first` up to `next` that one column keeps, ascending. */
function keptOf(curve: readonly CurvePoint[], first: number, next: number): number[] {
  let [missing, start, lowest, highest, last] = [-1, -1, -1, -1, -1];
  for (let index = first; index < next; index++) {
    const { loss } = curve[index]!;
    if (loss === null) {
      if (missing < 0) missing = index;
      continue;
    }
    if (start < 0) start = index;
    if (lowest < 0 || loss < curve[lowest]!.loss!) lowest = index;
    if (highest < 0 || loss > curve[highest]!.loss!) highest = index;
    last = index;
  }
  return [...new Set([missing, start, lowest, highest, last])]
    .filter((index) => index >= 0)
    .sort((a, b) => a - b);
}

/** Index of the first point at or after a step; the length when there is none. */
function firstAtOrAfter(curve: readonly CurvePoint[], step: number): number {
  let [low, high] = [0, curve.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (curve[middle]!.step < step) low = middle + 1;
    else high = middle;
  }
  return low;
}
