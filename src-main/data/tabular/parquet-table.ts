/** Flat Parquet tables: strings, numbers and booleans, with the row group and row of every cell for messages. */
import type { FileMetaData } from 'hyparquet';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { messageOf } from '../../contract/errors.ts';
import { PARQUET_DECOMPRESSORS } from '../parquet-compression.ts';
import { type Cell, checkedColumns, type Table, type TableRow, tableError } from './table.ts';

/** Most rows of a table; a curve file of this size holds ten thousand runs of a hundred evaluations. */
export const MAX_ROWS = 1_000_000;

/** Most bytes a column of a row group may have when unpacked; a small file can claim any size. */
const MAX_COLUMN_BYTES = 512 * 2 ** 20;

/**
 * @param bytes the whole file
 * @throws EspalierError `bad-input` for files that are no Parquet, cut off or damaged, for nested columns, and for a
 *   table without rows
 */
export async function parseParquet(
  bytes: Uint8Array,
  file: string,
): Promise<Pick<Table, 'columns' | 'rows'>> {
  const metadata = metadataOf(bytes, file);
  const columns = columnsOf(metadata, file);
  const total = Number(metadata.num_rows);
  if (total === 0 || metadata.row_groups.length === 0)
    throw tableError(`${file}, row group 1, row 1`, 'is not there: the table has no rows', null);
  if (total > MAX_ROWS)
    throw tableError(
      `${file}, row ${MAX_ROWS + 1}`,
      `is one too many: the table has ${total} rows; at most ${MAX_ROWS} are read`,
      null,
      'Keep fewer steps or fewer runs.',
    );
  const rows: TableRow[] = [];
  let rowStart = 0;
  for (const [group, { num_rows, columns: chunks }] of metadata.row_groups.entries()) {
    const rowEnd = rowStart + Number(num_rows);
    for (const { meta_data } of chunks)
      if (Number(meta_data?.total_uncompressed_size ?? 0) > MAX_COLUMN_BYTES)
        throw tableError(
          `${file}, row group ${group + 1}, column ${meta_data?.path_in_schema.join('.')}`,
          `has more than ${MAX_COLUMN_BYTES} bytes unpacked, the limit for one column`,
          null,
        );
    const read = await readGroup(bytes, metadata, rowStart, rowEnd, `${file}, row group ${group + 1}`);
    read.forEach((record, index) => {
      const place = `row group ${group + 1}, row ${index + 1}`;
      const cells = columns.map((name, column) =>
        toCell(record[name], `${file}, ${place}, column ${column + 1} (${name})`),
      );
      rows.push({ cells, place, line: null });
    });
    rowStart = rowEnd;
  }
  // Names are compared as written above: a Parquet column ` a` is read by that name.
  return { columns: checkedColumns(columns, `${file}, row group 1, row 1`, null), rows };
}

function metadataOf(bytes: Uint8Array, file: string): FileMetaData {
  try {
    return parquetMetadata(bytes);
  } catch (error) {
    throw tableError(
      `${file}, row group 1, row 1`,
      `cannot be found: the footer of the file is missing or damaged (${messageOf(error)}); a Parquet file must end with it`,
      null,
      'The file was probably cut off; copy it again.',
    );
  }
}

function columnsOf(metadata: FileMetaData, file: string): string[] {
  return parquetSchema(metadata).children.map(({ element, children }, index) => {
    if (children.length > 0 || element.repetition_type === 'REPEATED')
      throw tableError(
        `${file}, row group 1, row 1, column ${index + 1} (${element.name})`,
        'is nested (a list, map or struct); every column must hold one value in a row',
        null,
        'Drop this column, or spread it over one column for each value.',
      );
    return element.name;
  });
}

async function readGroup(
  bytes: Uint8Array,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
  where: string,
): Promise<Record<string, unknown>[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const rows = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      compressors: PARQUET_DECOMPRESSORS,
    });
    if (rows.length === rowEnd - rowStart) return rows;
    throw new Error(`${rows.length} of ${rowEnd - rowStart} rows are there`);
  } catch (error) {
    throw tableError(
      `${where}, row 1`,
      `cannot be read: ${messageOf(error)}; the data must be whole and packed with Snappy, GZIP, ZSTD or Brotli, or not at all`,
      null,
      'Copy the file again, or write it anew.',
    );
  }
}

function toCell(value: unknown, where: string): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  const kind =
    value instanceof Date ? 'a date' : typeof value === 'bigint' ? 'a whole number beyond 2^53' : 'bytes';
  throw tableError(
    where,
    `holds ${kind}; it must hold text, a number or true or false`,
    null,
    'Drop this column.',
  );
}
