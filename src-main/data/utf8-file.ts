/**
 * Reading text strictly: UTF-8 or nothing. A byte that is not UTF-8 is reported with its offset instead of being
 * replaced, because a replaced byte would silently become something the model learns.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { EspalierError } from '../contract/errors.ts';
import { unreadable } from './file-access.ts';

const CHUNK_BYTES = 2 ** 20;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The bytes of a file in chunks of at most 1 MiB, each valid only until the next is asked for.
 * @throws EspalierError `bad-input` when it is no regular file, cannot be read, is larger than `limitBytes`, or
 *   holds a NUL byte (a binary file).
 */
export function* textFileChunks(path: string, limitBytes: number): Generator<Uint8Array> {
  let descriptor: number | undefined;
  try {
    // Asked before opening: opening a named pipe would wait for a writer.
    if (!statSync(path).isFile()) throw notRegular(path);
    descriptor = openSync(path, 'r');
    if (!fstatSync(descriptor).isFile()) throw notRegular(path);
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (let offset = 0; ; ) {
      const count = readSync(descriptor, buffer, 0, CHUNK_BYTES, null);
      if (count === 0) return;
      if (offset + count > limitBytes)
        throw new EspalierError(
          'bad-input',
          `${path} is larger than ${limitBytes} bytes, the limit for one file.`,
          { hint: 'Split it into several files in one folder, or use a part of it.' },
        );
      const chunk = buffer.subarray(0, count);
      const nul = chunk.indexOf(0);
      if (nul >= 0)
        throw new EspalierError(
          'bad-input',
          `${path} is not a text file: byte ${offset + nul} is NUL. A corpus must be UTF-8 text.`,
          { hint: 'Choose a text file, or save this one as UTF-8.' },
        );
      yield chunk;
      offset += count;
    }
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function notRegular(path: string): EspalierError {
  return new EspalierError('bad-input', `${path} is not a regular file; a corpus is read from files.`, {
    hint: 'Choose a .txt, .md or .jsonl file, or a folder of them.',
  });
}

/** The whole text of a file, a byte-order mark removed. Errors as for textFileChunks and decodeUtf8. */
export function readUtf8File(path: string, limitBytes: number): string {
  const pieces: string[] = [];
  let rest = new Uint8Array(0);
  let offset = 0;
  for (const chunk of textFileChunks(path, limitBytes)) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const whole = bytes.length - unfinishedTail(bytes);
    pieces.push(decodeUtf8(bytes.subarray(0, whole), path, offset));
    rest = bytes.slice(whole);
    offset += whole;
  }
  pieces.push(decodeUtf8(rest, path, offset));
  const text = pieces.join('');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/**
 * Text of complete UTF-8 bytes.
 * @param offset Position of the first byte in the file, for the message.
 * @throws EspalierError `bad-input` naming the file and the offset of the first wrong byte.
 */
export function decodeUtf8(bytes: Uint8Array, path: string, offset: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new EspalierError(
      'bad-input',
      `${path} is not UTF-8: the byte at offset ${offset + firstInvalidByte(bytes)} fits no character.`,
      { hint: 'Save the file as UTF-8.', cause: error },
    );
  }
}

/** Length of the sequence a lead byte opens; 0 for a byte that cannot lead. */
const sequenceLength = (lead: number): number =>
  lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;

/** How many bytes at the end (0 to 3) open a sequence that the next chunk may complete. */
function unfinishedTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

/** Offset of the first byte that starts no well-formed sequence (Unicode 15, table 3-7); the length if all do. */
export function firstInvalidByte(bytes: Uint8Array): number {
  let index = 0;
  while (index < bytes.length) {
    const lead = bytes[index]!;
    const length = sequenceLength(lead);
    if (length === 0 || index + length > bytes.length) return index;
    for (let place = 1; place < length; place++) {
      const byte = bytes[index + place]!;
      const low = place > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
      const high = place > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      if (byte < low || byte > high) return index;
    }
    index += length;
  }
  return bytes.length;
}
