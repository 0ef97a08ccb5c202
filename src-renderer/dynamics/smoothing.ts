/** Smoothing of drawn curves, by a named method. Tables, ranks and decisions never use it. Pure. */
import type { LinePoint } from './curve-lines.ts';

/** `none`: as measured. `mean`: running mean. `exponential`: exponential moving average. */
export const SMOOTHING_METHODS = ['none', 'mean', 'exponential'] as const;
export type SmoothingMethod = (typeof SMOOTHING_METHODS)[number];

export interface Smoothing {
  readonly method: SmoothingMethod;
  /** Steps: the window of a running mean, the half-life of an exponential one. */
  readonly width: number;
}

export const LEAST_WIDTH = 1;
export const MOST_WIDTH = 1_000_000;

export const isSmoothing = (value: unknown): value is Smoothing => {
  if (typeof value !== 'object' || value === null) return false;
  const { method, width } = value as Partial<Smoothing>;
  return SMOOTHING_METHODS.includes(method as SmoothingMethod) && isWidth(width);
};
export const isWidth = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= LEAST_WIDTH && (value as number) <= MOST_WIDTH;

/** The points smoothed; missing values stay gaps. */
export function smoothedBy(points: readonly LinePoint[], { method, width }: Smoothing): LinePoint[] {
  if (method === 'none') return [...points];
  return method === 'mean' ? runningMean(points, width) : exponentialMean(points, width);
}

/**
 * Exponential mean whose weight halves every `halfLife` steps, corrected for its start (the weights of what was seen
 * sum to one). It depends on steps, not on how often was measured. A missing value is a gap and starts nothing anew.
 */
export function exponentialMean(points: readonly LinePoint[], halfLife: number): LinePoint[] {
  let [sum, weight, last] = [0, 0, 0];
  return points.map(({ step, value }) => {
    if (value === null) return { step, value };
    const decay = weight === 0 ? 0 : 2 ** (-(step - last) / halfLife);
    sum = decay * sum + (1 - decay) * value;
    weight = decay * weight + (1 - decay);
    last = step;
    return { step, value: sum / weight };
  });
}

/**
 * Mean of the straight line between the points over `width` steps around each. The window stays centred: near an end of
 * the curve, or a gap, it is as wide as twice the distance to it, so that ends stay where they are and a straight line
 * is left as it is. Being an integral over steps, it does not depend on how often was measured.
 */
export function runningMean(points: readonly LinePoint[], width: number): LinePoint[] {
  const smoothed = [...points];
  for (let from = 0; from < points.length; from++) {
    if (points[from]!.value === null) continue;
    let to = from;
    while (to + 1 < points.length && points[to + 1]!.value !== null) to++;
    smoothStretch(points, smoothed, from, to, width / 2);
    from = to;
  }
  return smoothed;
}

/** Smooths the points `from` to `to`, none of which is missing, into `out`. */
function smoothStretch(
  points: readonly LinePoint[],
  out: LinePoint[],
  from: number,
  to: number,
  half: number,
): void {
  const stepAt = (index: number): number => points[index]!.step;
  const valueAt = (index: number): number => points[index]!.value!;
  /** Areas under the line from the first point up to each. */
  const areas = new Float64Array(to - from + 1);
  for (let index = from + 1; index <= to; index++)
    areas[index - from] =
      areas[index - from - 1]! +
      ((stepAt(index) - stepAt(index - 1)) * (valueAt(index) + valueAt(index - 1))) / 2;
  const areaTo = (step: number, startIndex: number): { area: number; index: number } => {
    let index = startIndex;
    while (index < to && stepAt(index + 1) <= step) index++;
    const past = step - stepAt(index);
    if (past <= 0 || index === to) return { area: areas[index - from]!, index };
    const slope = (valueAt(index + 1) - valueAt(index)) / (stepAt(index + 1) - stepAt(index));
    return { area: areas[index - from]! + past * (valueAt(index) + (slope * past) / 2), index };
  };
  let [low, high] = [from, from];
  for (let index = from; index <= to; index++) {
    const step = stepAt(index);
    const reach = Math.min(half, step - stepAt(from), stepAt(to) - step);
    if (reach <= 0) continue;
    // A window that shrinks towards the end may begin later than the one before, never earlier.
    const left = areaTo(step - reach, low);
    const right = areaTo(step + reach, high);
    [low, high] = [left.index, right.index];
    out[index] = { step, value: (right.area - left.area) / (2 * reach) };
  }
}
