/** Reading JSONL: one JSON object a line, its text in one field. A line is never held beyond its size limit. */
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { CorpusLimits } from './corpus-limits.ts';
import { decodeUtf8, textFileChunks } from './utf8-file.ts';

const LINE_FEED = 0x0a;

/**
 * The texts of a JSONL file in order; blank lines are skipped.
 * @throws EspalierError `bad-input` naming file and line: too long, not UTF-8, not JSON, no object, or `textField`
 *   missing or no well-formed text.
 */
export function readJsonlTexts(path: string, textField: string, limits: CorpusLimits): string[] {
  const texts: string[] = [];
  for (const { bytes, line, offset } of jsonlLines(path, limits)) {
    const text = decodeUtf8(bytes, path, offset).replace(/^\uFEFF/, '');
    if (text.trim() !== '') texts.push(textOfLine(text, textField, `${path}, line ${line}`));
  }
  return texts;
}

interface Line {
  readonly bytes: Uint8Array;
  /** From 1. */
  readonly line: number;
  /** Of its first byte in the file. */
  readonly offset: number;
}

function* jsonlLines(path: string, limits: CorpusLimits): Generator<Line> {
  let pieces: Uint8Array[] = [];
  let pending = 0;
  let line = 1;
  let offset = 0;
  const hold = (piece: Uint8Array): void => {
    pending += piece.length;
    if (pending > limits.lineBytes)
      throw new EspalierError(
        'bad-input',
        `${path}, line ${line} is longer than ${limits.lineBytes} bytes, the limit for one line.`,
        { hint: 'JSONL holds one document a line; split this one.' },
      );
    pieces.push(piece.slice());
  };
  const finish = (): Line => {
    const finished = { bytes: Buffer.concat(pieces), line, offset };
    offset += pending + 1;
    line++;
    pieces = [];
    pending = 0;
    return finished;
  };
  for (const chunk of textFileChunks(path, limits.fileBytes)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      hold(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  if (pending > 0) yield finish();
}

function textOfLine(json: string, textField: string, where: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new EspalierError('bad-input', `${where} is not JSON: ${messageOf(error)}.`, {
      hint: 'A .jsonl file holds one JSON object a line.',
      cause: error,
    });
  }
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const text: unknown = fields.find(([name]) => name === textField)?.[1];
  if (typeof text !== 'string')
    throw new EspalierError('bad-input', `${where} has no text in the field "${textField}".`, {
      hint: `Set textField to the field that holds the text${fields.length > 0 ? `; this line has: ${fieldNames(fields)}` : ''}.`,
    });
  if (!text.isWellFormed())
    throw new EspalierError('bad-input', `${where} holds half a surrogate pair, which is no character.`, {
      hint: 'Repair the \\u escapes of this line.',
    });
  return text;
}

const fieldNames = (fields: readonly (readonly [string, unknown])[]): string =>
  fields
    .slice(0, 8)
    .map(([name]) => name.slice(0, 40))
    .join(', ');
