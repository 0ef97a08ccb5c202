/** The evidence as tables: a number and, below it, its interval. */
import type { Estimate, EvidenceReport, StrategyEvidence } from '../../src-main/contract/evidence.ts';
import {
  formatCorrelation,
  formatCount,
  formatLoss,
  formatShare,
} from '../../src-main/report/number-format.ts';
import { EVIDENCE_WORDS as words } from '../words/studies.ts';

export interface EvidenceCell {
  readonly value: string;
  /** Null where there are too few audits for one. */
  readonly interval: string | null;
}

export interface EvidenceTable {
  readonly id: 'strategies' | 'families' | 'rules';
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly EvidenceCell[] }[];
}

export function evidenceTables({ strategies, families, rules }: EvidenceReport): EvidenceTable[] {
  const { columns } = words;
  return [
    standing('strategies', words.strategies, strategies),
    standing('families', words.families, families),
    {
      id: 'rules',
      title: words.rules,
      head: [
        columns.rule,
        columns.lag,
        columns.audits,
        columns.spearman,
        columns.regret,
        columns.hitRate,
        columns.cost,
      ],
      rows: rules.map((row) => ({
        name: `${row.rule}${row.lagShare === 0 ? '' : ` ${formatShare(row.lagShare)}`}`,
        cells: [
          plain(row.lagShare === 0 ? '0' : formatShare(row.lagShare)),
          plain(formatCount(row.audits)),
          row.spearman ? cell(row.spearman, formatCorrelation) : plain('–'),
          cell(row.regret, (value) => formatLoss(value, 3)),
          cell(row.hitRate, formatShare),
          plain(formatShare(row.cost.mean)),
        ],
      })),
    },
  ];
}

function standing(
  id: EvidenceTable['id'],
  title: string,
  entries: readonly StrategyEvidence[],
): EvidenceTable {
  const { columns } = words;
  return {
    id,
    title,
    head: [
      columns.name,
      columns.audits,
      columns.winRate,
      columns.chance,
      columns.rankShare,
      columns.regret,
      columns.lost,
    ],
    rows: entries.map((row) => ({
      name: row.name,
      cells: [
        plain(formatCount(row.audits)),
        cell(row.winRate, formatShare),
        plain(formatShare(row.chance)),
        cell(row.rankShare, (value) => value.toFixed(2)),
        cell(row.regret, (value) => formatLoss(value, 3)),
        plain(row.lost === 0 ? '–' : formatCount(row.lost)),
      ],
    })),
  };
}

const plain = (value: string): EvidenceCell => ({ value, interval: null });

const cell = ({ mean, low, high }: Estimate, format: (value: number) => string): EvidenceCell => ({
  value: format(mean),
  interval: low === null || high === null ? null : `${format(low)} to ${format(high)}`,
});
