/** The mean height of the loss curve from step 0 to k, by the trapezoidal rule over the steps evaluated. */
import { batchError, lossesBetween, type Predict } from './prediction.ts';
import { trapezoidWeights } from './trapezoid-weights.ts';

export const areaUnderCurve: Predict = (curve, k) => {
  const losses = lossesBetween(curve, 0, k);
  if (losses?.[0]?.point.step !== 0 || losses.at(-1)?.point.step !== k) return null;
  const weights = trapezoidWeights(losses.map(({ point }) => point.step));
  return {
    value: losses.reduce((sum, { loss }, index) => sum + loss * weights[index]!, 0),
    uncertainty: batchError(
      losses.map(({ point }) => point),
      weights,
    ),
  };
};
