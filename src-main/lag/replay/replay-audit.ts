/**
 * Re-runs decision rules on the recorded curves of an audit, without training. The live procedure itself is called,
 * with the recorded evaluations in place of trained ones, so a rule decides here as it would have decided live.
 */
import type { DecisionEvidence } from '../../contract/analysis.ts';
import type { DecisionRule } from '../../contract/decision.ts';
import { EspalierError } from '../../contract/errors.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import type { ReplayCost, ReplayReport, ReplayRow } from '../../contract/replay.ts';
import { nextMove } from '../procedure.ts';
import { ranksOfPresent, TIE_TOLERANCE } from '../rank-statistics.ts';
import { finalCurves, finalValueOf, judgedMetric } from './final-values.ts';
import { paretoFront } from './pareto-front.ts';
import { RecordedField } from './recorded-field.ts';
import { ruleLabel } from './rule-label.ts';

export interface ReplayOptions {
  /** Metric by which regret is judged: the loss, or the first recorded, when left out. */
  readonly metric?: string;
}

/**
 * Decides by every rule and judges the picks by how the runs ended. Rules that these curves cannot answer are
 * skipped with the reason.
 *
 * @throws EspalierError `bad-input` for an audit without final runs or without the metric, `refused` when no
 *   candidate reached the horizon
 */
export function replayAudit(
  audit: RecordedAudit,
  rules: readonly DecisionRule[],
  options: ReplayOptions = {},
): ReplayReport {
  const metric = judgedMetric(audit, options.metric);
  if (metric === undefined)
    throw new EspalierError(
      'bad-input',
      `The audit ${audit.id} holds no metric ${options.metric ?? ''}; it holds ${audit.metrics.map(({ name }) => name).join(', ') || 'none'}.`,
    );
  const field = new RecordedField(audit);
  const finals = finalCurves(audit).map((curve) => finalValueOf(curve, metric.name, audit.horizon));
  if (finals.every((value) => value === null))
    throw new EspalierError(
      'refused',
      `No candidate of the audit ${audit.id} has a final ${metric.name}; at least one must have reached step ${audit.horizon}.`,
    );
  const losses = finals.map((value) => (value === null || metric.lowerIsBetter ? value : -value));
  const ranks = ranksOfPresent(losses);
  const outcome: FinalOutcome = {
    strategies: field.strategies,
    losses,
    ranks,
    best: Math.min(...losses.filter((loss) => loss !== null)),
  };
  const rows: Omit<ReplayRow, 'isOnFront'>[] = [];
  const skipped: { label: string; why: string }[] = [];
  for (const rule of rules) {
    try {
      rows.push(judge(rule, decideBy(rule, field, audit, false), outcome, audit));
    } catch (error) {
      if (!(error instanceof EspalierError)) throw error;
      skipped.push({ label: ruleLabel(rule), why: error.message });
    }
  }
  const front = paretoFront(rows.map(({ regret, cost }) => ({ regret, cost: cost.shareOfExhaustive })));
  return {
    audit: { id: audit.id, name: audit.name, seed: audit.seed, horizon: audit.horizon },
    metric: metric.name,
    candidates: field.strategies.map((strategy, index) => ({
      strategy,
      finalValue: finals[index]!,
      rank: ranks[index]!,
    })),
    exhaustiveSteps: field.strategies.length * audit.horizon,
    rows: rows.map((row, index) => ({ ...row, isOnFront: front[index]! })),
    skipped,
  };
}

/**
 * The decision of one rule with all its evidence, margins included: equal to that of a live study of the same
 * rule, seed, pool and runs.
 * @throws EspalierError as nextMove, and `refused` for probes that were not recorded
 */
export function replayDecision(audit: RecordedAudit, rule: DecisionRule): DecisionEvidence {
  return decideBy(rule, new RecordedField(audit), audit, true);
}

function decideBy(
  rule: DecisionRule,
  field: RecordedField,
  { horizon, seed }: RecordedAudit,
  margins: boolean,
): DecisionEvidence {
  const final = new Map<string, number>();
  const probes = new Set<string>();
  const { evaluationSteps } = field;
  const context = { horizon, seed, evaluationSteps, margins };
  for (;;) {
    const move = nextMove(rule, field.contestants(rule, { final, probes }, margins), context);
    if (move.kind === 'decide') return move.evidence;
    for (const { strategy, untilStep } of move.strategies) {
      if (move.schedule === 'cooldown') probes.add(strategy);
      else final.set(strategy, untilStep);
    }
  }
}

/** Ends of all candidates, less being better. */
interface FinalOutcome {
  readonly strategies: readonly string[];
  readonly losses: readonly (number | null)[];
  readonly ranks: readonly (number | null)[];
  readonly best: number;
}

function judge(
  rule: DecisionRule,
  evidence: DecisionEvidence,
  { strategies, losses, ranks, best }: FinalOutcome,
  audit: RecordedAudit,
): Omit<ReplayRow, 'isOnFront'> {
  const regretOf = (strategy: string): number | null => {
    const loss = losses[strategies.indexOf(strategy)] ?? null;
    return loss === null ? null : loss - best;
  };
  const equals = equalsOf(evidence);
  const regrets = equals.map(regretOf).filter((regret) => regret !== null);
  return {
    rule,
    label: ruleLabel(rule),
    strategy: evidence.strategy,
    lag: evidence.lag,
    equals,
    regret:
      regrets.length < equals.length
        ? null
        : regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length,
    regretOfPick: regretOf(evidence.strategy),
    rank: ranks[strategies.indexOf(evidence.strategy)] ?? null,
    cost: costOf(rule, evidence, strategies.length, audit),
    stoppedBecause: evidence.stoppedBecause ?? null,
  };
}

/** The chosen one first, then whoever had the same value at the last look. */
function equalsOf({ strategy, lag, values, rounds }: DecisionEvidence): string[] {
  const seen = rounds ? rounds.filter(({ step }) => step === lag).flatMap((round) => round.values) : values;
  const chosen = seen.find((entry) => entry.strategy === strategy)?.value ?? Number.NaN;
  const equal = seen
    .filter(({ value }) => value !== null && Math.abs(value - chosen) <= TIE_TOLERANCE)
    .map((entry) => entry.strategy);
  return [...new Set([strategy, ...equal])];
}

/** The winner goes on from where the rule left it; after a cooldown probe it starts again at the growing point. */
function costOf(
  rule: DecisionRule,
  { strategy, trainedTo }: DecisionEvidence,
  candidateCount: number,
  { horizon, flopsPerStep }: RecordedAudit,
): ReplayCost {
  const isProbe = rule.rule === 'cooldown';
  const decision = Object.values(trainedTo ?? {}).reduce((sum, steps) => sum + steps, 0);
  const steps = decision + horizon - (isProbe ? 0 : (trainedTo?.[strategy] ?? 0));
  return {
    steps,
    probeSteps: isProbe ? decision : 0,
    flops: flopsPerStep === null ? null : steps * flopsPerStep,
    shareOfExhaustive: steps / (candidateCount * horizon),
  };
}
