/** The loss at the horizon by a power law through the curve so far: corrects for candidates that fall faster. */
import { fitPowerLaw } from './power-law.ts';
import { lossesBetween, type Predict } from './prediction.ts';

/** First step the fit uses: what comes before belongs to the warm-up and the first shock of growing. */
export const fitStart = (k: number): number => Math.max(1, Math.ceil(k / 4));

export const extrapolation: Predict = (curve, k, horizon) => {
  const losses = lossesBetween(curve, fitStart(k), k);
  if (losses?.at(-1)?.point.step !== k) return null;
  const fit = fitPowerLaw(
    losses.map(({ point }) => point.step),
    losses.map(({ loss }) => loss),
    horizon,
  );
  return fit && { value: fit.atHorizon, uncertainty: fit.standardError };
};
