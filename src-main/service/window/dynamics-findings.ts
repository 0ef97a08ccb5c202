/** What an audit found: agreement of every measurement with the end, final losses, cost. */
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import type { DynamicsFindings } from '../../contract/window/dynamics.ts';
import { importedAgreement } from '../../lag/evidence/imported-agreement.ts';
import { ranksOfPresent } from '../../lag/rank-statistics.ts';
import type { AnyAnalysis } from '../study-kinds.ts';
import { importedFinals } from './study-summary.ts';

const NOTHING: DynamicsFindings = { agreement: [], finals: [], cost: null, finalLossDefinition: '' };

export function findingsOf(analysis: AnyAnalysis): DynamicsFindings {
  if (analysis.mode === 'stacking') return NOTHING;
  const { agreement, candidates, cost, finalLossDefinition } = analysis;
  return {
    agreement,
    finals: candidates.map(({ strategy, finalLoss, rankFinal }) => ({
      strategy,
      loss: finalLoss,
      rank: rankFinal,
    })),
    cost,
    finalLossDefinition,
  };
}

export function findingsOfImported(audit: RecordedAudit): DynamicsFindings {
  const finals = importedFinals(audit);
  const ranks = ranksOfPresent(finals.map(({ finalLoss, isControl }) => (isControl ? null : finalLoss)));
  return {
    agreement: importedAgreement(audit)
      .ownFinal.filter(({ metric }) => metric === 'loss')
      .map(({ step, candidateCount, spearman }) => ({
        predictor: step === 0 ? 'initial loss' : 'loss at k',
        step,
        candidateCount,
        spearman,
        spearmanInterval: null,
        kendallTauB: null,
        regret: null,
        worstRegret: null,
        picks: [],
        costShare: step / audit.horizon,
      })),
    finals: finals.map(({ strategy, finalLoss }, index) => ({
      strategy,
      loss: finalLoss,
      rank: ranks[index]!,
    })),
    cost: null,
    finalLossDefinition: `The final loss is the validation loss at step ${audit.horizon}.`,
  };
}
