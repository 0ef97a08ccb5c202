/**
 * What each decision rule reads out of a candidate's evaluations: one value per candidate and, for the paired
 * comparison, the same value on every validation batch.
 */
import type { DecisionRule } from '../contract/decision.ts';
import type { EvaluationRecord } from '../contract/records.ts';

/** Outcome of a rule for one candidate: nats per token, and the same for each validation batch. */
export interface RuleReading {
  readonly value: number;
  readonly batchLosses: Float64Array;
}

/** `missing`: an evaluation the rule needs is not there yet. `diverged`: one of them is not finite. */
export type RuleOutcome = RuleReading | 'missing' | 'diverged';

/**
 * Reads the rule's value from the evaluations of one run (any order).
 * For `cooldown` the run must be the candidate's own k-step run, for the others a run on the final schedule.
 */
export function readRule(rule: DecisionRule, evaluations: readonly EvaluationRecord[]): RuleOutcome {
  switch (rule.rule) {
    case 'cooldown':
    case 'lossAtLag':
      return readMean(evaluations.filter((evaluation) => evaluation.step === rule.lag));
    case 'initialLoss':
      return readMean(evaluations.filter((evaluation) => evaluation.step === 0));
    case 'windowMean': {
      // Without the evaluation at the lag itself the window is not complete.
      if (!evaluations.some((evaluation) => evaluation.step === rule.lag)) return 'missing';
      return readMean(
        evaluations.filter(
          (evaluation) => evaluation.step > rule.lag - rule.window && evaluation.step <= rule.lag,
        ),
      );
    }
    default:
      return rule satisfies never;
  }
}

/** `the loss after a cooldown probe of 200 steps`: what the value of the rule is, in words. */
export function describeRule(rule: DecisionRule): string {
  switch (rule.rule) {
    case 'cooldown':
      return `the loss after a cooldown probe of ${rule.lag} steps`;
    case 'lossAtLag':
      return `the loss at step ${rule.lag} of the final schedule`;
    case 'initialLoss':
      return 'the initial loss, before any training';
    case 'windowMean':
      return `the mean loss of the evaluations in steps ${rule.lag - rule.window + 1} to ${rule.lag}`;
    default:
      return rule satisfies never;
  }
}

function readMean(evaluations: readonly EvaluationRecord[]): RuleOutcome {
  const first = evaluations[0];
  if (first === undefined) return 'missing';
  if (!evaluations.every((evaluation) => Number.isFinite(evaluation.loss))) return 'diverged';
  const count = evaluations.length;
  const batchLosses = new Float64Array(first.batchLosses.length);
  let value = 0;
  for (const evaluation of evaluations) {
    value += evaluation.loss / count;
    evaluation.batchLosses.forEach((loss, batch) => {
      batchLosses[batch]! += loss / count;
    });
  }
  return { value, batchLosses };
}
