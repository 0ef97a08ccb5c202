/** Comma-separated values by RFC 4180: quoted fields, doubled quotes, CRLF or LF, with or without a byte-order mark. */
import { firstInvalidByte } from '../utf8-file.ts';
import { checkedColumns, type Table, type TableRow, tableError } from './table.ts';

const QUOTE = '"';

/**
 * @param bytes the whole file
 * @throws EspalierError `bad-input` with line and column for bytes that are no UTF-8 text, an unclosed or misplaced
 *   quote, rows of another length than the header, a header with empty or equal names, and a file without rows
 */
export function parseCsv(bytes: Uint8Array, file: string): Pick<Table, 'columns' | 'rows'> {
  const text = decode(bytes, file);
  if (text.trim() === '')
    throw tableError(`${file}, line 1, column 1`, 'is empty; a table with a header must follow', 1);
  const [header, ...records] = recordsOf(text, file);
  if (header === undefined)
    throw tableError(`${file}, line 1, column 1`, 'is empty; a table with a header must follow', 1);
  const columns = checkedColumns(header.fields, `${file}, line ${header.line}`, header.line);
  if (records.length === 0)
    throw tableError(
      `${file}, line ${header.line + 1}, column 1`,
      'holds nothing: the file has a header only; at least one row must follow',
      header.line + 1,
    );
  const rows = records.map(({ fields, line }): TableRow => {
    if (fields.length !== columns.length)
      throw tableError(
        `${file}, line ${line}, column ${Math.min(fields.length, columns.length) + 1}`,
        `has ${count(fields.length)}; it must have ${columns.length}, as the header`,
        line,
        'A field that holds a comma must stand in quotes.',
      );
    return { cells: fields, place: `line ${line}`, line };
  });
  return { columns, rows };
}

const count = (fields: number): string => (fields === 1 ? '1 field' : `${fields} fields`);

interface CsvRecord {
  readonly fields: string[];
  /** 1-based line on which it begins. */
  readonly line: number;
}

/** Records that are not blank lines. */
function recordsOf(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const fields: string[] = [];
    const first = line;
    const start = at;
    for (;;) {
      const field =
        text[at] === QUOTE ? quotedField(text, at, file, line, fields.length) : plainField(text, at);
      if (!field.quoted && field.value.includes(QUOTE))
        throw tableError(
          `${file}, line ${line}, column ${fields.length + 1}`,
          'has a quote in a field that does not begin with one; such a field must stand in quotes, its quotes doubled',
          line,
        );
      fields.push(field.value);
      line += field.lines;
      at = field.end;
      if (text[at] !== ',') break;
      at++;
    }
    const isBlank = text.slice(start, at).trim() === '';
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line++;
    if (!isBlank) records.push({ fields, line: first });
  }
  return records;
}

interface Field {
  readonly value: string;
  /** Index of the comma or line end behind it. */
  readonly end: number;
  /** Line ends inside it. */
  readonly lines: number;
  readonly quoted: boolean;
}

function plainField(text: string, start: number): Field {
  let end = start;
  while (end < text.length && !isEnd(text, end)) end++;
  return { value: text.slice(start, end), end, lines: 0, quoted: false };
}

function quotedField(text: string, start: number, file: string, line: number, index: number): Field {
  const where = `${file}, line ${line}, column ${index + 1}`;
  const pieces: string[] = [];
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf(QUOTE, from);
    if (quote < 0)
      throw tableError(
        where,
        'opens a quote that is never closed; a quoted field must end with a quote',
        line,
      );
    pieces.push(text.slice(from, quote));
    if (text[quote + 1] === QUOTE) {
      pieces.push(QUOTE);
      from = quote + 2;
      continue;
    }
    const end = quote + 1;
    if (end < text.length && !isEnd(text, end))
      throw tableError(where, 'goes on behind its closing quote; a comma or a line end must follow', line);
    const value = pieces.join('');
    return { value, end, lines: value.match(/\r\n|\r|\n/g)?.length ?? 0, quoted: true };
  }
}

/** A comma, a line feed, or a carriage return with or without one (old files have it alone). */
const isEnd = (text: string, at: number): boolean =>
  text[at] === ',' || text[at] === '\n' || text[at] === '\r';

function decode(bytes: Uint8Array, file: string): string {
  const nul = bytes.indexOf(0);
  if (nul >= 0)
    throw tableError(
      placeOf(bytes, nul, file),
      'is a NUL byte; the file must be text',
      lineOf(bytes, nul),
      'Save the table as UTF-8 text: UTF-16 and binary files hold NUL bytes.',
    );
  const wrong = firstInvalidByte(bytes);
  if (wrong < bytes.length)
    throw tableError(
      placeOf(bytes, wrong, file),
      `holds the byte 0x${bytes[wrong]!.toString(16).padStart(2, '0')}, which is not UTF-8; the file must be UTF-8 text`,
      lineOf(bytes, wrong),
      'Save the table as UTF-8.',
    );
  return new TextDecoder('utf-8').decode(bytes);
}

const LINE_FEED = 10;
const COMMA = 44;

function lineOf(bytes: Uint8Array, at: number): number {
  return bytes.subarray(0, at).reduce((lines, byte) => lines + (byte === LINE_FEED ? 1 : 0), 1);
}

/** Line and field of a byte; quotes are not looked at, because the file may end in the middle of one. */
function placeOf(bytes: Uint8Array, at: number, file: string): string {
  const before = bytes.subarray(bytes.lastIndexOf(LINE_FEED, at) + 1, at);
  const column = before.reduce((commas, byte) => commas + (byte === COMMA ? 1 : 0), 1);
  return `${file}, line ${lineOf(bytes, at)}, column ${column}`;
}
