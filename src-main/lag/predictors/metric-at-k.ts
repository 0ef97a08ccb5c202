/** Any recorded metric after k steps of the final schedule. */
import type { MetricInfo } from '../../contract/recorded-audit.ts';
import { type Predict, pointAt } from './prediction.ts';

/** Predictor that reads one metric; where more of it is better, the sign is turned. */
export const metricAtK =
  ({ name, lowerIsBetter }: MetricInfo): Predict =>
  (curve, k) => {
    const value = pointAt(curve, k)?.metrics[name] ?? null;
    return value === null ? null : { value: lowerIsBetter ? value : -value, uncertainty: null };
  };
