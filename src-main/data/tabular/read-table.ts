/** Reading a table from a CSV or Parquet file, whichever the bytes say it is. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { EspalierError } from '../../contract/errors.ts';
import { unreadable } from '../file-access.ts';
import { parseCsv } from './csv-table.ts';
import { MAX_ROWS, parseParquet } from './parquet-table.ts';
import { type Table, tableError } from './table.ts';

/** Largest file that is read. */
export const MAX_TABLE_BYTES = 256 * 2 ** 20;

const PARQUET_MAGIC = [0x50, 0x41, 0x52, 0x31];
/** First bytes of packed and other files that are given as tables by mistake. */
const FOREIGN: readonly (readonly [bytes: readonly number[], what: string, hint: string])[] = [
  [[0x1f, 0x8b], 'packed with gzip', 'Unpack it first: gunzip FILE.'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'packed with zstd', 'Unpack it first: unzstd FILE.'],
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive or a spreadsheet', 'Unpack it, or save the sheet as CSV.'],
];

/**
 * @throws EspalierError `bad-input` when it is no regular file, cannot be read, is larger than MAX_TABLE_BYTES, or is
 *   not a table of one value in a cell (messages name file, line or row group and row, and column)
 */
export async function readTable(path: string): Promise<Table> {
  const bytes = readBytes(path);
  const startsWith = (magic: readonly number[]): boolean => magic.every((byte, at) => bytes[at] === byte);
  const foreign = FOREIGN.find(([magic]) => startsWith(magic));
  if (foreign)
    throw tableError(
      `${path}, line 1, column 1`,
      `is ${foreign[1]}; the file must be CSV text or Parquet`,
      1,
      foreign[2],
    );
  const isParquet = startsWith(PARQUET_MAGIC);
  if (!isParquet && /\.(parquet|pq)$/i.test(path))
    throw tableError(
      `${path}, row group 1, row 1`,
      'cannot be found: the file does not begin with PAR1, as every Parquet file must',
      null,
      'Name it .csv if it is a CSV table; otherwise write it anew.',
    );
  const { columns, rows } = isParquet ? await parseParquet(bytes, path) : parseCsv(bytes, path);
  const extra = rows[MAX_ROWS];
  if (extra)
    throw tableError(
      `${path}, ${extra.place}, column 1`,
      `is one row too many: the table has ${rows.length}; at most ${MAX_ROWS} are read`,
      extra.line,
      'Keep fewer steps or fewer runs.',
    );
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { file: path, format: isParquet ? 'parquet' : 'csv', hash, columns, rows };
}

function readBytes(path: string): Uint8Array {
  try {
    const state = statSync(path);
    if (!state.isFile())
      throw new EspalierError(
        'bad-input',
        `${path} is ${state.isDirectory() ? 'a folder' : 'no regular file'}; it must be a CSV or Parquet file.`,
        { hint: 'Name one file.' },
      );
    if (state.size > MAX_TABLE_BYTES)
      throw new EspalierError(
        'bad-input',
        `${path} has ${state.size} bytes; at most ${MAX_TABLE_BYTES} (${MAX_TABLE_BYTES / 2 ** 20} MiB) are read.`,
        { hint: 'Keep fewer steps or fewer columns.' },
      );
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}
