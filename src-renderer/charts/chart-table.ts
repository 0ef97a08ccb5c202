/** The data of a chart as a table: what its twin shows, what is copied, and what a reader without the picture has. */
export interface ChartColumn {
  readonly title: string;
  readonly isNumber: boolean;
  /** Of the numbers of the column; stands once, behind its title. */
  readonly unit?: string;
}

export type ChartCell = string | number | null;

export interface ChartTable {
  readonly caption: string;
  readonly columns: readonly ChartColumn[];
  readonly rows: readonly (readonly ChartCell[])[];
  /** What was chosen and measured, a line each; in files above the columns, behind `#`. */
  readonly settings?: readonly string[];
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

/** `step (steps)`: what stands over a column. */
export const columnTitle = ({ title, unit }: ChartColumn): string =>
  unit === undefined || unit === title ? title : `${title} (${unit})`;

/** RFC 4180 under lines of settings that begin with `# `; a cell that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csvOf({ columns, rows, settings = [] }: ChartTable): string {
  const cell = (value: ChartCell): string => {
    if (value === null) return '';
    if (typeof value === 'number') return String(value);
    const plain = plainNumber(value);
    if (plain !== null) return plain;
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const head = settings.map((line) => `# ${line.replaceAll(/[\r\n]+/g, ' ')}`);
  const lines = [columns.map(columnTitle), ...rows].map((row) => row.map(cell).join(','));
  return `${[...head, ...lines].join('\r\n')}\r\n`;
}
