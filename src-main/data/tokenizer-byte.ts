/** One id for each byte of the UTF-8 text. Nothing is ever unknown. */
import { EspalierError } from '../contract/errors.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Tokenizer with 256 ids; unpaired surrogates are encoded as U+FFFD, all other text survives a round trip. */
export function byteTokenizer(): Tokenizer {
  return {
    vocabularySize: 256,
    unknownId: null,
    description: 'byte, 256 ids',
    encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
    decode: (ids) => {
      const bytes = new Uint8Array(ids.length);
      for (let index = 0; index < ids.length; index++) bytes[index] = checkedId(ids[index]!, 256);
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    },
    toJson: () => JSON.stringify({ version: 1, kind: 'byte' }),
  };
}

/**
 * The id itself, if it belongs to the vocabulary.
 * @throws EspalierError `bad-input` otherwise.
 */
export function checkedId(id: number, vocabularySize: number): number {
  if (!Number.isInteger(id) || id < 0 || id >= vocabularySize)
    throw new EspalierError(
      'bad-input',
      `Token id ${id} does not exist: ids are whole numbers from 0 to ${vocabularySize - 1}.`,
    );
  return id;
}
