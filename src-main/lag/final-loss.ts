/** What counts as the end of a run: the evaluations in the last tenth of its steps. */
import type { EvaluationRecord } from '../contract/records.ts';

/** Evaluations later than this step form the final loss. */
export function finalWindowStart(horizon: number): number {
  return horizon - Math.max(1, Math.floor(horizon / 10));
}

/** Mean of the evaluations in the last 10 % of the horizon; null unless the run reached it with finite losses. */
export function finalLossOf(evaluations: readonly EvaluationRecord[], horizon: number): number | null {
  const last = evaluations.filter(
    (evaluation) => evaluation.step > finalWindowStart(horizon) && evaluation.step <= horizon,
  );
  if (!last.some((evaluation) => evaluation.step === horizon)) return null;
  const mean = last.reduce((sum, evaluation) => sum + evaluation.loss, 0) / last.length;
  return Number.isFinite(mean) ? mean : null;
}
