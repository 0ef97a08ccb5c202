/**
 * What each decision rule reads out of a candidate's evaluations: one value per candidate and, for the paired
 * comparison, the same value on every validation batch.
 */
import { type DecisionRule, isHigherBetter, lagOf, metricOf } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import { LOSS_METRIC } from '../contract/recorded-audit.ts';
import type { EvaluationRecord } from '../contract/records.ts';
import { trapezoidWeights } from './predictors/trapezoid-weights.ts';

/** Outcome of a rule for one candidate. */
export interface RuleReading {
  /** Less is better; nats per token for losses. A metric of which more is better stands with its sign turned. */
  readonly value: number;
  /** The same for each validation batch; empty where the value has no such parts. */
  readonly batchLosses: Float64Array;
}

/** `missing`: an evaluation the rule needs is not there yet. `diverged`: one of them is not finite. */
export type RuleOutcome = RuleReading | 'missing' | 'diverged';

/** An evaluation with the weight of its loss in the rule's value. */
interface WeightedEvaluation {
  readonly evaluation: EvaluationRecord;
  readonly weight: number;
}

const NO_BATCHES = new Float64Array(0);

/**
 * Reads the rule's value from the evaluations of one run (any order).
 * For `cooldown` the run must be the candidate's own k-step run, for the others a run on the final schedule.
 * Of `extrapolation` and of the rules that look several times it reads the loss at their last step, which is not
 * what they decide by: lag/procedure.ts does that.
 *
 * @throws EspalierError `refused` when the evaluations do not hold the quantity or metric the rule compares.
 */
export function readRule(rule: DecisionRule, evaluations: readonly EvaluationRecord[]): RuleOutcome {
  const lag = lagOf(rule);
  const atLag = evaluations.filter((evaluation) => evaluation.step === lag);
  switch (rule.rule) {
    case 'windowMean': {
      // Without the evaluation at the lag itself the window is not complete.
      if (atLag.length === 0) return 'missing';
      const inWindow = evaluations.filter(({ step }) => step > rule.lag - rule.window && step <= rule.lag);
      return readWeighted(equalWeights(inWindow), metricOf(rule));
    }
    case 'areaUnderCurve': {
      const curve = evaluations.filter(({ step }) => step <= lag).sort((a, b) => a.step - b.step);
      if (curve[0]?.step !== 0 || atLag.length === 0) return 'missing';
      const weights = trapezoidWeights(curve.map(({ step }) => step));
      return readWeighted(
        curve.map((evaluation, index) => ({ evaluation, weight: weights[index]! })),
        metricOf(rule),
      );
    }
    case 'gradientNorm':
    case 'weightDistance':
      return readQuantity(rule.rule, atLag[0]);
    default:
      return readWeighted(equalWeights(atLag), metricOf(rule));
  }
}

/**
 * Value of a metric in one evaluation, less being better.
 * @throws EspalierError `refused` when it was not measured.
 */
export function orientedValue(evaluation: EvaluationRecord, metric: string): number {
  if (metric === LOSS_METRIC) return evaluation.loss;
  const metrics = metricsOf(evaluation);
  const value = metrics[metric];
  if (value !== undefined) return isHigherBetter(metric) ? -value : value;
  const measured = [LOSS_METRIC, ...Object.keys(metrics)].join(', ');
  throw new EspalierError(
    'refused',
    `The metric ${metric} was not measured at step ${evaluation.step}; measured are ${measured}.`,
    { hint: 'Choose a metric that the evaluations of the study hold.' },
  );
}

/** What was measured beside the loss. */
export function metricsOf(
  evaluation: EvaluationRecord & { readonly metrics?: Readonly<Record<string, number>> },
): Readonly<Record<string, number>> {
  return evaluation.metrics ?? {};
}

/** `the loss after a cooldown probe of 200 steps`: what the value of the rule is, in words. */
export function describeRule(rule: DecisionRule): string {
  const metric = metricOf(rule);
  const what = metric === LOSS_METRIC ? 'loss' : metric;
  switch (rule.rule) {
    case 'cooldown':
      return `the ${what} after a cooldown probe of ${rule.lag} steps`;
    case 'lossAtLag':
      return `the ${what} at step ${rule.lag} of the final schedule`;
    case 'initialLoss':
      return metric === LOSS_METRIC
        ? 'the initial loss, before any training'
        : `the initial ${metric}, before any training`;
    case 'windowMean':
      return `the mean ${what} of the evaluations in steps ${rule.lag - rule.window + 1} to ${rule.lag}`;
    case 'areaUnderCurve':
      return `the mean height of the ${what} curve over steps 0 to ${rule.lag}`;
    case 'extrapolation':
      return `the loss at the horizon, extrapolated from the evaluations up to step ${rule.lag}`;
    case 'gradientNorm':
      return `the gradient norm at step ${rule.lag}`;
    case 'weightDistance':
      return `the distance of the weights from the growing point at step ${rule.lag}`;
    case 'successiveHalving':
    case 'hyperband':
    case 'confidenceRace':
    case 'automaticLag':
      return `the ${what} at the last step that both candidates were trained to`;
    default:
      return rule satisfies never;
  }
}

const equalWeights = (evaluations: readonly EvaluationRecord[]): WeightedEvaluation[] =>
  evaluations.map((evaluation) => ({ evaluation, weight: 1 / evaluations.length }));

function readWeighted(parts: readonly WeightedEvaluation[], metric: string): RuleOutcome {
  const first = parts[0];
  if (first === undefined) return 'missing';
  const isLoss = metric === LOSS_METRIC;
  const batchLosses = isLoss ? new Float64Array(first.evaluation.batchLosses.length) : NO_BATCHES;
  // For equal weights a division, as ever: stored values must come out the same to the last bit.
  const count = parts.length;
  const isEven = parts.every(({ weight }) => weight === first.weight);
  let value = 0;
  for (const { evaluation, weight } of parts) {
    const part = orientedValue(evaluation, metric);
    if (!Number.isFinite(part)) return 'diverged';
    value += isEven ? part / count : part * weight;
    if (isLoss)
      evaluation.batchLosses.forEach((loss, batch) => {
        batchLosses[batch]! += isEven ? loss / count : loss * weight;
      });
  }
  return { value, batchLosses };
}

function readQuantity(
  name: 'gradientNorm' | 'weightDistance',
  evaluation: EvaluationRecord | undefined,
): RuleOutcome {
  if (evaluation === undefined) return 'missing';
  const value = evaluation[name];
  if (value === null)
    throw new EspalierError(
      'refused',
      `The evaluation at step ${evaluation.step} holds no ${name}; the rule ${name} needs it.`,
      { hint: 'Choose a rule that reads the loss.' },
    );
  return Number.isFinite(value) ? { value, batchLosses: NO_BATCHES } : 'diverged';
}
