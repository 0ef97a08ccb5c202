/** The ranking as data to copy: numbers in full. */
import type { ChartTable } from '../charts/chart-table.ts';
import { DYNAMICS_WORDS as words } from '../words/dynamics.ts';
import type { RankingRow } from './ranking-rows.ts';

/** @param metric what was ranked by */
export function rankingTable(
  rows: readonly RankingRow[],
  lag: number,
  metric: string,
  settings: readonly string[],
): ChartTable {
  const { csv, columns } = words;
  const ranked = csv.unit(metric);
  const number = (title: string, unit?: string) => ({ title, isNumber: true, ...(unit ? { unit } : {}) });
  const text = (title: string) => ({ title, isNumber: false });
  return {
    caption: words.rankingAt(lag),
    settings,
    columns: [
      text(csv.place),
      text(csv.strategy),
      text(columns.plan),
      number(columns.value(lag), ranked),
      number(csv.behind, ranked),
      number(csv.low, ranked),
      number(csv.high, ranked),
      text(csv.tied),
      number(csv.initial, ranked),
      number(csv.final, csv.lossUnit),
      number(csv.finalRank),
      text(csv.state),
    ],
    rows: rows.map((row) => [
      row.place,
      row.candidate.strategy,
      row.candidate.plan,
      row.value,
      row.behind,
      row.difference?.low ?? null,
      row.difference?.high ?? null,
      row.isTied ? csv.yes : csv.no,
      row.initial,
      row.final,
      row.finalRank,
      row.state,
    ]),
  };
}
