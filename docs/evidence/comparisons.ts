/** Paired comparisons over audits: two predictors or two rules on the same audits, difference by difference. */
import type { DecisionRule } from '../../src-main/contract/decision.ts';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import { predictorRows } from '../../src-main/lag/predictors/predictor-rows.ts';
import { replayAudit } from '../../src-main/lag/replay/replay-audit.ts';
import { written } from './statistics.ts';

export interface Comparison {
  /** First minus second, one an audit. */
  readonly differences: readonly number[];
  /** Mean difference with its 95 % t interval. */
  readonly text: string;
  /** Audits in which the first is better, and those without a difference. */
  readonly wins: number;
  readonly draws: number;
}

const summary = (differences: readonly number[], decimals: number, moreIsBetter: boolean): Comparison => {
  const sign = moreIsBetter ? 1 : -1;
  return {
    differences,
    text: written(differences, decimals),
    wins: differences.filter((difference) => sign * difference > 1e-9).length,
    draws: differences.filter((difference) => Math.abs(difference) <= 1e-9).length,
  };
};

/** Spearman correlation with the final loss at one step: first predictor minus second. */
export function comparePredictors(
  audits: readonly RecordedAudit[],
  first: string,
  second: string,
  step: number,
): Comparison {
  const at = (rows: ReturnType<typeof predictorRows>, name: string): number | null =>
    rows.find(({ predictor, step: own }) => predictor === name && (own === step || name === 'initial loss'))
      ?.spearman ?? null;
  return summary(
    audits.flatMap((audit) => {
      const rows = predictorRows(audit, [0, step], { resamples: 0 });
      const [a, b] = [at(rows, first), at(rows, second)];
      return a === null || b === null ? [] : [a - b];
    }),
    2,
    true,
  );
}

/** Regret: first rule minus second. */
export function compareRules(
  audits: readonly RecordedAudit[],
  first: DecisionRule,
  second: DecisionRule,
): Comparison {
  return summary(
    audits.flatMap((audit) => {
      const [a, b] = replayAudit(audit, [first, second]).rows;
      return a && b && a.regret !== null && b.regret !== null ? [a.regret - b.regret] : [];
    }),
    4,
    false,
  );
}
