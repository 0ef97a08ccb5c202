/** Rules at lags that are shares of the horizon, so that audits of different lengths can be put together. */
import { type DecisionRule, decisionRuleSchema, stepsReadBy } from '../../contract/decision.ts';
import type { RuleEvidence } from '../../contract/evidence.ts';
import { LOSS_METRIC, type RecordedAudit } from '../../contract/recorded-audit.ts';
import { finalWindowStart } from '../final-loss.ts';
import { predictorRows } from '../predictors/predictor-rows.ts';
import { RecordedField } from '../replay/recorded-field.ts';
import { replayAudit } from '../replay/replay-audit.ts';
import { type EvidenceOptions, estimateOf } from './estimate.ts';
import { type AuditOutcome, countSettings } from './outcomes.ts';

/** Lags that audits are compared at. */
export const LAG_SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5] as const;
/** A recorded step counts as a lag share within this factor. */
const NEARNESS = 1.4;

/** One rule on one audit. */
export interface RuleOutcome {
  readonly rule: string;
  readonly lagShare: number;
  readonly auditId: string;
  readonly setting: string;
  readonly spearman: number | null;
  /** That of the worst strategy where the pick has no final value. */
  readonly regret: number;
  readonly hit: number;
  readonly cost: number;
}

/** Every rule at every share that the curves of the audit can answer. */
export function ruleOutcomes({ audit, setting, strategies }: AuditOutcome, metric: string): RuleOutcome[] {
  const placed = rulesAtShares(audit, metric);
  const rules = placed.map(({ rule }) => rule);
  const { rows } = replayAudit(audit, rules, { metric });
  const worst = strategies.reduce((most, { regret }) => Math.max(most, regret), 0);
  const predictors = predictorRows(audit, [0, ...new Set(rows.map(({ lag }) => lag))], {
    metric,
    resamples: 0,
  });
  return rows.map((row) => {
    const { rule, lagShare } = placed.find((one) => one.rule === row.rule)!;
    const label = predictorOf(rule, metric);
    const step = rule.rule === 'initialLoss' ? 0 : row.lag;
    const agreement = predictors.find((one) => one.predictor === label && one.step === step);
    return {
      rule: rule.rule,
      lagShare,
      auditId: audit.id,
      setting,
      spearman: agreement?.spearman ?? null,
      regret: row.regret ?? worst,
      hit: row.equals.reduce((sum, name) => sum + (isBest(strategies, name) ? 1 / row.equals.length : 0), 0),
      cost: row.cost.shareOfExhaustive,
    };
  });
}

export function ruleEvidence(outcomes: readonly RuleOutcome[], options: EvidenceOptions): RuleEvidence[] {
  return [...Map.groupBy(outcomes, ruleKey).values()].map((group): RuleEvidence => {
    const estimate = (of: (outcome: RuleOutcome) => number) => estimateOf(group.map(of), options);
    const correlations = group.flatMap(({ spearman }) => (spearman === null ? [] : [spearman]));
    return {
      rule: group[0]!.rule,
      lagShare: group[0]!.lagShare,
      audits: group.length,
      settings: countSettings(group),
      spearman: correlations.length === 0 ? null : estimateOf(correlations, options),
      regret: estimate(({ regret }) => regret),
      hitRate: estimate(({ hit }) => hit),
      cost: estimate(({ cost }) => cost),
    };
  });
}

/** `lossAtLag at 10 %`. */
export const ruleKey = ({ rule, lagShare }: { readonly rule: string; readonly lagShare: number }): string =>
  lagShare === 0 ? rule : `${rule} at ${Math.round(100 * lagShare)} %`;

const isBest = (strategies: AuditOutcome['strategies'], name: string): boolean =>
  (strategies.find(({ strategy }) => strategy === name)?.win ?? 0) > 0;

interface PlacedRule {
  readonly rule: DecisionRule;
  readonly lagShare: number;
}

function rulesAtShares(audit: RecordedAudit, metric: string): PlacedRule[] {
  const field = new RecordedField(audit);
  const start = finalWindowStart(audit.horizon);
  const steps = field.evaluationSteps.filter((step) => step <= start);
  const probes = field.cooldownLags().filter((step) => step <= start);
  const on = metric === LOSS_METRIC ? {} : { metric };
  const isLoss = metric === LOSS_METRIC;
  const placed = LAG_SHARES.flatMap((lagShare) => {
    const lag = nearest(steps, lagShare * audit.horizon);
    const probe = nearest(probes, lagShare * audit.horizon);
    const inputs = [
      ...(probe === null ? [] : [{ rule: 'cooldown', lag: probe, ...on }]),
      ...(lag === null ? [] : lookingOnce(lag)),
      ...(lag === null ? [] : lookingOften(lag).filter((rule) => isRecorded(parse(rule), steps))),
    ];
    return inputs.map((input) => ({ rule: parse(input), lagShare }));
  });
  return [{ rule: parse({ rule: 'initialLoss', ...on }), lagShare: 0 }, ...placed];

  function lookingOnce(lag: number): object[] {
    return [
      { rule: 'lossAtLag', lag, ...on },
      // The window of the predictor `window mean`, whose correlation stands beside the rule.
      ...(steps.filter((step) => step > lag - Math.ceil(lag / 4) && step <= lag).length > 1
        ? [{ rule: 'windowMean', lag, window: Math.ceil(lag / 4), ...on }]
        : []),
      { rule: 'areaUnderCurve', lag, ...on },
      ...(isLoss ? [{ rule: 'extrapolation', lag }] : []),
      ...(field.holds('gradientNorm') ? [{ rule: 'gradientNorm', lag }] : []),
      ...(field.holds('weightDistance') ? [{ rule: 'weightDistance', lag }] : []),
    ];
  }

  function lookingOften(lag: number): object[] {
    const every = Math.round(lag / 4);
    if (every < 1) return [];
    return [
      { rule: 'successiveHalving', ladder: [every, 2 * every, lag], eta: 2, ...on },
      { rule: 'automaticLag', every, maxLag: lag, ...on },
      ...(isLoss && field.holds('batchLosses') ? [{ rule: 'confidenceRace', every, maxLag: lag }] : []),
    ].filter((input) => decisionRuleSchema.safeParse(input).success);
  }
}

const parse = (input: object): DecisionRule => decisionRuleSchema.parse(input);

const isRecorded = (rule: DecisionRule, steps: readonly number[]): boolean =>
  stepsReadBy(rule).every((step) => steps.includes(step));

/** The step nearest to the wanted one in the logarithm, if it is near. */
function nearest(steps: readonly number[], wanted: number): number | null {
  const distance = (step: number): number => Math.abs(Math.log(step / wanted));
  const [first] = steps;
  if (first === undefined) return null;
  const best = steps.reduce((a, b) => (distance(b) < distance(a) ? b : a), first);
  return distance(best) <= Math.log(NEARNESS) ? best : null;
}

/** The predictor that states the value a rule compares; null for rules that look several times. */
function predictorOf({ rule }: DecisionRule, metric: string): string | null {
  const isLoss = metric === LOSS_METRIC;
  switch (rule) {
    case 'initialLoss':
      return isLoss ? 'initial loss' : `${metric} at k`;
    case 'lossAtLag':
      return isLoss ? 'loss at k' : `${metric} at k`;
    case 'windowMean':
      return isLoss ? 'window mean' : null;
    case 'areaUnderCurve':
      return isLoss ? 'area under the curve' : null;
    case 'cooldown':
      return isLoss ? 'cooldown probe' : null;
    case 'extrapolation':
      return 'extrapolation';
    case 'gradientNorm':
      return 'gradient norm';
    case 'weightDistance':
      return 'weight distance';
    default:
      return null;
  }
}
