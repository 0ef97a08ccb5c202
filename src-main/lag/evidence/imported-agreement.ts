/** How well recorded metrics tell early how the strategies end, each by itself and across metrics. Pure. */
import type { ImportedAgreement, MetricCorrelation, MetricTie } from '../../contract/imported-curves.ts';
import type { MetricInfo, RecordedAudit, RecordedCurve } from '../../contract/recorded-audit.ts';
import { averageRanks, spearman } from '../rank-statistics.ts';
import { finalCurves } from '../replay/final-values.ts';

/**
 * Spearman's correlations over the ranked strategies, with the values at the last step as the end. Both sides are
 * oriented so that less is better; exactly equal values share the mean of their ranks. A strategy without one of the
 * two values is left out and not counted.
 */
export function importedAgreement(audit: RecordedAudit): ImportedAgreement {
  const curves = finalCurves(audit);
  const steps = [...new Set(curves.flatMap(({ points }) => points.map(({ step }) => step)))].sort(
    (a, b) => a - b,
  );
  const columns = columnsAt(curves, audit.metrics);
  const compare = (step: number, metric: string, finalMetric: string): MetricCorrelation => {
    const early = columns(step, metric);
    const final = columns(audit.horizon, finalMetric);
    const kept = early.flatMap((value, index) => {
      const end = final[index] ?? null;
      return value === null || end === null ? [] : [{ value, end }];
    });
    return {
      step,
      metric,
      finalMetric,
      spearman: spearman(
        kept.map(({ value }) => value),
        kept.map(({ end }) => end),
      ),
      candidateCount: kept.length,
    };
  };
  const names = audit.metrics.map(({ name }) => name);
  const [first = audit.horizon] = steps;
  return {
    ownFinal: names.flatMap((name) => steps.map((step) => compare(step, name, name))),
    firstToFinal: names.flatMap((name) => names.map((final) => compare(first, name, final))),
    ties: names.flatMap((name) => steps.flatMap((step) => tiesOf(step, name, columns(step, name), curves))),
  };
}

/** Values of all strategies, less being better. */
function columnsAt(
  curves: readonly RecordedCurve[],
  metrics: readonly MetricInfo[],
): (step: number, metric: string) => (number | null)[] {
  const signs = new Map(metrics.map(({ name, lowerIsBetter }) => [name, lowerIsBetter ? 1 : -1]));
  const points = curves.map((curve) => new Map(curve.points.map((point) => [point.step, point])));
  return (step, metric) =>
    points.map((ofCurve) => {
      const value = ofCurve.get(step)?.metrics[metric] ?? null;
      return value === null ? null : signs.get(metric)! * value;
    });
}

function tiesOf(
  step: number,
  metric: string,
  values: readonly (number | null)[],
  curves: readonly RecordedCurve[],
): MetricTie[] {
  const present = values.flatMap((value, index) =>
    value === null ? [] : [{ value, strategy: curves[index]!.strategy }],
  );
  const ranks = averageRanks(present.map(({ value }) => value));
  return [...Map.groupBy(present, (_, index) => ranks[index]!).values()].flatMap((group) =>
    group.length < 2 ? [] : [{ step, metric, strategies: group.map(({ strategy }) => strategy) }],
  );
}
