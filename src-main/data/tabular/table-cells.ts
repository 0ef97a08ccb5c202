/** What the cells of a table mean: numbers, steps, names, and nothing. */
import { MAX_LAG } from '../../contract/decision.ts';
import { type Cell, cellError, show, type Table, type TableRow } from './table.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number of a cell; null for anything else, NaN and infinities included. */
export function numberOf(cell: Cell): number | null {
  const number =
    typeof cell === 'number'
      ? cell
      : typeof cell === 'string' && NUMBER.test(cell.trim())
        ? Number(cell)
        : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** Nothing, or one of the words that stand for it; those are compared without regard to case. */
export function isMissing(cell: Cell, words: readonly string[]): boolean {
  if (cell === null) return true;
  const text = String(cell).trim().toLowerCase();
  return text === '' || words.some((word) => spelling(word.trim().toLowerCase()) === spelling(text));
}

/** Loggers write infinity in many ways, and a Parquet cell holds the number itself. */
const spelling = (word: string): string => word.replace(/^([+-]?)infinity$/, '$1inf').replace(/^\+/, '');

const NOT_FINITE = /^[+-]?(nan|inf|infinity)$/i;

/** @throws EspalierError `bad-input` for a cell that is no number; null for a missing one */
export function readMetric(
  table: Table,
  row: TableRow,
  column: number,
  missing: readonly string[],
): number | null {
  const cell = row.cells[column] ?? null;
  if (isMissing(cell, missing)) return null;
  const number = numberOf(cell);
  if (number !== null) return number;
  const text = String(cell).trim();
  throw cellError(
    table,
    row,
    column,
    `holds ${show(cell)}; it must hold a finite number, or nothing where none was measured`,
    NOT_FINITE.test(text)
      ? `If that means a lost or missing value, add --missing ${text}.`
      : 'Decimals are written with a point, and thousands without a mark.',
  );
}

/** @throws EspalierError `bad-input` for a cell that is no whole number from `least` to `most` */
export function readWhole(table: Table, row: TableRow, column: number, least: number, most: number): number {
  const cell = row.cells[column] ?? null;
  const number = numberOf(cell);
  if (number !== null && Number.isInteger(number) && number >= least && number <= most) return number;
  throw cellError(
    table,
    row,
    column,
    `holds ${isMissing(cell, []) ? 'nothing' : show(cell)}; it must hold a whole number from ${least} to ${most}`,
  );
}

/** Training steps since the growing point. */
export const readStep = (table: Table, row: TableRow, column: number): number =>
  readWhole(table, row, column, 0, MAX_LAG);

const MOST_CHARACTERS = 200;

/** @throws EspalierError `bad-input` for an empty cell, and for text that is no name */
export function readName(table: Table, row: TableRow, column: number): string {
  const cell = row.cells[column] ?? null;
  const text = cell === null ? '' : String(cell).trim();
  // A line break would break tables and messages.
  if (text !== '' && text.length <= MOST_CHARACTERS && !/\p{Cc}/u.test(text)) return text;
  throw cellError(
    table,
    row,
    column,
    `holds ${text === '' ? 'nothing' : show(text)}; it must hold a name of 1 to ${MOST_CHARACTERS} characters on one line`,
  );
}
