/** Lines of the curves chart: raw values, distance to the best or to a candidate at the same step. */
import type { RunCurve } from './dynamics-data.ts';
import { valueAt } from './dynamics-data.ts';

export interface LinePoint {
  readonly step: number;
  readonly value: number | null;
}

export const pointsOf = ({ steps, values }: Pick<RunCurve, 'steps' | 'values'>): LinePoint[] =>
  steps.map((step, index) => ({ step, value: values[index] ?? null }));

/**
 * Lowest value at every step where all curves that still go on were measured: a curve that stopped or was lost takes
 * no step from the others.
 */
export function bestByStep(curves: readonly RunCurve[]): Map<number, number> {
  const going = curves.map(({ steps, values }) => ({
    measured: new Map(steps.flatMap((step, index) => (values[index] == null ? [] : [[step, values[index]]]))),
    last: steps.findLast((_, index) => values[index] != null) ?? -1,
  }));
  const best = new Map<number, number>();
  for (const step of new Set(going.flatMap(({ measured }) => [...measured.keys()]))) {
    const open = going.filter(({ last }) => last >= step);
    const values = open.flatMap(({ measured }) => measured.get(step) ?? []);
    if (values.length === open.length)
      best.set(
        step,
        values.reduce((a, b) => Math.min(a, b)),
      );
  }
  return best;
}

/** Places at which the best of thinned curves is read. */
const GRID = 400;

/**
 * The best of thinned curves, which share few steps: the lowest of the straight lines at places spread evenly in
 * log2(1 + k/25). Zero at the best up to what was thinned away.
 */
export function bestOfThinned(curves: readonly RunCurve[]): (step: number) => number | null {
  const lines = curves.filter(({ steps }) => steps.length > 0).map(pointsOf);
  const last = lines.reduce((most, line) => Math.max(most, line.at(-1)!.step), 0);
  const span = Math.log2(1 + last / 25);
  const best = Array.from({ length: GRID + 1 }, (_, index): LinePoint => {
    const step = Math.min(last, 25 * (2 ** ((span * index) / GRID) - 1));
    const values = lines.flatMap((line) => interpolated(line, step) ?? []);
    return { step, value: values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b)) };
  });
  return (step) => interpolated(best, step);
}

/** Value minus a reference at the same step; steps without a reference are left out. */
export function differences(curve: RunCurve, reference: (step: number) => number | null): LinePoint[] {
  return pointsOf(curve).flatMap(({ step, value }) => {
    const other = reference(step);
    if (other === null) return [];
    return [{ step, value: value === null ? null : value - other }];
  });
}

export const referenceOf =
  (curve: RunCurve): ((step: number) => number | null) =>
  (step) =>
    valueAt(curve, step);

/** Straight between measured points; null outside them and across gaps. */
export function interpolated(points: readonly LinePoint[], step: number): number | null {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.step <= step) low = middle + 1;
    else high = middle;
  }
  const before = points[low - 1];
  if (!before || before.value === null) return null;
  if (before.step === step) return before.value;
  const after = points[low];
  if (!after || after.value === null) return null;
  const share = (step - before.step) / (after.step - before.step);
  return before.value + share * (after.value - before.value);
}

/**
 * Where a line that has been above the limit last comes back below it, and how high it was; at its first point when
 * it never comes back. Null for a line that is never above.
 */
export function leavesAbove(
  points: readonly LinePoint[],
  limit: number,
): { readonly step: number; readonly value: number } | null {
  const present = points.filter(({ value }) => value !== null);
  const last = present.findLastIndex(({ value }) => value! > limit);
  const above = present[last];
  if (!above) return null;
  const value = present.reduce((most, point) => Math.max(most, point.value!), above.value!);
  const below = present[last + 1];
  if (!below) return { step: present[0]!.step, value };
  const share = (above.value! - limit) / (above.value! - below.value!);
  return { step: above.step + share * (below.step - above.step), value };
}

/** Curves below which nothing is an outlier. */
const FEWEST_FITTED = 4;

/**
 * Upper end of a loss axis that keeps the curves apart: what lies far above the rest at the start leaves through the
 * top, and is told by name there.
 */
export function fittedLimit(starts: readonly number[], ends: readonly number[]): number {
  const sorted = starts.toSorted((a, b) => a - b);
  const highest = sorted.at(-1);
  if (highest !== undefined && sorted.length < FEWEST_FITTED) return Math.max(highest, ...ends);
  if (highest === undefined) return Math.max(0, ...ends);
  const low = Math.min(...ends, ...sorted);
  const middle = sorted[Math.floor((sorted.length - 1) * 0.75)]!;
  const limit = middle + 0.6 * Math.max(middle - low, 1e-3);
  return sorted.findLast((value) => value <= limit) ?? highest;
}
