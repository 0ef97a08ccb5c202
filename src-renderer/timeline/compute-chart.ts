/**
 * Final loss of every policy against all it spent: filled with its search, hollow without. What is chosen by probing
 * must stand beside what the same compute gives without probing. Pure.
 */
import type { TimelinePolicy } from '../../src-main/contract/window/timeline.ts';
import { niceRange, shortName, spreadLabels } from '../../src-main/report/chart-layout.ts';
import { flopsUnit } from '../../src-main/report/stacking-curves-chart.ts';

export interface ComputePoint {
  readonly policy: TimelinePolicy;
  readonly x: number;
  readonly y: number;
  /** Where it would stand without its search; null where there was none. */
  readonly withoutSearch: number | null;
  readonly label: {
    readonly x: number;
    readonly y: number;
    readonly anchor: 'start' | 'end';
    readonly text: string;
  } | null;
}

export interface ComputeChart {
  readonly points: readonly ComputePoint[];
  readonly xTicks: readonly { readonly x: number; readonly text: string }[];
  readonly yTicks: readonly { readonly y: number; readonly text: string }[];
  readonly unit: string;
  readonly plot: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}

const LABEL_PITCH = 14;
const LABEL_GAP = 10;
/** Average width of a letter at 11 px. */
const LETTER = 6.2;
const LABEL_LETTERS = 24;
/** More than these are told by the table beside it. */
const MOST_LABELLED = 8;

/** Null before a policy has a final loss. */
export function computeChart(
  policies: readonly TimelinePolicy[],
  width: number,
  height: number,
): ComputeChart | null {
  const ended = policies.filter(({ finalLoss }) => finalLoss !== null);
  if (ended.length === 0) return null;
  const plot = { left: 44, right: width - 16, top: 22, bottom: height - 36 };
  const flops = ended.flatMap(({ trainingFlops, searchFlops }) => [
    trainingFlops,
    trainingFlops + searchFlops,
  ]);
  const { name: unit, size } = flopsUnit(Math.max(...flops));
  const xRange = rangeOf(
    flops.map((value) => value / size),
    4,
    0.25,
  );
  const yRange = rangeOf(
    ended.map(({ finalLoss }) => finalLoss!),
    5,
    0.1,
  );
  const x = (value: number): number =>
    round(plot.left + ((value / size - xRange.min) / (xRange.max - xRange.min)) * (plot.right - plot.left));
  const y = (loss: number): number =>
    round(plot.bottom - ((loss - yRange.min) / (yRange.max - yRange.min)) * (plot.bottom - plot.top));
  const placed = ended.map((policy) => ({
    policy,
    x: x(policy.trainingFlops + policy.searchFlops),
    y: y(policy.finalLoss!),
    withoutSearch: policy.searchFlops > 0 ? x(policy.trainingFlops) : null,
  }));
  const labels = labelsOf(placed, plot);
  return {
    points: placed.map((point, index) => ({ ...point, label: labels[index]! })),
    xTicks: ticksOf(xRange).map((value) => ({ x: x(value * size), text: value.toFixed(xRange.decimals) })),
    yTicks: ticksOf(yRange).map((value) => ({ y: y(value), text: value.toFixed(yRange.decimals) })),
    unit,
    plot,
  };
}

type Placed = Omit<ComputePoint, 'label'>;

/**
 * Names of the policies that choose, of the best, the worst and the controls; the table has the rest. A name stands
 * at the right of its point, pushed apart from others; where it would leave the chart it stands over the point.
 */
function labelsOf(points: readonly Placed[], plot: ComputeChart['plot']): ComputePoint['label'][] {
  const labels: ComputePoint['label'][] = points.map(() => null);
  const most = Math.floor((plot.bottom - plot.top) / LABEL_PITCH);
  const heights = points.map(({ y }) => y);
  const [top, bottom] = [Math.min(...heights), Math.max(...heights)];
  const weightOf = ({ policy, y }: Placed): number =>
    (policy.policy === 'lag' ? 2 : 0) + (y === top || y === bottom || policy.policy === 'scratch' ? 1 : 0);
  const named = points
    .map((point, index) => ({ point, index, text: shortName(point.policy.name, LABEL_LETTERS) }))
    .filter(({ point }) => weightOf(point) > 0)
    .sort((a, b) => weightOf(b.point) - weightOf(a.point))
    .slice(0, Math.min(most, MOST_LABELLED));
  const isBeside = ({ point, text }: (typeof named)[number]): boolean =>
    point.x + LABEL_GAP + text.length * LETTER <= plot.right + 12;
  const beside = named.filter(isBeside).sort((a, b) => a.point.y - b.point.y);
  const spread = spreadLabels(
    beside.map(({ point }) => point.y),
    LABEL_PITCH,
    plot.top + 4,
    plot.bottom - 4,
  );
  for (const [at, { point, index, text }] of beside.entries())
    labels[index] = { x: point.x + LABEL_GAP, y: spread[at]!, anchor: 'start', text };
  for (const { point, index, text } of named.filter((one) => !isBeside(one))) {
    const x = Math.min(point.x + 8, plot.right + 12);
    const y = freeHeight(point.y, labels);
    labels[index] = { x, y, anchor: 'end', text };
  }
  return labels;
}

/** Over a point, else under it, else wherever no other name is near. */
function freeHeight(y: number, labels: readonly ComputePoint['label'][]): number {
  const isFree = (at: number): boolean =>
    labels.every((label) => label === null || Math.abs(label.y - at) >= LABEL_PITCH - 1);
  return [1, -1, 2, -2].map((turns) => y - turns * LABEL_PITCH).find(isFree) ?? y - LABEL_PITCH;
}

/** A range round the values with room at both ends, so that no point lies on a frame. */
function rangeOf(values: readonly number[], count: number, room: number) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const extra = Math.max((high - low) * room, Math.abs(high) * 0.002, 1e-9);
  return niceRange(Math.max(0, low - extra), high + extra, count);
}

const ticksOf = ({ min, max, interval }: { min: number; max: number; interval: number }): number[] =>
  Array.from({ length: Math.round((max - min) / interval) + 1 }, (_, index) => min + index * interval);

const round = (value: number): number => Math.round(value * 10) / 10;
