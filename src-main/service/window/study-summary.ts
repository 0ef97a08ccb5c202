/** What the list shows of a study, out of its whole analysis. */
import type { StudyAnalysis } from '../../contract/analysis.ts';
import { LOSS_METRIC, type RecordedAudit } from '../../contract/recorded-audit.ts';
import type { StackingAnalysis } from '../../contract/stacking-analysis.ts';
import type { CatalogSummary } from '../../history/history.ts';
import { agreementOfRule } from '../../report/findings.ts';
import { grownBy } from '../../report/stacking-looks.ts';
import type { AnyAnalysis } from '../study-kinds.ts';

/** Of a study that could not be analysed. */
export const NO_SUMMARY: CatalogSummary = {
  chosen: null,
  chosenPlan: null,
  rho: null,
  regret: null,
  bestFinal: null,
  costShare: null,
  seconds: null,
};

export function summaryOf(analysis: AnyAnalysis): CatalogSummary {
  return analysis.mode === 'stacking' ? stackingSummary(analysis) : growthSummary(analysis);
}

function growthSummary({ candidates, decision, agreement, cost }: StudyAnalysis): CatalogSummary {
  const chosen = candidates.find(({ isChosen }) => isChosen);
  const row = decision ? agreementOfRule(agreement, decision) : undefined;
  const finals = candidates.filter(({ isControl }) => !isControl).map(({ finalLoss }) => finalLoss);
  const bestFinal = least(finals);
  // Of the one that was chosen; a rule that picks several by chance has the mean of them in `agreement`.
  const regret = row && chosen?.finalLoss != null && bestFinal !== null ? chosen.finalLoss - bestFinal : null;
  return {
    chosen: chosen?.strategy ?? null,
    chosenPlan: chosen?.plan ?? null,
    rho: row?.spearman ?? null,
    regret,
    bestFinal,
    costShare: decision === null ? null : cost.shareOfExhaustive,
    seconds: cost.seconds,
  };
}

/** The choices of the first policy that chooses by the lag stand for the study. */
function stackingSummary({ policies }: StackingAnalysis): CatalogSummary {
  const choosing = policies.find(({ policy }) => policy === 'lag');
  const hasChosen = choosing?.growingPoints.some(({ strategy }) => strategy !== null) ?? false;
  return {
    ...NO_SUMMARY,
    chosen: choosing && hasChosen ? grownBy(choosing) : null,
    bestFinal: least(policies.map(({ finalLoss }) => finalLoss)),
    seconds: policies.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Final loss of every strategy of an imported audit; null for runs that were lost or have no such metric. */
export function importedFinals({ curves, horizon }: RecordedAudit): {
  readonly strategy: string;
  readonly isControl: boolean;
  readonly isDiverged: boolean;
  readonly initialLoss: number | null;
  readonly finalLoss: number | null;
}[] {
  return curves
    .filter(({ schedule, repeat }) => schedule === 'final' && repeat === 0)
    .map(({ strategy, isControl, isDiverged, points }) => {
      const last = points.findLast(({ metrics }) => typeof metrics[LOSS_METRIC] === 'number');
      const first = points[0];
      return {
        strategy,
        isControl,
        isDiverged,
        initialLoss: first?.step === 0 ? (first.metrics[LOSS_METRIC] ?? null) : null,
        finalLoss: last && last.step >= horizon ? (last.metrics[LOSS_METRIC] ?? null) : null,
      };
    });
}

export function importedSummary(audit: RecordedAudit): CatalogSummary {
  const finals = importedFinals(audit).filter(({ isControl }) => !isControl);
  return { ...NO_SUMMARY, bestFinal: least(finals.map(({ finalLoss }) => finalLoss)) };
}

function least(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : present.reduce((a, b) => Math.min(a, b));
}
