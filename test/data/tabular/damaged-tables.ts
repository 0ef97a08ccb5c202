/** Tables that must be refused, each with the place that the message must name. */
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';

export interface Damaged {
  readonly what: string;
  readonly fileName: string;
  readonly content: string | Uint8Array;
  /** What the message says, the file name in front left out. */
  readonly message: RegExp;
}

export const HEADER = 'strategy,step,loss';
/** Two strategies that end at step 20. */
export const GOOD_ROWS = ['a,10,2.5', 'a,20,2.0', 'b,10,2.4', 'b,20,2.1'];
export const GOOD = [HEADER, ...GOOD_ROWS, ''].join('\n');

/** The good table with one line replaced; line 1 is the header. */
function withLine(line: number, text: string): string {
  return [HEADER, ...GOOD_ROWS].map((old, index) => (index + 1 === line ? text : old)).join('\n');
}

const csv = (what: string, content: string | Uint8Array, message: RegExp): Damaged => ({
  what,
  fileName: 'runs.csv',
  content,
  message,
});

type Column = Parameters<typeof parquetWriteBuffer>[0]['columnData'][number];
const COLUMNS: readonly Column[] = [
  { name: 'strategy', data: ['a', 'a', 'b', 'b'], type: 'STRING' },
  { name: 'step', data: [10, 20, 10, 20], type: 'INT32' },
  { name: 'loss', data: [2.5, 2, 2.4, 2.1], type: 'DOUBLE' },
];

/** The good table as Parquet in row groups of two rows, columns replaced or added by name. */
export function parquetTable(...changes: readonly Column[]): Uint8Array {
  const kept = COLUMNS.map((column) => changes.find(({ name }) => name === column.name) ?? column);
  const added = changes.filter(({ name }) => !COLUMNS.some((column) => column.name === name));
  return new Uint8Array(parquetWriteBuffer({ columnData: [...kept, ...added], rowGroupSize: 2 }));
}

const parquet = (what: string, content: Uint8Array, message: RegExp): Damaged => ({
  what,
  fileName: 'runs.parquet',
  content,
  message,
});

const nested = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      { name: 'strategy', data: ['a', 'b'] },
      { name: 'step', data: [10, 10] },
      { name: 'losses', data: [[1, 2], [3]] },
    ],
    schema: [
      { name: 'root', num_children: 3 },
      { name: 'strategy', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'step', type: 'INT32', repetition_type: 'REQUIRED' },
      { name: 'losses', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'INT32', repetition_type: 'REQUIRED' },
    ],
  }),
);

/** The middle of the data of a Parquet file overwritten, its footer whole. */
function scrambled(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (byte, index) => (index >= 4 && index < 30 ? 0xff : byte));
}

export const DAMAGED: readonly Damaged[] = [
  csv('a row that is too short', withLine(3, 'a,20'), /, line 3, column 3: has 2 fields; it must have 3/),
  csv('a row that is too long', withLine(4, 'b,10,2.4,x'), /, line 4, column 4: has 4 fields/),
  csv('an unclosed quote', withLine(3, 'a,20,"2.0'), /, line 3, column 3: opens a quote .* never closed/),
  csv('text behind a closing quote', withLine(5, '"b"x,20,2'), /, line 5, column 1: goes on behind/),
  csv('a quote inside a plain field', withLine(5, 'b"c,20,2'), /, line 5, column 1: has a quote/),
  csv('a NUL byte', withLine(4, 'b,1\0,2.4'), /, line 4, column 2: is a NUL byte/),
  csv('UTF-16', Buffer.from(GOOD, 'utf16le'), /, line 1, column 1: is a NUL byte/),
  csv(
    'Latin-1',
    Buffer.from(withLine(2, 'Müll,10,2'), 'latin1'),
    /, line 2, column 1: .* 0xfc, .* not UTF-8/,
  ),
  csv('an empty file', '', /, line 1, column 1: is empty/),
  csv('blank lines only', '\n \n\n', /, line 1, column 1: is empty/),
  csv('a header only', `${HEADER}\n`, /, line 2, column 1: holds nothing: the file has a header only/),
  csv(
    'a header with equal names',
    withLine(1, 'strategy,step,step'),
    /, line 1, column 3: is named "step" like column 2/,
  ),
  csv('a header with an empty name', withLine(1, 'strategy,,loss'), /, line 1, column 2: has no name/),
  csv(
    'two rows of one strategy and step',
    withLine(3, 'a,10,2.0'),
    /, line 3, column 2 \(step\): is step 10 of a again, which stands in line 2/,
  ),
  csv('no column for the step', withLine(1, 'strategy,when,loss'), /, line 1: no column is the step/),
  csv('no column for the strategy', withLine(1, 'who,step,loss'), /, line 1: no column is the strategy/),
  csv('no metric', 'strategy,step\na,1\nb,1\n', /, line 1: no column is a metric/),
  csv(
    'a metric of unknown direction',
    withLine(1, 'strategy,step,quality'),
    /, line 1, column 3 \(quality\): its name does not tell/,
  ),
  csv(
    'text where a number must be',
    withLine(3, 'a,20,good'),
    /, line 3, column 3 \(loss\): holds "good"; it must hold a finite number/,
  ),
  csv('a decimal comma in quotes', withLine(3, 'a,20,"2,0"'), /, line 3, column 3 \(loss\): holds "2,0"/),
  csv('NaN', withLine(3, 'a,20,nan'), /, line 3, column 3 \(loss\): holds "nan"/),
  csv('infinity', withLine(5, 'b,20,-inf'), /, line 5, column 3 \(loss\): holds "-inf"/),
  csv(
    'a negative step',
    withLine(2, 'a,-10,2.5'),
    /, line 2, column 2 \(step\): holds "-10"; .* whole number from 0/,
  ),
  csv('a fractional step', withLine(2, 'a,10.5,2.5'), /, line 2, column 2 \(step\): holds "10.5"/),
  csv(
    'a step beyond the limit',
    withLine(2, 'a,1e12,2.5'),
    /, line 2, column 2 \(step\): holds "1e12"; .* to 10000000/,
  ),
  csv('an empty step', withLine(2, 'a,,2.5'), /, line 2, column 2 \(step\): holds nothing/),
  csv('an empty strategy', withLine(4, ' ,10,2.5'), /, line 4, column 1 \(strategy\): holds nothing/),
  csv(
    'one strategy only',
    [HEADER, ...GOOD_ROWS.slice(0, 2)].join('\n'),
    /, line 2, column 1 \(strategy\): .* only the strategy a to rank/,
  ),
  csv(
    'one strategy and the base',
    [HEADER, 'a,10,2', 'Base,10,3'].join('\n'),
    /, line 2, column 1 .* only the strategy a to rank/,
  ),
  csv(
    'a strategy without the last step',
    withLine(5, 'b,15,2.1'),
    /, line 5, column 2 \(step\): holds 15, the last step of b; .* to step 20/,
  ),
  csv(
    'steps of 0 only',
    [HEADER, 'a,0,2', 'b,0,3'].join('\n'),
    /, line 2, column 2 \(step\): holds 0, the last step/,
  ),
  csv('gzip named csv', gzipSync(GOOD), /, line 1, column 1: is packed with gzip/),
  csv(
    'a spreadsheet named csv',
    Buffer.from('PK\u0003\u0004rest'),
    /, line 1, column 1: is a ZIP archive or a spreadsheet/,
  ),
  parquet(
    'Parquet cut off',
    parquetTable().subarray(0, -20),
    /, row group 1, row 1: cannot be found: the footer/,
  ),
  parquet(
    'Parquet cut off in the data',
    parquetTable().subarray(0, 60),
    /, row group 1, row 1: cannot be found/,
  ),
  parquet(
    'another magic',
    Uint8Array.from([...Buffer.from('PARX'), ...parquetTable().subarray(4)]),
    /, row group 1, row 1: cannot be found: the file does not begin with PAR1/,
  ),
  parquet('CSV named parquet', Buffer.from(GOOD), /does not begin with PAR1/),
  parquet('scrambled data', scrambled(parquetTable()), /, row group 1, row 1/),
  parquet('nested columns', nested, /, row group 1, row 1, column 3 \(losses\): is nested/),
  parquet(
    'a Parquet NaN',
    parquetTable({ name: 'loss', data: [2.5, 2, 2.4, Number.NaN], type: 'DOUBLE' }),
    /, row group 2, row 2, column 3 \(loss\): holds NaN/,
  ),
  parquet(
    'a fractional Parquet step',
    parquetTable({ name: 'step', data: [10, 20, 10.5, 20], type: 'DOUBLE' }),
    /, row group 2, row 1, column 2 \(step\): holds 10.5/,
  ),
  parquet(
    'a Parquet step beyond 2^53',
    parquetTable({ name: 'step', data: [10n, 20n, 10n, 2n ** 60n], type: 'INT64' }),
    /, row group 2, row 2, column 2 \(step\): holds a whole number beyond/,
  ),
  parquet(
    'a Parquet date',
    parquetTable({ name: 'day', data: [1, 2, 3, 4].map((day) => new Date(day)), type: 'TIMESTAMP' }),
    /, row group 1, row 1, column 4 \(day\): holds a date/,
  ),
  parquet(
    'Parquet without rows',
    new Uint8Array(parquetWriteBuffer({ columnData: COLUMNS.map((column) => ({ ...column, data: [] })) })),
    /, row group 1, row 1: is not there/,
  ),
];
