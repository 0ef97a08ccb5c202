/** What a predictor makes of one candidate's curve, and how it finds its points. */
import { LOSS_METRIC, type RecordedCurve, type RecordedPoint } from '../../contract/recorded-audit.ts';

export interface Prediction {
  /** Less is better. */
  readonly value: number;
  /** Standard error of the value by itself, not of a difference to another candidate; null where not measured. */
  readonly uncertainty: number | null;
}

/**
 * Reads a curve up to step k and no further.
 * @param horizon steps of a final run, for predictors that extrapolate
 * @returns null where the curve lacks what the predictor needs, or where it is not finite
 */
export type Predict = (curve: RecordedCurve, k: number, horizon: number) => Prediction | null;

/** Points with a finite loss from one step to another, both included; null when a loss there is not finite. */
export function lossesBetween(
  curve: RecordedCurve,
  from: number,
  to: number,
): { readonly point: RecordedPoint; readonly loss: number }[] | null {
  const points = curve.points.filter(({ step }) => step >= from && step <= to);
  const losses = points.map((point) => ({ point, loss: point.metrics[LOSS_METRIC] ?? Number.NaN }));
  return losses.every(({ loss }) => Number.isFinite(loss)) ? losses : null;
}

/** The point at a step; undefined where there is none. */
export const pointAt = (curve: RecordedCurve, step: number): RecordedPoint | undefined =>
  curve.points.find((point) => point.step === step);

/** Standard error of the mean over validation batches of a weighted sum of evaluations; null without batches. */
export function batchError(points: readonly RecordedPoint[], weights: readonly number[]): number | null {
  const count = points[0]?.batchLosses?.length ?? 0;
  if (count < 2 || points.some(({ batchLosses }) => batchLosses?.length !== count)) return null;
  const sums = Array.from({ length: count }, (_, batch) =>
    points.reduce((sum, { batchLosses }, index) => sum + weights[index]! * batchLosses![batch]!, 0),
  );
  const mean = sums.reduce((sum, value) => sum + value, 0) / count;
  const squares = sums.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (count - 1) / count);
}
