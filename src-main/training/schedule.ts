/**
 * Learning-rate schedules as pure functions of the step. A cooldown probe is the same function with the probe's
 * own length as `totalSteps`: the decay is squeezed into the probe, so its end shows what a finished run shows.
 */
import { EspalierError } from '../contract/errors.ts';
import type { Recipe } from '../contract/recipe.ts';

/** The parts of a recipe a schedule reads. */
export type ScheduledRecipe = Pick<Recipe, 'learningRate' | 'warmupSteps' | 'schedule'>;

/**
 * Learning rate of one step.
 *
 * Steps 1 to `warmupSteps` rise in equal parts to the peak; what follows is constant, or falls linearly or along
 * half a cosine to `finalShare` of the peak at `totalSteps`. A run no longer than its warm-up only rises.
 *
 * @param step Training step, from 1 to `totalSteps`.
 * @throws EspalierError `bad-input` for a step outside that range.
 */
export function learningRateAt(recipe: ScheduledRecipe, step: number, totalSteps: number): number {
  if (!Number.isInteger(step) || !Number.isInteger(totalSteps) || step < 1 || step > totalSteps)
    throw new EspalierError(
      'bad-input',
      `Step ${step} of ${totalSteps} has no learning rate: steps are whole numbers from 1 to the length of the run.`,
    );
  const { learningRate: peak, warmupSteps, schedule } = recipe;
  if (step <= warmupSteps) return (peak * step) / warmupSteps;
  const elapsed = (step - warmupSteps) / (totalSteps - warmupSteps);
  switch (schedule.kind) {
    case 'constant':
      return peak;
    case 'linear':
      return peak * (schedule.finalShare * elapsed + (1 - elapsed));
    case 'cosine':
      return (
        peak * (schedule.finalShare + ((1 - schedule.finalShare) * (1 + Math.cos(Math.PI * elapsed))) / 2)
      );
    default:
      return schedule.kind satisfies never;
  }
}

/** The recipe of a cooldown probe: the same training, but with linear decay whatever the recipe's own schedule. */
export function cooldownRecipe(recipe: Recipe): Recipe {
  return { ...recipe, schedule: { ...recipe.schedule, kind: 'linear' } };
}
