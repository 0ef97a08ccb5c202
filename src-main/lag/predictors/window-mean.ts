/** The mean of the evaluations in the last quarter before k, which averages evaluation noise. */
import { batchError, lossesBetween, type Predict, pointAt } from './prediction.ts';

/** Steps of the window that ends at k. */
export const windowOf = (k: number): number => Math.max(1, Math.ceil(k / 4));

export const windowMean: Predict = (curve, k) => {
  const inWindow = lossesBetween(curve, k - windowOf(k) + 1, k);
  if (!inWindow || !pointAt(curve, k)) return null;
  const weight = 1 / inWindow.length;
  return {
    value: inWindow.reduce((sum, { loss }) => sum + loss * weight, 0),
    uncertainty: batchError(
      inWindow.map(({ point }) => point),
      inWindow.map(() => weight),
    ),
  };
};
