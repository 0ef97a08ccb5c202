/** The learning rate over a run, as points of a small chart. Pure. */
import type { Recipe } from '../../src-main/contract/recipe.ts';
import { learningRateAt } from '../../src-main/model/learning-rate.ts';

export interface CurvePoint {
  readonly step: number;
  readonly rate: number;
}

const MOST_POINTS = 240;

/** From step 1 to the end; every corner of the schedule within a step of the spacing. */
export function learningRateCurve(recipe: Recipe, steps: number): readonly CurvePoint[] {
  const count = Math.min(MOST_POINTS, steps);
  const places = new Set<number>([Math.min(steps, Math.max(1, recipe.warmupSteps)), steps]);
  for (let index = 0; index < count; index++)
    places.add(1 + Math.round((index * (steps - 1)) / Math.max(1, count - 1)));
  return [...places]
    .sort((a, b) => a - b)
    .map((step) => ({ step, rate: learningRateAt(recipe, step, steps) }));
}

/** SVG path in a box of the given size, zero at its bottom. */
export function curvePath(points: readonly CurvePoint[], width: number, height: number): string {
  const last = points.at(-1)?.step ?? 1;
  const most = Math.max(...points.map(({ rate }) => rate), Number.MIN_VALUE);
  return points
    .map(({ step, rate }, index) => {
      const x = last === 1 ? 0 : ((step - 1) / (last - 1)) * width;
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${(height - (rate / most) * height).toFixed(1)}`;
    })
    .join('');
}
