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
 * Names beside the points, as many as there is height for: policies that choose first, then the best and the worst.
 * A name stands at the right of its point, at the left where it would leave the chart; each side is pushed apart.
 */
function labelsOf(points: readonly Placed[], plot: ComputeChart['plot']): ComputePoint['label'][] {
  const labels: ComputePoint['label'][] = points.map(() => null);
  const most = Math.floor((plot.bottom - plot.top) / LABEL_PITCH);
  const order = points.map((_, index) => index).sort((a, b) => points[b]!.y - points[a]!.y);
  const isEdge = (index: number): boolean => index === order[0] || index === order.at(-1);
  const named = order
    .toSorted((a, b) => weightOf(points[b]!, isEdge(b)) - weightOf(points[a]!, isEdge(a)))
    .slice(0, Math.min(most, MOST_LABELLED));
  const sides = named.map((index) => ({ index, point: points[index]!, ...sideOf(points[index]!, plot) }));
  for (const anchor of ['start', 'end'] as const) {
    const side = sides.filter((one) => one.anchor === anchor).sort((a, b) => a.point.y - b.point.y);
    const spread = spreadLabels(
      side.map(({ point }) => point.y),
      LABEL_PITCH,
      plot.top + 4,
      plot.bottom - 4,
    );
    for (const [at, { index, x, text }] of side.entries())
      labels[index] = { x, y: spread[at]!, anchor, text };
  }
  return labels;
}

const weightOf = ({ policy }: Placed, isEdge: boolean): number =>
  (policy.policy === 'lag' ? 2 : 0) + (isEdge || policy.policy === 'scratch' ? 1 : 0);

function sideOf({ policy, x, withoutSearch }: Placed, plot: ComputeChart['plot']) {
  const full = shortName(policy.name, LABEL_LETTERS);
  const length = full.length * LETTER;
  if (x + LABEL_GAP + length <= plot.right + 12)
    return { anchor: 'start' as const, x: x + LABEL_GAP, text: full };
  const leftmost = Math.min(x, withoutSearch ?? x) - LABEL_GAP;
  const end = leftmost - length >= plot.left ? leftmost : x - LABEL_GAP;
  const letters = Math.max(2, Math.floor((end - plot.left) / LETTER));
  return { anchor: 'end' as const, x: end, text: shortName(policy.name, Math.min(LABEL_LETTERS, letters)) };
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
