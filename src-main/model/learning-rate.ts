/**
 * Learning-rate schedules as pure functions of the step. A cooldown probe is the same function with the probe's
 * own length as `totalSteps`: the decay is squeezed into the probe, so its end shows what a finished run shows.
 */
import { EspalierError } from '../contract/errors.ts';
import type { Recipe } from '../contract/recipe.ts';

/** The parts of a recipe a schedule reads. */
export type ScheduledRecipe = Pick<Recipe, 'learningRate' | 'warmupSteps' | 'warmupFrom' | 'schedule'>;

/** Share of a wsd run that decays unless the recipe says otherwise; Hägele et al. 2024 find 10 to 20 % enough. */
export const DEFAULT_DECAY_SHARE = 0.2;

/**
 * Learning rate of one step.
 *
 * Steps 1 to `warmupSteps` rise in equal parts from `warmupFrom` of the peak (which itself would be step 0) to the
 * peak; what follows is constant, or falls linearly or along half a cosine to `finalShare` of the peak at
 * `totalSteps`. `wsd` (warm-up, stable, decay: Hu et al. 2024, "MiniCPM", §4; Hägele et al. 2024, "Scaling laws and
 * compute-optimal training beyond fixed training durations") stays at the peak and falls in the last `decayShare` of
 * the run only, linearly or as 1 − √x; the decay is at least one step long and never reaches into the warm-up.
 * A run no longer than its warm-up only rises.
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
  if (step <= warmupSteps) {
    const { warmupFrom = 0 } = recipe;
    return warmupFrom === 0
      ? (peak * step) / warmupSteps
      : peak * (warmupFrom + (1 - warmupFrom) * (step / warmupSteps));
  }
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
    case 'wsd': {
      const decaySteps = Math.max(1, Math.round((schedule.decayShare ?? DEFAULT_DECAY_SHARE) * totalSteps));
      const stableUntil = Math.max(warmupSteps, totalSteps - decaySteps);
      if (step <= stableUntil) return peak;
      const done = (step - stableUntil) / (totalSteps - stableUntil);
      const fallen = schedule.decayForm === '1-sqrt' ? Math.sqrt(done) : done;
      return peak * (schedule.finalShare * fallen + (1 - fallen));
    }
    default:
      return schedule.kind satisfies never;
  }
}

/** The recipe of a cooldown probe: the same training, but with linear decay whatever the recipe's own schedule. */
export function cooldownRecipe(recipe: Recipe): Recipe {
  return { ...recipe, schedule: { ...recipe.schedule, kind: 'linear' } };
}
