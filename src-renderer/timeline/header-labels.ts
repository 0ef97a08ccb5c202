/** Which names of stages and growing points fit over the plot without touching. Pure. */
import type { Placement } from './placement.ts';

export interface StageLabel {
  readonly stage: number;
  readonly x: number;
  /** `full`: number, layers and steps. `short`: number and steps. `number`: only that. */
  readonly detail: 'full' | 'short' | 'number';
}

export interface PointLabel {
  readonly growingPoint: number;
  /** Centre. */
  readonly x: number;
  readonly width: number;
  /** Left out for lack of room; the growing point can still be reached with the arrow keys and in the list. */
  readonly isHidden: boolean;
}

export interface HeaderLabels {
  readonly stages: readonly StageLabel[];
  readonly points: readonly PointLabel[];
}

const POINT_WIDTH = 50;
const GAP = 4;
const ROOM = { full: 122, short: 72, number: 20 } as const;

/**
 * @param scale pixels per unit of the axis
 * @param width of the plot in pixels
 * @param selected growing point whose label is always there
 */
export function headerLabels(
  { stages, growingPoints }: Placement,
  scale: number,
  width: number,
  selected: number | null,
): HeaderLabels {
  const wanted = growingPoints.map(({ growingPoint, at, to }) => ({
    growingPoint,
    // Half a name in from the edges, which would cut it.
    x: Math.min(width - POINT_WIDTH / 2, Math.max(POINT_WIDTH / 2, Math.round(((at + to) / 2) * scale))),
    width: Math.max(POINT_WIDTH, Math.round((to - at) * scale)),
  }));
  const kept = new Set<number>();
  const fits = (point: (typeof wanted)[number]): boolean =>
    wanted.every(
      (other) => !kept.has(other.growingPoint) || Math.abs(other.x - point.x) >= POINT_WIDTH + GAP,
    );
  const order = wanted.toSorted(
    (a, b) => Number(b.growingPoint === selected) - Number(a.growingPoint === selected),
  );
  for (const point of order) if (fits(point)) kept.add(point.growingPoint);
  const points = wanted.map((point) => ({ ...point, isHidden: !kept.has(point.growingPoint) }));
  const taken = points
    .filter(({ isHidden }) => !isHidden)
    .map(({ x, width }) => ({ from: x - width / 2, to: x + width / 2 }));
  const labels = stages.flatMap(({ stage, from, to }): StageLabel[] => {
    const inside = taken.find((box) => box.from <= from * scale && box.to > from * scale);
    const x = Math.max(from * scale, inside ? inside.to + GAP : 0);
    const next = Math.min(to * scale, ...taken.filter((box) => box.from >= x).map((box) => box.from));
    const room = next - x;
    const detail = (['full', 'short', 'number'] as const).find((name) => room >= ROOM[name]);
    return detail ? [{ stage: stage.stage, x: Math.round(x), detail }] : [];
  });
  return { stages: labels, points };
}
