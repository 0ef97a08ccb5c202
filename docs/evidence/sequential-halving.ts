/**
 * Successive halving as a hyperparameter tuner does it: trials run one after another, and at each rung a trial goes
 * on only when it is among the best 1/eta of all values that were reported there so far, its own included (Optuna's
 * SuccessiveHalvingPruner; Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"). The first
 * trials have little to be compared with, so the order matters: the pool's own order is taken.
 */
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import { finalCurves, finalValueOf } from '../../src-main/lag/replay/final-values.ts';

export interface SequentialOutcome {
  readonly strategy: string;
  readonly regret: number;
  readonly costShare: number;
}

/** @param rungs Ascending steps below the horizon. Trials that pass all rungs train to the horizon. */
export function sequentialHalving(
  audit: RecordedAudit,
  rungs: readonly number[],
  eta: number,
): SequentialOutcome {
  const reported = new Map<number, number[]>(rungs.map((rung) => [rung, []]));
  const ended: { strategy: string; final: number }[] = [];
  let steps = 0;
  const curves = finalCurves(audit);
  for (const curve of curves) {
    const stoppedAt = rungs.find((rung) => {
      const value = curve.points.find(({ step }) => step === rung)?.metrics.loss ?? Number.POSITIVE_INFINITY;
      const values = reported.get(rung)!;
      values.push(value);
      const promoted = Math.max(1, Math.floor(values.length / eta));
      return values.filter((other) => other < value).length >= promoted;
    });
    steps += stoppedAt ?? audit.horizon;
    if (stoppedAt !== undefined) continue;
    const final = finalValueOf(curve, 'loss', audit.horizon);
    if (final !== null) ended.push({ strategy: curve.strategy, final });
  }
  const finals = curves
    .map((curve) => finalValueOf(curve, 'loss', audit.horizon))
    .filter((value) => value !== null);
  const best = ended.reduce((a, b) => (b.final < a.final ? b : a));
  return {
    strategy: best.strategy,
    regret: best.final - Math.min(...finals),
    costShare: steps / (curves.length * audit.horizon),
  };
}
