/** What the curves chart draws, and the vertical ranges it takes. */
import type { LostKind } from '../../src-main/contract/window/dynamics.ts';
import { type NiceRange, niceRange } from '../../src-main/report/chart-layout.ts';
import type { Look } from '../../src-main/report/theme.ts';
import type { LineWeight } from '../candidate-looks/emphasis.ts';
import { fittedLimit } from './curve-lines.ts';
import type { XScale } from './x-scale.ts';

/** x in the shown quantity, ascending. */
export type XYPoint = readonly [x: number, y: number | null];

export interface DrawnLine {
  readonly strategy: string;
  readonly look: Look;
  readonly weight: LineWeight;
  readonly isEmphasised: boolean;
  readonly isControl: boolean;
  readonly values: readonly XYPoint[];
  /** Unsmoothed, behind; empty where nothing is smoothed. */
  readonly rawValues: readonly XYPoint[];
  readonly gaps: readonly XYPoint[];
  /** Spread over training orders, x ascending; empty where there is one. */
  readonly spread: readonly (readonly [x: number, low: number, high: number])[];
  readonly lost: readonly { readonly x: number; readonly step: number; readonly kind: LostKind }[];
}

export interface CurvesInput {
  readonly lines: readonly DrawnLine[];
  readonly scale: XScale;
  readonly formatX: (x: number) => string;
  readonly shown: 'both' | 'values' | 'gaps';
  /** Values far above the others leave through the top. */
  readonly isFitted: boolean;
  /** The same of the differences. */
  readonly areGapsFitted: boolean;
  /** Least distance of two labels of the axis, in pixels. */
  readonly tickGap: number;
  readonly isLogY: boolean;
  /** Width of the band of noise; null for none. */
  readonly band: number | null;
  /** Differences to a candidate may be negative, those to the best are not. */
  readonly isSigned: boolean;
  readonly keptTicks: readonly number[];
  readonly pins: readonly { readonly x: number; readonly label: string }[];
  readonly words: {
    readonly values: string;
    readonly gaps: string;
    readonly band: string;
    readonly x: string;
    readonly best: string;
    readonly lost: (name: string, step: number) => string;
  };
}

export interface CurveRanges {
  readonly values: NiceRange;
  readonly gaps: NiceRange;
}

export const within = ({ from, to }: XScale, [x]: XYPoint): boolean => x >= from && x <= to;

interface Extent {
  readonly least: number;
  readonly most: number;
  readonly first: number;
  readonly last: number;
}

/** Of the values in sight; null where there is none. One pass without copies: it runs over all points. */
function extentOf(points: readonly XYPoint[], from: number, to: number): Extent | null {
  let [least, most, first, last] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    Number.NaN,
  ];
  for (let index = firstAt(points, from); index < points.length; index++) {
    const [x, y] = points[index]!;
    if (x > to) break;
    if (y === null) continue;
    if (y < least) least = y;
    if (y > most) most = y;
    if (Number.isNaN(first)) first = y;
    last = y;
  }
  return Number.isNaN(first) ? null : { least, most, first, last };
}

/** Index of the first point at or after a place; points ascend. */
function firstAt(points: readonly XYPoint[], from: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]![0] < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

const extents = (lines: readonly (readonly XYPoint[])[], from: number, to: number): Extent[] =>
  lines.flatMap((points) => extentOf(points, from, to) ?? []);

const known = new WeakMap<CurvesInput, CurveRanges>();

/** Vertical ranges of both grids for the points in sight; kept for as long as the input is. */
export function rangesOf(input: CurvesInput): CurveRanges {
  const there = known.get(input);
  if (there) return there;
  const ranges = measured(input);
  known.set(input, ranges);
  return ranges;
}

function measured({
  lines,
  scale,
  isFitted,
  areGapsFitted,
  isSigned,
  isLogY,
  band,
}: CurvesInput): CurveRanges {
  const { from, to } = scale;
  const all = extents(
    lines.map((line) => line.values),
    from,
    to,
  );
  const low = least(
    all.map((one) => one.least),
    0,
  );
  const high = most(
    all.map((one) => one.most),
    1,
  );
  const top =
    isFitted && from === 0
      ? fittedLimit(
          all.map(({ first }) => first),
          all.map(({ last }) => last),
        )
      : high;
  const values = isLogY ? logRange(low, high) : niceRange(low, Math.max(top, low), 4);
  const competing = lines.filter(({ isControl }) => !isControl).map(({ gaps }) => gaps);
  const gaps = extents(competing, from, to);
  const late = areGapsFitted ? extents(competing, from + (to - from) / 2, to) : gaps;
  const limit =
    Math.max(
      1e-3,
      most(
        late.map((one) => one.most),
        0,
      ),
      band === null ? 0 : 2 * band,
    ) * (areGapsFitted ? 1.2 : 1);
  const bottom = isSigned
    ? Math.min(
        0,
        least(
          gaps.map((one) => one.least),
          0,
        ),
      )
    : 0;
  return { values, gaps: niceRange(bottom, limit, 6) };
}

const least = (values: readonly number[], otherwise: number): number =>
  values.length === 0 ? otherwise : values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[], otherwise: number): number =>
  values.length === 0 ? otherwise : values.reduce((a, b) => Math.max(a, b));

/** Logarithms of base 10 as places; values at or below zero have none. */
function logRange(low: number, high: number): NiceRange {
  const least10 = Math.log10(Math.max(low, 1e-12));
  return niceRange(least10, Math.max(Math.log10(Math.max(high, 1e-12)), least10), 4);
}
