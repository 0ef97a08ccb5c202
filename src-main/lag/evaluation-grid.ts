/** At which steps a run is evaluated: often at the start, where curves cross, and at the end, for the final loss. */
import { type DecisionRule, lagOf, stepsReadBy } from '../contract/decision.ts';
import type { EvaluationSpec } from '../contract/study-fields.ts';

/** Multiples of `every` from `every` to `end`. */
export function multiples(every: number, end: number): number[] {
  return Array.from({ length: Math.floor(end / every) }, (_, index) => (index + 1) * every);
}

/** The distinct steps from 1 to `end`, ascending. */
export const ascending = (steps: Iterable<number>, end: number): number[] =>
  [...new Set(steps)].filter((step) => step >= 1 && step <= end).sort((a, b) => a - b);

/** Four steps in the last tenth of a run, the last among them: their mean is the final loss. */
export function finalSteps(horizon: number): number[] {
  const tenth = Math.max(1, Math.floor(horizon / 10));
  return [1, 2, 3, 4].map((part) => horizon - tenth + Math.ceil((tenth * part) / 4));
}

/** Of a run on the final schedule: the early grid, what the rule reads, regular steps, and the end. */
export function finalRunEvaluations(
  evaluation: EvaluationSpec,
  horizon: number,
  rule: DecisionRule | null,
): number[] {
  return ascending(
    [
      ...evaluation.early,
      ...multiples(evaluation.every, horizon),
      ...(rule ? [lagOf(rule), ...stepsReadBy(rule)] : []),
      ...finalSteps(horizon),
    ],
    horizon,
  );
}

/** Of a cooldown probe. Few, because an evaluation costs as much as a dozen steps: enough to draw its curve. */
export function probeEvaluations(lag: number): number[] {
  return ascending(
    [0.1, 0.25, 0.5, 0.75, 1].map((share) => Math.round(lag * share)),
    lag,
  );
}
