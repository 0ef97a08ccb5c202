/** The loss at one step: after k steps of the schedule (Karp et al. 2024), before any, or after a cooldown probe. */
import { batchError, lossesBetween, type Predict } from './prediction.ts';

export const lossAtK: Predict = (curve, k) => {
  const [only] = lossesBetween(curve, k, k) ?? [];
  return only ? { value: only.loss, uncertainty: batchError([only.point], [1]) } : null;
};

export const initialLoss: Predict = (curve, _k, horizon) => lossAtK(curve, 0, horizon);
