/** The data of a chart as a table: what its twin shows, what is copied, and what a reader without the picture has. */
export interface ChartColumn {
  readonly title: string;
  readonly isNumber: boolean;
}

export type ChartCell = string | number | null;

export interface ChartTable {
  readonly caption: string;
  readonly columns: readonly ChartColumn[];
  readonly rows: readonly (readonly ChartCell[])[];
}

const NUMBER = /^[+−-]?\d[\d\s]*(\.\d+)?(e[+−-]?\d+)?$/;

/** A number that is written for people (`−0.012`, `1 000`), as programs write it; null for other text. */
const plainNumber = (text: string): string | null =>
  NUMBER.test(text) ? text.replaceAll('−', '-').replaceAll(/[\s+]/g, '') : null;

/** What a cell counts as where it is compared. */
function numberOf(cell: ChartCell): number | null {
  if (typeof cell !== 'string') return cell;
  const plain = plainNumber(cell);
  return plain === null ? null : Number(plain);
}

/** Rows by one column, missing values last either way; equal rows keep their order. */
export function sortedRows(
  rows: ChartTable['rows'],
  column: number,
  isDescending: boolean,
): readonly (readonly ChartCell[])[] {
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [a[column] ?? null, b[column] ?? null];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const [low, high] = [numberOf(left), numberOf(right)];
    if (low !== null && high !== null) return sign * (low - high);
    return sign * String(left).localeCompare(String(right));
  });
}

/** RFC 4180; a cell that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csvOf({ columns, rows }: ChartTable): string {
  const cell = (value: ChartCell): string => {
    if (value === null) return '';
    if (typeof value === 'number') return String(value);
    const plain = plainNumber(value);
    if (plain !== null) return plain;
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${[columns.map(({ title }) => title), ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
