/** The numbers of a study as CSV files (RFC 4180, CRLF, one header line, full precision, empty where missing). */
import type { StudyAnalysis } from '../contract/analysis.ts';
import { csvCell } from './markup.ts';

type Cell = string | number | boolean | null;

export function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** candidates.csv: one line for each candidate, in pool order. Losses in nats per token. */
export function candidatesCsv(analysis: StudyAnalysis): string {
  return csv(
    [
      'strategy',
      'operator',
      'plan',
      'exactness',
      'is_control',
      'state',
      'reason',
      'initial_loss',
      'rank_initial',
      'loss_at_lag',
      'rank_at_lag',
      'final_loss',
      'rank_final',
      'margin',
      'margin_low',
      'margin_high',
      'is_chosen',
      'is_tied',
      'seconds_spent',
      'flops_spent',
    ],
    analysis.candidates.map((candidate) => [
      candidate.strategy,
      candidate.operator,
      candidate.plan,
      candidate.exactness,
      candidate.isControl,
      candidate.state,
      candidate.reason,
      candidate.initialLoss,
      candidate.rankInitial,
      candidate.lossAtLag,
      candidate.rankAtLag,
      candidate.finalLoss,
      candidate.rankFinal,
      candidate.margin?.estimate ?? null,
      candidate.margin?.low ?? null,
      candidate.margin?.high ?? null,
      candidate.isChosen,
      candidate.isTied,
      candidate.secondsSpent,
      candidate.flopsSpent,
    ]),
  );
}

/** curves.csv: one line for each evaluation; run is `source`, `probe` or `full`. An empty loss was not finite. */
export function curvesCsv(analysis: StudyAnalysis): string {
  return csv(
    ['strategy', 'run', 'step', 'loss'],
    [
      ...analysis.source.curve.map((point): Cell[] => ['', 'source', point.step, point.loss]),
      ...analysis.candidates.flatMap((candidate) => [
        ...candidate.probeCurve.map((point): Cell[] => [candidate.strategy, 'probe', point.step, point.loss]),
        ...candidate.fullCurve.map((point): Cell[] => [candidate.strategy, 'full', point.step, point.loss]),
      ]),
    ],
  );
}

/** agreement.csv: one line for each measurement and step of an audit; picks separated by `; `. */
export function agreementCsv(analysis: StudyAnalysis): string {
  return csv(
    [
      'predictor',
      'step',
      'candidates',
      'spearman',
      'spearman_low',
      'spearman_high',
      'kendall_tau_b',
      'regret',
      'worst_regret',
      'picks',
      'cost_share',
    ],
    analysis.agreement.map((row) => [
      row.predictor,
      row.step,
      row.candidateCount,
      row.spearman,
      row.spearmanInterval?.low ?? null,
      row.spearmanInterval?.high ?? null,
      row.kendallTauB,
      row.regret,
      row.worstRegret,
      row.picks.join('; '),
      row.costShare,
    ]),
  );
}
