/** From the board to what the curves chart draws. */

import type { ScheduleKind } from '../../src-main/contract/window/dynamics.ts';
import {
  bestByStep,
  bestOfThinned,
  differences,
  type LinePoint,
  pointsOf,
  referenceOf,
} from './curve-lines.ts';
import type { DrawnLine, XYPoint } from './curve-ranges.ts';
import type { RunCurve } from './dynamics-data.ts';
import { competing, curveOf, type DynamicsData } from './dynamics-data.ts';
import { smoothedBy } from './smoothing.ts';
import { type DynamicsView, isShown } from './view-state.ts';
import { type StepWorth, worthOf, type XQuantity, type XScale } from './x-scale.ts';

export type DrawnCurve = Pick<
  DrawnLine,
  'strategy' | 'look' | 'isControl' | 'values' | 'rawValues' | 'gaps' | 'spread' | 'lost'
>;

/** Curves in sight; nothing of it depends on the lag or on what is emphasised. */
export function drawnCurves(
  data: DynamicsData,
  view: Pick<DynamicsView, 'hasControl' | 'hasSpread' | 'solo' | 'hidden' | 'smoothing' | 'reference'>,
  schedule: ScheduleKind,
  x: XQuantity,
  worth: StepWorth,
): DrawnCurve[] {
  const competitors = competing(data).map(({ strategy }) => curveOf(data, strategy, schedule));
  const toBest = data.isThinned ? bestOfThinned(competitors) : stepsOf(bestByStep(competitors));
  const isKnown = data.overview.candidates.some(({ strategy }) => strategy === view.reference);
  const reference =
    view.reference !== null && isKnown ? referenceOf(curveOf(data, view.reference, schedule)) : null;
  const isSmoothed = view.smoothing.method !== 'none' && !data.isThinned;
  const smooth = (points: LinePoint[]): LinePoint[] =>
    isSmoothed ? smoothedBy(points, view.smoothing) : points;
  return data.overview.candidates
    .filter(({ strategy, isControl }) => isShown(view, strategy, isControl))
    .flatMap((candidate): DrawnCurve[] => {
      const { strategy, look, isControl } = candidate;
      const curve = curveOf(data, strategy, schedule);
      if (curve.steps.length === 0) return [];
      const toX = xOf(curve, x, worth);
      const xy = (points: readonly LinePoint[]): XYPoint[] =>
        points.map(({ step, value }) => [toX(step), value]);
      const raw = pointsOf(curve);
      return [
        {
          strategy,
          look: look as DrawnCurve['look'],
          isControl,
          values: xy(smooth(raw)),
          rawValues: isSmoothed ? xy(raw) : [],
          gaps: xy(smooth(differences(curve, reference ?? toBest))),
          spread: view.hasSpread ? spreadOf(data, strategy, schedule, toX) : [],
          lost: curve.lost.map(({ step, kind }) => ({ x: toX(step), step, kind })),
        },
      ];
    });
}

function spreadOf(
  data: DynamicsData,
  strategy: string,
  schedule: ScheduleKind,
  toX: (step: number) => number,
): DrawnCurve['spread'] {
  const band = data.bands.find((one) => one.strategy === strategy && one.schedule === schedule);
  return band?.steps.map((step, index) => [toX(step), band.low[index]!, band.high[index]!]) ?? [];
}

const stepsOf =
  (best: ReadonlyMap<number, number>) =>
  (step: number): number | null =>
    best.get(step) ?? null;

/** Where a step of one run lies on the axis. */
export function xOf(
  curve: Pick<RunCurve, 'steps' | 'seconds'>,
  x: XQuantity,
  worth: StepWorth,
): (step: number) => number {
  if (x !== 'seconds') {
    const factor = worthOf(worth, x) ?? 1;
    return (step) => step * factor;
  }
  const at = new Map(curve.steps.map((step, index) => [step, curve.seconds[index] ?? 0]));
  return (step) => at.get(step) ?? step * (worth.seconds ?? 1);
}

/** Scale that shows the steps of the zoom, or all. */
export function scaleOf(view: DynamicsView, last: number, x: XQuantity, worth: StepWorth): XScale {
  const factor = worthOf(worth, x) ?? 1;
  const [from, to] = view.zoom ?? [0, last];
  return {
    from: from * factor,
    to: Math.max(to, from + 1e-6) * factor,
    unit: 25 * factor,
    isLog: view.isLogX,
  };
}
