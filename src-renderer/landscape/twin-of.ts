/** Tables of the report as the table beside a chart. Pure. */
import type { LandscapeTable } from '../../src-main/report/landscape-tables.ts';
import type { ChartCell, ChartTable } from '../charts/chart-table.ts';

const MISSING = '–';
const cellOf = (text: string): ChartCell => (text === MISSING ? null : text);

/**
 * One table; several become one, each row saying which it is of.
 * @param about heading of the column that says so
 */
export function twinOf(tables: readonly LandscapeTable[], about: string): ChartTable | null {
  const [first] = tables;
  if (!first) return null;
  const widest = tables.reduce((a, b) => (b.header.length > a.header.length ? b : a));
  const isOne = tables.length === 1;
  return {
    caption: first.title,
    columns: [
      ...(isOne ? [] : [{ title: about, isNumber: false }]),
      ...widest.header.map((title, column) => ({ title, isNumber: column >= widest.textColumns })),
    ],
    rows: tables.flatMap((table) =>
      table.rows.map((row) => [
        ...(isOne ? [] : [table.about ?? table.title]),
        ...widest.header.map((_, column) => cellOf(row[column] ?? MISSING)),
      ]),
    ),
  };
}
