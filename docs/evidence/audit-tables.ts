/** Tables over the audits: predictors, rules, the smallest safe lag, noise, and where metrics disagree. */
import { type DecisionRule, decisionRuleSchema } from '../../src-main/contract/decision.ts';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import { predictorRows } from '../../src-main/lag/predictors/predictor-rows.ts';
import { PREDICTORS } from '../../src-main/lag/predictors/predictors.ts';
import { spearman } from '../../src-main/lag/rank-statistics.ts';
import { finalCurves, finalValueOf } from '../../src-main/lag/replay/final-values.ts';
import { replayAudit } from '../../src-main/lag/replay/replay-audit.ts';
import { restrict } from '../../src-main/lag/replay/restrict-audit.ts';
import { pairedNoiseFloor } from '../../src-main/lag/selection.ts';
import type { AuditOf } from './recorded.ts';
import { sequentialHalving } from './sequential-halving.ts';
import { AUDITS, FUNCTION_PRESERVING, GRID } from './settings.ts';
import { groupBy, meanOf, percent, table, written } from './statistics.ts';

/** Steps shown as columns of the predictor tables. */
const SHOWN = [12, 24, 48, 96, 144, 240];

export const titleOf = (setting: string): string =>
  AUDITS.find(({ key }) => key === setting)?.title ?? setting;

/** The pool without the members that keep the source's function. */
export function withoutPreserving(audit: RecordedAudit): RecordedAudit {
  const names = finalCurves(audit).map(({ strategy }) => strategy);
  return restrict(
    audit,
    names.filter((name) => !FUNCTION_PRESERVING.includes(name)),
  );
}

export interface PredictorCell {
  readonly predictor: string;
  readonly step: number;
  readonly spearman: readonly (number | null)[];
  readonly regret: readonly (number | null)[];
}

/** Every predictor at every step of the grid: one value an audit. */
export function predictorCells(audits: readonly RecordedAudit[]): PredictorCell[] {
  const rows = audits.flatMap((audit) => predictorRows(audit, [0, ...GRID], { resamples: 0 }));
  return [...groupBy(rows, ({ predictor, step }) => `${predictor} ${step}`).values()].map((group) => ({
    predictor: group[0]!.predictor,
    step: group[0]!.step,
    spearman: group.map((row) => row.spearman),
    regret: group.map((row) => row.regret),
  }));
}

/** Mean over audits with its 95 % t interval; predictors as rows, steps as columns. */
export function predictorTable(audits: readonly RecordedAudit[], measure: 'spearman' | 'regret'): string {
  const cells = predictorCells(audits);
  const decimals = measure === 'spearman' ? 2 : 4;
  const horizon = audits[0]!.horizon;
  const labels = new Set(Object.values(PREDICTORS).map(({ label }) => label));
  const names = [...new Set(cells.map(({ predictor }) => predictor))].filter((name) => labels.has(name));
  const at = (predictor: string, step: number): string => {
    const cell = cells.find((one) => one.predictor === predictor && one.step === step);
    return cell ? written(cell[measure], decimals) : '';
  };
  return table(
    ['predictor', 'k = 0', ...SHOWN.map((step) => `${step} (${percent(step / horizon)})`)],
    names.map((name) => [name, at(name, 0), ...SHOWN.map((step) => at(name, step))]),
  );
}

/** Rules as a user would set them on these audits; lags are shares of the horizon of 480 steps. */
export function shippedRules(): DecisionRule[] {
  const inputs: unknown[] = [
    { rule: 'initialLoss' },
    ...[24, 48, 96, 144, 240].map((lag) => ({ rule: 'lossAtLag', lag })),
    { rule: 'windowMean', lag: 96, window: 48 },
    { rule: 'areaUnderCurve', lag: 96 },
    { rule: 'extrapolation', lag: 96 },
    { rule: 'extrapolation', lag: 144 },
    { rule: 'gradientNorm', lag: 96 },
    { rule: 'weightDistance', lag: 96 },
    ...[48, 96, 144].map((lag) => ({ rule: 'cooldown', lag })),
    { rule: 'successiveHalving', ladder: [24, 48, 96, 192] },
    { rule: 'successiveHalving', ladder: [48, 96, 192] },
    { rule: 'hyperband', maxLag: 192, minLag: 24, eta: 2 },
    { rule: 'confidenceRace', every: 24, maxLag: 144, tolerance: 0.002 },
    { rule: 'automaticLag', every: 24, maxLag: 144 },
  ];
  return inputs.map((input) => decisionRuleSchema.parse(input));
}

export interface RuleOutcome {
  readonly label: string;
  readonly regrets: readonly number[];
  readonly ranks: readonly number[];
  readonly costs: readonly number[];
}

/** Every rule on every audit, without training. */
export function ruleOutcomes(audits: readonly RecordedAudit[]): RuleOutcome[] {
  const rows = audits.flatMap((audit) => replayAudit(audit, shippedRules()).rows);
  const outcomes = [...groupBy(rows, ({ label }) => label).entries()].map(([label, group]) => ({
    label,
    regrets: group.flatMap(({ regret }) => (regret === null ? [] : [regret])),
    ranks: group.flatMap(({ rank }) => (rank === null ? [] : [rank])),
    costs: group.map(({ cost }) => cost.shareOfExhaustive),
  }));
  const sequential = audits.map((audit) => sequentialHalving(audit, [24, 48, 96, 192], 2));
  return [
    ...outcomes,
    {
      label: 'sequential halving (tuner) 24·48·96·192 /2',
      regrets: sequential.map(({ regret }) => regret),
      ranks: [],
      costs: sequential.map(({ costShare }) => costShare),
    },
  ];
}

export function ruleTable(audits: readonly RecordedAudit[]): string {
  return table(
    ['rule', 'regret', 'worst', 'rank of the pick', 'cost'],
    ruleOutcomes(audits).map(({ label, regrets, ranks, costs }) => [
      label,
      written(regrets, 4),
      Math.max(...regrets).toFixed(4),
      ranks.length > 0 ? written(ranks, 1) : '',
      percent(meanOf(costs).mean),
    ]),
  );
}

/** Standard deviation of the difference of two final losses over seeds, and how many strategies it cannot tell apart. */
export function noiseOf(audits: readonly RecordedAudit[]): {
  readonly floor: number;
  readonly order: readonly { readonly strategy: string; readonly mean: number }[];
  readonly tiedWithBest: readonly string[];
} {
  const names = finalCurves(audits[0]!).map(({ strategy }) => strategy);
  const finals = names.map((name) =>
    audits.map((audit) => {
      const curve = finalCurves(audit).find(({ strategy }) => strategy === name);
      return curve ? finalValueOf(curve, 'loss', audit.horizon) : null;
    }),
  );
  const floor = pairedNoiseFloor(finals) ?? Number.NaN;
  const order = names
    .map((strategy, index) => {
      const values = finals[index]!.filter((value) => value !== null);
      return { strategy, mean: values.reduce((sum, value) => sum + value, 0) / values.length };
    })
    .sort((a, b) => a.mean - b.mean);
  const width = (2 * floor) / Math.sqrt(audits.length);
  return {
    floor,
    order,
    tiedWithBest: order.filter(({ mean }) => mean - order[0]!.mean < width).map(({ strategy }) => strategy),
  };
}

export function noiseTable(all: readonly AuditOf[]): string {
  return table(
    [
      'setting',
      'seeds',
      'sd of a difference',
      'best by mean',
      'not told from it by its mean over seeds',
      'best to worst',
    ],
    [...groupBy(all, ({ setting }) => setting)].map(([setting, group]) => {
      const { floor, order, tiedWithBest } = noiseOf(group.map(({ audit }) => audit));
      return [
        titleOf(setting),
        String(group.length),
        floor.toFixed(4),
        order[0]!.strategy,
        tiedWithBest.slice(1).join(', ') || 'none',
        (order.at(-1)!.mean - order[0]!.mean).toFixed(4),
      ];
    }),
  );
}

/** Smallest recorded k from which on the pick of the plain loss at every later recorded k is within `tolerance`. */
export function smallestSafeStep(audit: RecordedAudit, tolerance: number): number | null {
  const rows = predictorRows(audit, [0, ...GRID], { resamples: 0 });
  const plain = rows.filter(({ predictor }) => predictor === 'loss at k' || predictor === 'initial loss');
  let safe: number | null = null;
  for (const row of plain.toSorted((a, b) => b.step - a.step)) {
    if (row.worstRegret === null || row.worstRegret > tolerance) break;
    safe = row.step;
  }
  return safe;
}

/** By setting: the smallest safe k of each seed, and how often the cooldown probe's pick is within the tolerance. */
export function safetyTable(all: readonly AuditOf[], toleranceOf: (setting: string) => number): string {
  const cooldown = (audits: readonly RecordedAudit[], lag: number, tolerance: number): string => {
    const rows = audits.flatMap((audit) =>
      predictorRows(audit, [lag], { resamples: 0 }).filter(({ predictor }) => predictor === 'cooldown probe'),
    );
    const within = rows.filter(({ worstRegret }) => worstRegret !== null && worstRegret <= tolerance).length;
    return `${within} of ${rows.length}`;
  };
  return table(
    [
      'setting',
      'tolerance',
      'smallest safe k of the plain loss, by seed',
      'cooldown 48',
      'cooldown 96',
      'cooldown 144',
    ],
    [...groupBy(all, ({ setting }) => setting)].map(([setting, group]) => {
      const audits = group.map(({ audit }) => audit);
      const tolerance = toleranceOf(setting);
      const safe = audits.map((audit) => smallestSafeStep(audit, tolerance));
      return [
        titleOf(setting),
        tolerance.toFixed(4),
        safe.map((step) => (step === null ? 'none' : String(step))).join(', '),
        ...[48, 96, 144].map((lag) => cooldown(audits, lag, tolerance)),
      ];
    }),
  );
}

/** Rank correlation of the final loss with every other final metric, and what each would have picked in hindsight. */
export function metricTable(all: readonly AuditOf[]): string {
  const rows = [...groupBy(all, ({ setting }) => setting)].flatMap(([setting, group]) => {
    const metrics = group[0]!.audit.metrics.filter(({ name }) => name !== 'loss');
    return metrics.map(({ name, lowerIsBetter }) => {
      const sign = lowerIsBetter ? 1 : -1;
      const readings = group.map(({ audit }) => {
        const curves = finalCurves(audit);
        const losses = curves.map((curve) => finalValueOf(curve, 'loss', audit.horizon));
        const values = curves.map((curve) => finalValueOf(curve, name, audit.horizon));
        const pairs = losses.flatMap((loss, index) =>
          loss === null || values[index] === null
            ? []
            : [{ loss, value: sign * values[index]!, raw: values[index]! }],
        );
        const byLoss = pairs.reduce((a, b) => (b.loss < a.loss ? b : a));
        const byMetric = pairs.reduce((a, b) => (b.value < a.value ? b : a));
        return {
          rho: spearman(
            pairs.map(({ loss }) => loss),
            pairs.map(({ value }) => value),
          ),
          mean: pairs.reduce((sum, { raw }) => sum + raw, 0) / pairs.length,
          lost: Math.abs(byLoss.raw - byMetric.raw),
          agrees: byLoss === byMetric,
        };
      });
      return [
        titleOf(setting),
        name,
        written(readings.map(({ mean }) => mean)),
        written(readings.map(({ rho }) => rho)),
        `${readings.filter(({ agrees }) => agrees).length} of ${readings.length}`,
        written(
          readings.map(({ lost }) => lost),
          3,
        ),
      ];
    });
  });
  return table(
    [
      'setting',
      'metric',
      'mean over the pool at the end',
      'ρ with the final loss',
      'the same best strategy',
      'given up by choosing by loss',
    ],
    rows,
  );
}
