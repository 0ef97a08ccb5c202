/** A table as it was read from a file, with the place of every cell for messages. */
import { EspalierError } from '../../contract/errors.ts';

/** Text of a CSV cell, or a value of a Parquet cell; null where there is nothing. */
export type Cell = string | number | boolean | null;

export interface TableRow {
  readonly cells: readonly Cell[];
  /** `line 7`, or `row group 1, row 6`; lines and rows count from 1, the header is line 1 of a CSV. */
  readonly place: string;
  /** 1-based line, for CSV. */
  readonly line: number | null;
}

export interface Table {
  /** As given by the caller, for messages. */
  readonly file: string;
  readonly format: 'csv' | 'parquet';
  /** SHA-256 of the bytes of the file, hex. */
  readonly hash: string;
  /** Trimmed, none empty, no two equal. */
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

/** What is wrong with a cell, naming file, line and column. */
export function cellError(table: Table, row: TableRow, column: number, message: string, hint?: string) {
  const where = `${table.file}, ${row.place}, column ${column + 1} (${table.columns[column] ?? ''})`;
  return tableError(where, message, row.line, hint);
}

/**
 * @param where file and place in it, which begin the sentence
 * @param line 1-based line, where there is one
 */
export function tableError(
  where: string,
  message: string,
  line: number | null,
  hint?: string,
): EspalierError {
  return new EspalierError('bad-input', `${where}: ${message}.`, {
    ...(hint === undefined ? {} : { hint }),
    problems: [{ at: where, message, ...(line === null ? {} : { line }) }],
  });
}

/**
 * Checks the names of columns.
 * @throws EspalierError `bad-input` for an empty name and for one that stands twice
 */
export function checkedColumns(names: readonly string[], where: string, line: number | null): string[] {
  const columns = names.map((name) => name.trim());
  columns.forEach((name, index) => {
    const at = `${where}, column ${index + 1}`;
    if (name === '') throw tableError(at, 'has no name; every column of the header must have one', line);
    const first = columns.indexOf(name);
    if (first < index)
      throw tableError(
        at,
        `is named ${show(name)} like column ${first + 1}; the names of columns must differ`,
        line,
      );
  });
  return columns;
}

/** A cell as a message shows it. */
export function show(cell: Cell): string {
  const text = typeof cell === 'string' ? JSON.stringify(cell) : String(cell);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
