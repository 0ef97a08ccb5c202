/** Places where the lag cursor can stand: steps at which every curve that still goes on was measured. */
import type { CurvePoint } from '../../src-main/contract/analysis.ts';

/** One candidate's measured points, ascending by step. */
export type Curve = readonly CurvePoint[];

/**
 * Steps at which candidates can be ranked, ascending. A curve that diverged or stopped takes no step from the
 * others; null losses count as measured, as a divergence is a result.
 */
export function rankableSteps(curves: readonly Curve[]): number[] {
  const started = curves.filter((curve) => curve.length > 0);
  const counts = new Map<number, number>();
  for (const curve of started) for (const { step } of curve) counts.set(step, (counts.get(step) ?? 0) + 1);
  const ends = started.map((curve) => curve.at(-1)!.step).sort((a, b) => a - b);
  const isRankable = (step: number): boolean => counts.get(step) === ends.filter((end) => end >= step).length;
  return [...counts.keys()].filter(isRankable).sort((a, b) => a - b);
}

/** The step nearest to a wanted one, the earlier of two as near; null when there is none to stand on. */
export function nearestStep(steps: readonly number[], wanted: number): number | null {
  let nearest: number | null = null;
  for (const step of steps)
    if (nearest === null || Math.abs(step - wanted) < Math.abs(nearest - wanted)) nearest = step;
  return nearest;
}

/**
 * The step `by` places further (negative: back), held at the ends; between two steps the first move goes to the
 * neighbour. Null without steps.
 */
export function steppedLag(steps: readonly number[], lag: number, by: number): number | null {
  if (steps.length === 0) return null;
  const after = steps.findIndex((step) => step > lag);
  const above = after < 0 ? steps.length : after;
  const at = by > 0 ? above - 1 + by : steps.filter((step) => step < lag).length + by;
  return steps[Math.min(steps.length - 1, Math.max(0, at))]!;
}
