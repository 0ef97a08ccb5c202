/**
 * Losses of runs, kept in memory as far as they were read: evaluations are only ever added at the end of a run, so
 * that a curve asked for again costs only what is new.
 */
import type { CurvePoint } from '../../contract/analysis.ts';
import type { DynamicsCurve, LostKind, Quantity } from '../../contract/window/dynamics.ts';
import { QUANTITIES } from '../../contract/window/dynamics.ts';
import type { History, LossRecord } from '../../history/history.ts';
import { stepAtPlace, stepPlace } from '../../report/chart-layout.ts';
import { thinCurve } from './curve-decimation.ts';
import type { SiteRun } from './dynamics-site.ts';

/** Points kept in memory, over all runs. */
const MOST_POINTS = 5_000_000;

interface KeptRun {
  readonly points: LossRecord[];
}

export class CurveStore {
  /** In the order of use, the latest last. */
  private readonly kept = new Map<string, KeptRun>();

  /** Losses of a run so far, ascending by step. The array grows; it must not be changed. */
  losses(history: History, run: Pick<SiteRun, 'id' | 'stepsDone'>): readonly LossRecord[] {
    let entry = this.kept.get(run.id);
    // A study that was removed and runs again begins anew under the same ids.
    if (!entry || (entry.points.at(-1)?.step ?? -1) > Math.max(run.stepsDone, 0)) entry = { points: [] };
    this.kept.delete(run.id);
    this.kept.set(run.id, entry);
    for (const point of history.listLosses(run.id, entry.points.at(-1)?.step ?? -1)) entry.points.push(point);
    this.forget(run.id);
    return entry.points;
  }

  private forget(current: string): void {
    let total = 0;
    for (const { points } of this.kept.values()) total += points.length;
    for (const [id, { points }] of this.kept) {
      if (total <= MOST_POINTS) return;
      if (id === current) continue;
      total -= points.length;
      this.kept.delete(id);
    }
  }
}

export interface CurveRange {
  readonly from: number;
  readonly to: number;
  readonly pixels: number;
  readonly scale: 'linear' | 'log';
}

/** A value with its step; NaN where it was not measured. */
export interface Reading {
  readonly step: number;
  readonly value: number | null;
  readonly seconds: number;
}

export const lossReadings = (points: readonly LossRecord[]): Reading[] =>
  points.map(({ step, loss, seconds }) => ({ step, value: loss, seconds }));

/** Losses at one step of every pixel column, the first and the last among them. */
export function sampledLosses(
  history: History,
  runId: string,
  stepsDone: number,
  range: CurveRange,
): readonly LossRecord[] {
  const { from, pixels, scale } = range;
  const to = Math.min(range.to, stepsDone);
  const [low, high] = scale === 'log' ? [stepPlace(from), stepPlace(to)] : [from, to];
  const steps = Array.from({ length: pixels + 1 }, (_, column) => {
    const place = low + ((high - low) * column) / pixels;
    return Math.min(to, Math.round(scale === 'log' ? stepAtPlace(place) : place));
  });
  return history.sampleLosses(runId, steps).filter(({ step }) => step >= from && step <= to);
}

/** Values of another quantity than the loss, or of a named metric. */
export function metricReadings(history: History, runId: string, metric: string): Reading[] {
  const isQuantity = (QUANTITIES as readonly string[]).includes(metric);
  return history.listEvaluations(runId).map((evaluation) => ({
    step: evaluation.step,
    value: isQuantity ? evaluation[metric as Quantity] : (evaluation.metrics?.[metric] ?? null),
    seconds: evaluation.seconds,
  }));
}

/** What is drawn of one run in a range; values that are not finite are told beside the curve. */
export function curveShown(runId: string, readings: readonly Reading[], range: CurveRange): DynamicsCurve {
  const { from, to, pixels, scale } = range;
  const last = readings.at(-1)?.step ?? 0;
  const all = readings.map(({ step, value, seconds }): CurvePoint & { seconds: number } => ({
    step,
    loss: value !== null && Number.isFinite(value) ? value : null,
    seconds,
  }));
  const { points, total } = thinCurve(all, {
    from: Math.min(from, Math.max(0, last)),
    to: Math.max(Math.min(to, last), Math.min(from, Math.max(0, last))),
    pixels,
    ...(scale === 'log' ? { place: stepPlace } : {}),
  });
  return {
    runId,
    steps: points.map(({ step }) => step),
    values: points.map(({ loss }) => loss),
    seconds: (points as readonly (typeof all)[number][]).map(({ seconds }) => seconds),
    lost: readings.flatMap(({ step, value }) => {
      const kind = lostKind(value);
      return kind === null ? [] : [{ step, kind }];
    }),
    total,
  };
}

/** Null for a finite value and for one that was not measured. */
export function lostKind(value: number | null): LostKind | null {
  if (value === null || Number.isFinite(value)) return null;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'high' : 'low';
}
