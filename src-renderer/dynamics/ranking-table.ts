/** The ranking as data to copy: numbers in full. */
import type { ChartTable } from '../charts/chart-table.ts';
import { DYNAMICS_WORDS as words } from '../words/dynamics.ts';
import type { RankingRow } from './ranking-rows.ts';

export function rankingTable(rows: readonly RankingRow[], lag: number): ChartTable {
  const { csv, columns } = words;
  const number = (title: string) => ({ title, isNumber: true });
  const text = (title: string) => ({ title, isNumber: false });
  return {
    caption: words.rankingAt(lag),
    columns: [
      text(csv.place),
      text(csv.strategy),
      text(columns.plan),
      number(columns.value(lag)),
      number(csv.behind),
      number(csv.low),
      number(csv.high),
      text(csv.tied),
      number(csv.initial),
      number(csv.final),
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
