/** How every candidate of a recorded audit ended. */
import type { MetricInfo, RecordedAudit, RecordedCurve } from '../../contract/recorded-audit.ts';
import { finalWindowStart } from '../final-loss.ts';

/** The run to the horizon of each strategy that may be chosen, in the order of the audit. */
export function finalCurves({ curves, horizon }: RecordedAudit): RecordedCurve[] {
  return curves.filter(
    ({ schedule, scheduleSteps, repeat, isControl }) =>
      schedule === 'final' && scheduleSteps === horizon && repeat === 0 && !isControl,
  );
}

/**
 * Mean of a metric over the evaluations in the last 10 % of the horizon, as the analysis of a study forms the
 * final loss; null unless the run reached the horizon with finite values.
 */
export function finalValueOf(curve: RecordedCurve, metric: string, horizon: number): number | null {
  if (curve.isDiverged) return null;
  const last = curve.points.filter(({ step }) => step > finalWindowStart(horizon) && step <= horizon);
  if (!last.some(({ step }) => step === horizon)) return null;
  const mean = last.reduce((sum, { metrics }) => sum + (metrics[metric] ?? Number.NaN), 0) / last.length;
  return Number.isFinite(mean) ? mean : null;
}

/** The metric that regret is judged by: the loss where it was recorded, else the first one. */
export function judgedMetric({ metrics }: RecordedAudit, name?: string): MetricInfo | undefined {
  return name === undefined
    ? (metrics.find((metric) => metric.name === 'loss') ?? metrics[0])
    : metrics.find((metric) => metric.name === name);
}
