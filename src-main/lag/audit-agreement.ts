/**
 * What an audit says about choosing early: how well every predictor ranks at every recorded step, and where the
 * recorded metrics disagree about the end.
 */
import type { DecisionEvidence, MetricAgreement, RankAgreement } from '../contract/analysis.ts';
import { type DecisionRule, metricOf } from '../contract/decision.ts';
import { LOSS_METRIC, type RecordedAudit } from '../contract/recorded-audit.ts';
import { plainCostShare, rankAgreement } from './agreement.ts';
import { isReadDirectly } from './decision-values.ts';
import { finalWindowStart } from './final-loss.ts';
import { predictorRows } from './predictors/predictor-rows.ts';
import { averageRanks, kendallTauB, spearman, TIE_TOLERANCE, topOneRegret } from './rank-statistics.ts';
import { finalCurves, finalValueOf } from './replay/final-values.ts';

/** Label of the row of the value the decision rests on, where no predictor is just that. */
export const ruleRowName = (rule: string): string => `rule ${rule}`;

/** An interval costs some thirty milliseconds, and there are hundreds of rows. */
const WITH_INTERVALS = ['initial loss', 'loss at k', 'cooldown probe'];

/**
 * Rows of every predictor and metric at every step that all candidates share before the window of the final loss,
 * of cooldown probes at their recorded lengths, and of the decision's own value where that is none of them.
 * Intervals stand at the predictors of the paper and at the decision's own value. `orders` are the decision's
 * values by strategy, less being better (decision-values.ts).
 */
export function auditAgreement(
  audit: RecordedAudit,
  rule: DecisionRule,
  decision: DecisionEvidence | null,
  orders: ReadonlyMap<string, number | null>,
): RankAgreement[] {
  const { horizon, seed } = audit;
  const curves = finalCurves(audit);
  const ended = curves.filter((curve) => finalValueOf(curve, LOSS_METRIC, horizon) !== null);
  const shared = new Set(
    sharedSteps(ended.map(({ points }) => points.map(({ step }) => step))).filter(
      (step) => step <= finalWindowStart(horizon),
    ),
  );
  const lengths = audit.curves.flatMap(({ schedule, scheduleSteps }) =>
    schedule === 'cooldown' ? [scheduleSteps] : [],
  );
  const { confidence, resamples } = rule;
  const rows = predictorRows(audit, [...shared, ...lengths], {
    confidence,
    resamples,
    intervalsFor: WITH_INTERVALS,
  }).filter(({ predictor, step }) => predictor === 'cooldown probe' || shared.has(step));
  if (rows.length === 0 || decision === null || isPredictor(rule)) return rows;
  const finals = curves.map((curve) => finalValueOf(curve, LOSS_METRIC, horizon));
  const own = rankAgreement(
    {
      name: ruleRowName(rule.rule),
      step: decision.lag,
      values: curves.map(({ strategy }) => orders.get(strategy) ?? null),
      costShare: costShareOf(decision, curves.length, horizon),
    },
    finals,
    curves.map(({ strategy }) => strategy),
    { seed, confidence, resamples },
  );
  return own.candidateCount < 2 ? rows : [...rows, own];
}

/** Whether the rule's value is that of a predictor of the same step, window and metric. */
function isPredictor(rule: DecisionRule): boolean {
  if (rule.rule === 'windowMean') return false;
  return isReadDirectly(rule) && (metricOf(rule) === LOSS_METRIC || rule.rule === 'lossAtLag');
}

/** Every candidate up to where the rule asked for it, and the chosen one on to the horizon. */
function costShareOf(
  { trainedTo, strategy, lag }: DecisionEvidence,
  candidateCount: number,
  horizon: number,
): number {
  if (!trainedTo) return plainCostShare(candidateCount, lag, horizon);
  const asked = Object.values(trainedTo).reduce((sum, steps) => sum + steps, 0);
  return (asked + horizon - (trainedTo[strategy] ?? 0)) / (candidateCount * horizon);
}

function sharedSteps(steps: readonly (readonly number[])[]): number[] {
  const [first = new Set<number>(), ...others] = steps.map((each) => new Set(each));
  return [...first].filter((step) => others.every((set) => set.has(step))).sort((a, b) => a - b);
}

/**
 * Every recorded metric but the loss at the end of the runs, against the final losses. Candidates that lack either
 * are left out; empty with fewer than two.
 */
export function metricAgreement(audit: RecordedAudit): MetricAgreement[] {
  const curves = finalCurves(audit);
  const finalOf = (name: string): (number | null)[] =>
    curves.map((curve) => finalValueOf(curve, name, audit.horizon));
  const losses = finalOf(LOSS_METRIC);
  return audit.metrics
    .filter(({ name }) => name !== LOSS_METRIC)
    .flatMap(({ name, lowerIsBetter }) => {
      const sign = lowerIsBetter ? 1 : -1;
      const kept = finalOf(name).flatMap((value, index) => {
        const loss = losses[index] ?? null;
        return value === null || loss === null
          ? []
          : [{ value: sign * value, loss, strategy: curves[index]!.strategy }];
      });
      const values = kept.map(({ value }) => value);
      const regret = topOneRegret(
        values,
        kept.map(({ loss }) => loss),
      );
      if (kept.length < 2 || regret === null) return [];
      const ranks = averageRanks(values, TIE_TOLERANCE);
      const lossRanks = averageRanks(
        kept.map(({ loss }) => loss),
        TIE_TOLERANCE,
      );
      return [
        {
          metric: name,
          lowerIsBetter,
          candidateCount: kept.length,
          spearman: spearman(ranks, lossRanks),
          kendallTauB: kendallTauB(ranks, lossRanks),
          bestValue: sign * Math.min(...values),
          picks: regret.picks.map((index) => kept[index]!.strategy),
          lossRegret: regret.expected,
        },
      ];
    });
}
