/** A few hundred rules with many lags, made of the steps at which an audit was really evaluated. */

import type { z } from 'zod';
import {
  type DecisionRule,
  decisionRuleSchema,
  fitStartOf,
  type RuleOf,
  stepsReadBy,
} from '../../contract/decision.ts';
import { LOSS_METRIC, type RecordedAudit } from '../../contract/recorded-audit.ts';
import { finalWindowStart } from '../final-loss.ts';
import { LEAST_POINTS } from '../predictors/power-law.ts';
import { judgedMetric } from './final-values.ts';
import { RecordedField } from './recorded-field.ts';
import { ruleLabel } from './rule-label.ts';

type RuleInput = z.input<typeof decisionRuleSchema>;

/** Most lags of a rule that looks once; more recorded steps are thinned evenly in the logarithm. */
const MOST_LAGS = 32;
const FACTORS = [2, 3, 4];
const TOLERANCES = [0, 0.002, 0.005];
const STABILITIES = [
  { stable: 2, threshold: 0.8 },
  { stable: 2, threshold: 0.9 },
  { stable: 3, threshold: 0.9 },
];

/**
 * Every kind of rule at every lag that the curves can answer, none twice. Lags lie before the window that forms the
 * final value, because a rule that reads that window would be judged by what it saw.
 *
 * @throws EspalierError as RecordedField
 */
export function ruleGrid(audit: RecordedAudit): DecisionRule[] {
  const field = new RecordedField(audit);
  const usable = field.evaluationSteps.filter((step) => step <= finalWindowStart(audit.horizon));
  const metric = judgedMetric(audit);
  const judged = metric === undefined || metric.name === LOSS_METRIC ? {} : { metric: metric.name };
  const hasLoss = audit.metrics.some(({ name }) => name === LOSS_METRIC);
  const lags = thin(usable, MOST_LAGS);
  const recorded = new Set(usable);
  const canLook = (rule: DecisionRule): boolean => stepsReadBy(rule).every((step) => recorded.has(step));
  const rules = [
    { rule: 'initialLoss', ...judged },
    ...field.cooldownLags().map((lag) => ({ rule: 'cooldown', lag, ...judged })),
    ...lags.flatMap((lag) => [
      { rule: 'lossAtLag', lag, ...judged },
      ...windowsOf(lag, usable).map((window) => ({ rule: 'windowMean', lag, window, ...judged })),
      { rule: 'areaUnderCurve', lag, ...judged },
    ]),
    ...halvings(usable).map((ladder) => ({ rule: 'successiveHalving', ...ladder, ...judged })),
  ].map(parse);
  const onLoss = lags.map((lag) => parse({ rule: 'extrapolation', lag }) as RuleOf<'extrapolation'>);
  const signals = lags.flatMap((lag) => [
    ...(field.holds('gradientNorm') ? [parse({ rule: 'gradientNorm', lag })] : []),
    ...(field.holds('weightDistance') ? [parse({ rule: 'weightDistance', lag })] : []),
  ]);
  const looking = [
    ...thin(usable, 12).flatMap((maxLag) =>
      FACTORS.map((eta) => ({ rule: 'hyperband', maxLag, eta, ...judged })),
    ),
    ...racesOf(usable).flatMap((looks) => [
      ...(hasLoss && field.holds('batchLosses')
        ? TOLERANCES.map((tolerance) => ({ rule: 'confidenceRace', ...looks, tolerance }))
        : []),
      ...STABILITIES.map((stability) => ({ rule: 'automaticLag', ...looks, ...stability, ...judged })),
    ]),
  ]
    .map(parse)
    .filter(canLook);
  const fits = hasLoss
    ? onLoss.filter(
        (rule) =>
          usable.filter((step) => step >= fitStartOf(rule) && step <= rule.lag).length >= LEAST_POINTS,
      )
    : [];
  const all = [...rules, ...fits, ...signals, ...looking];
  return [...new Map(all.map((rule) => [ruleLabel(rule), rule])).values()];
}

const parse = (input: object): DecisionRule => decisionRuleSchema.parse(input as RuleInput);

/** Windows of a quarter and of half of the lag that hold at least two evaluations. */
function windowsOf(lag: number, usable: readonly number[]): number[] {
  const windows = [Math.ceil(lag / 4), Math.ceil(lag / 2)];
  return windows.filter((window) => usable.filter((step) => step > lag - window && step <= lag).length >= 2);
}

/** Ladders of two to four rungs that end at a recorded step, each rung the recorded one nearest to its place. */
function halvings(usable: readonly number[]): { ladder: number[]; eta: number }[] {
  return FACTORS.flatMap((eta) =>
    thin(usable, 12).flatMap((last) =>
      [2, 3, 4].flatMap((count) => {
        const ladder = Array.from({ length: count }, (_, index) =>
          nearest(usable, last / eta ** (count - 1 - index)),
        );
        const ascends = ladder.every((step, index) => index === 0 || step > ladder[index - 1]!);
        return ascends ? [{ ladder, eta }] : [];
      }),
    ),
  );
}

/** Looks at equal distances: from one recorded step by itself, as far as the steps in between are recorded. */
function racesOf(usable: readonly number[]): { every: number; minLag: number; maxLag: number }[] {
  const recorded = new Set(usable);
  return thin(usable, 16).flatMap((every) => {
    let count = 0;
    while (recorded.has((count + 1) * every) && count < 64) count++;
    const counts = [...new Set([count, Math.ceil(count / 2), Math.ceil(count / 4)])];
    return counts
      .filter((looks) => looks >= 3)
      .map((looks) => ({ every, minLag: every, maxLag: looks * every }));
  });
}

function nearest(steps: readonly number[], wanted: number): number {
  return steps.reduce((best, step) => (Math.abs(step - wanted) < Math.abs(best - wanted) ? step : best));
}

/** At most `count` of the steps, evenly spread in the logarithm, the first and the last among them. */
function thin(steps: readonly number[], count: number): number[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined || steps.length <= count) return [...steps];
  const places = Array.from({ length: count }, (_, index) => first * (last / first) ** (index / (count - 1)));
  return [...new Set(places.map((place) => nearest(steps, place)))];
}
