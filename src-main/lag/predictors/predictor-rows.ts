/** The rows of the predictors in an audit: how well each would have ranked and chosen at each step. */
import type { RankAgreement } from '../../contract/analysis.ts';
import type { RecordedAudit, RecordedCurve } from '../../contract/recorded-audit.ts';
import { cooldownCostShare, plainCostShare, rankAgreement } from '../agreement.ts';
import { finalCurves, finalValueOf, judgedMetric } from '../replay/final-values.ts';
import { metricAtK } from './metric-at-k.ts';
import type { Predict } from './prediction.ts';
import { PREDICTOR_NAMES, PREDICTORS, type PredictorName } from './predictors.ts';

export interface PredictorRowOptions {
  /** Metric of the final values; the loss, or the first recorded, when left out. */
  readonly metric?: string;
  readonly confidence?: number;
  /** Bootstrap resamples behind every interval; 0 leaves the intervals out. */
  readonly resamples?: number;
  /** Labels of the predictors that get intervals, which are nearly all the work; all when left out. */
  readonly intervalsFor?: readonly string[];
}

/**
 * Agreement with the final values of every predictor at every step it can be read at, and of every other recorded
 * metric (`NAME at k`); steps ascending within a predictor. `initial loss` has the one row of step 0, and cooldown
 * probes rows at the lengths recorded among the steps. Empty without a metric or with fewer than two final values.
 */
export function predictorRows(
  audit: RecordedAudit,
  steps: readonly number[],
  options: PredictorRowOptions = {},
): RankAgreement[] {
  const metric = judgedMetric(audit, options.metric);
  if (metric === undefined) return [];
  const { horizon, seed } = audit;
  const curves = finalCurves(audit);
  const sign = metric.lowerIsBetter ? 1 : -1;
  const finals = curves.map((curve) => {
    const value = finalValueOf(curve, metric.name, horizon);
    return value === null ? null : sign * value;
  });
  if (finals.filter((value) => value !== null).length < 2) return [];
  const strategies = curves.map(({ strategy }) => strategy);
  const { confidence = 0.95, resamples = 2000, intervalsFor } = options;
  const row = (
    name: string,
    step: number,
    read: readonly (RecordedCurve | undefined)[],
    predict: Predict,
    costShare: number,
  ): RankAgreement[] => {
    const values = read.map((curve) => (curve && predict(curve, step, horizon)?.value) ?? null);
    if (values.filter((value) => value !== null).length < 2) return [];
    const hasInterval = intervalsFor === undefined || intervalsFor.includes(name);
    return [
      rankAgreement({ name, step, values, costShare }, finals, strategies, {
        seed,
        confidence,
        resamples: hasInterval ? resamples : 0,
      }),
    ];
  };
  const plain = (name: string, predict: Predict, at: readonly number[]): RankAgreement[] =>
    at.flatMap((step) => row(name, step, curves, predict, plainCostShare(curves.length, step, horizon)));
  const ascending = [...new Set(steps)].filter((step) => step <= horizon).sort((a, b) => a - b);
  const rowsOf = (name: PredictorName): RankAgreement[] => {
    const { label, schedule, predict } = PREDICTORS[name];
    if (name === 'initialLoss') return plain(label, predict, [0]);
    const after = ascending.filter((step) => step > 0);
    if (schedule === 'final') return plain(label, predict, after);
    return after.flatMap((step) =>
      row(
        label,
        step,
        strategies.map((strategy) => probeOf(audit, strategy, step)),
        predict,
        cooldownCostShare(curves.length, step, horizon),
      ),
    );
  };
  const others = audit.metrics.filter(({ name }) => name !== 'loss');
  return [
    ...PREDICTOR_NAMES.flatMap(rowsOf),
    ...others.flatMap((info) => plain(`${info.name} at k`, metricAtK(info), ascending)),
  ];
}

function probeOf(audit: RecordedAudit, strategy: string, length: number): RecordedCurve | undefined {
  return audit.curves.find(
    (curve) =>
      curve.strategy === strategy &&
      curve.schedule === 'cooldown' &&
      curve.scheduleSteps === length &&
      curve.repeat === 0 &&
      !curve.isDiverged,
  );
}
