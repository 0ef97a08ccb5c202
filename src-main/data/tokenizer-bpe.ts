/** Byte-level byte-pair encoding: ids 0 to 255 are bytes, every further id joins two earlier ones. */

import { type Merge, mergePair, pairKey, trainMerges } from './bpe-training.ts';
import { bpeWords } from './bpe-words.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkedId } from './tokenizer-byte.ts';

/** Words whose ids are remembered; beyond, words are encoded each time. */
const CACHE_WORDS = 200_000;

/** Tokenizer of at most `vocabulary` ids learnt from a text; fewer when the text has too few repeated pairs. */
export function trainBpeTokenizer(text: string, vocabulary: number): Tokenizer {
  return bpeTokenizer(trainMerges(text, vocabulary - 256));
}

/** The tokenizer of a list of merges; merge i joins ids below 256 + i (the caller guarantees it). */
export function bpeTokenizer(merges: readonly Merge[]): Tokenizer {
  const idOfPair = new Map(merges.map(([left, right], index) => [pairKey(left, right), 256 + index]));
  const bytesOf: Uint8Array[] = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  for (const [left, right] of merges) bytesOf.push(Uint8Array.from([...bytesOf[left]!, ...bytesOf[right]!]));
  const encoder = new TextEncoder();
  const cache = new Map<string, readonly number[]>();

  const idsOfWord = (word: string): readonly number[] => {
    const known = cache.get(word);
    if (known) return known;
    const ids = applyMerges(Array.from(encoder.encode(word)), idOfPair);
    if (cache.size < CACHE_WORDS) cache.set(word, ids);
    return ids;
  };

  return {
    vocabularySize: bytesOf.length,
    unknownId: null,
    description: `byte-pair encoding, ${bytesOf.length} ids`,
    encode: (text) => {
      let ids = new Int32Array(Math.max(16, text.length >> 1));
      let count = 0;
      for (const word of bpeWords(text)) {
        const wordIds = idsOfWord(word);
        if (count + wordIds.length > ids.length) {
          const larger = new Int32Array(2 * (count + wordIds.length));
          larger.set(ids);
          ids = larger;
        }
        ids.set(wordIds, count);
        count += wordIds.length;
      }
      return ids.slice(0, count);
    },
    decode: (ids) => {
      const pieces = Array.from(ids, (id) => bytesOf[checkedId(id, bytesOf.length)]!);
      const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let offset = 0;
      for (const piece of pieces) {
        bytes.set(piece, offset);
        offset += piece.length;
      }
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    },
    toJson: () => JSON.stringify({ version: 1, kind: 'bpe', merges }),
  };
}

/** Applies the earliest learnt merge that fits, until none does. */
function applyMerges(bytes: number[], idOfPair: ReadonlyMap<number, number>): number[] {
  let ids = bytes;
  for (;;) {
    let lowest = Number.POSITIVE_INFINITY;
    let key = 0;
    for (let index = 0; index + 1 < ids.length; index++) {
      const candidate = pairKey(ids[index]!, ids[index + 1]!);
      const id = idOfPair.get(candidate);
      if (id !== undefined && id < lowest) {
        lowest = id;
        key = candidate;
      }
    }
    if (lowest === Number.POSITIVE_INFINITY) return ids;
    ids = mergePair(ids, key, lowest);
  }
}
