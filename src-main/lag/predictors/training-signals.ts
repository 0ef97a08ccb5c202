/** What training itself shows at step k, without a validation text: gradient norm and distance travelled. */
import { type Predict, type Prediction, pointAt } from './prediction.ts';

const signal = (value: number | null | undefined): Prediction | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? { value, uncertainty: null } : null;

/** The largest gradient norm since the evaluation before. */
export const gradientNorm: Predict = (curve, k) => signal(pointAt(curve, k)?.gradientNorm);

export const weightDistance: Predict = (curve, k) => signal(pointAt(curve, k)?.weightDistance);
