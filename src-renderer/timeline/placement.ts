/** Stages and searches of a policy along one axis: compute, steps or time. Pure. */
import type { Spent, TimelinePolicy, TimelineStage } from '../../src-main/contract/window/timeline.ts';

export const AXES = ['flops', 'steps', 'seconds'] as const;
export type Axis = (typeof AXES)[number];

export interface PlacedStage {
  readonly stage: TimelineStage;
  readonly from: number;
  /** Until here it is trained. */
  readonly done: number;
  /** Until here it is planned; equal to `done` for what is over. */
  readonly to: number;
}

export interface PlacedGrowingPoint {
  readonly growingPoint: number;
  /** Where the stage before ends. */
  readonly at: number;
  /** Where the search ends and the next stage begins. */
  readonly to: number;
}

export interface Placement {
  readonly stages: readonly PlacedStage[];
  readonly growingPoints: readonly PlacedGrowingPoint[];
  readonly end: number;
}

/**
 * One after another, searches to scale between them. Stages to come have the width they are planned with; after one
 * that was lost nothing comes. Time to come is reckoned from the compute of what was trained.
 */
export function placementOf(
  { stages, growingPoints }: Pick<TimelinePolicy, 'stages' | 'growingPoints'>,
  axis: Axis,
): Placement {
  const spentInAll = stages.reduce((sum, { spent }) => sum + spent.flops, 0);
  const secondsInAll = stages.reduce((sum, { spent }) => sum + spent.seconds, 0);
  const secondsPerFlop = spentInAll > 0 ? secondsInAll / spentInAll : 0;
  const placed: PlacedStage[] = [];
  const points: PlacedGrowingPoint[] = [];
  let end = 0;
  for (const [index, stage] of stages.entries()) {
    if (index > 0) {
      const at = end;
      end += growingPoints[index - 1]?.search[axis] ?? 0;
      points.push({ growingPoint: index - 1, at, to: end });
    }
    const from = end;
    const done = from + stage.spent[axis];
    const isLost = stage.state === 'diverged' || stage.state === 'failed';
    const isOver = isLost || stage.state === 'finished';
    end = isOver ? done : Math.max(done, from + plannedOf(stage, secondsPerFlop)[axis]);
    placed.push({ stage, from, done, to: end });
    if (isLost) break;
  }
  return { stages: placed, growingPoints: points, end };
}

function plannedOf({ stepsPlanned, flopsPerStep }: TimelineStage, secondsPerFlop: number): Spent {
  const flops = stepsPlanned * flopsPerStep;
  return { flops, steps: stepsPlanned, seconds: flops * secondsPerFlop };
}

/** Where a growing point stands on another axis is found by its number, so a change of axis keeps the selection. */
export const growingPointAt = (
  { growingPoints }: Placement,
  growingPoint: number,
): PlacedGrowingPoint | null => growingPoints.find((point) => point.growingPoint === growingPoint) ?? null;
