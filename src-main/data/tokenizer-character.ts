/** One id for each frequent character (Unicode code point), id 0 for all others. */
import type { Tokenizer } from './tokenizer.ts';
import { checkedId } from './tokenizer-byte.ts';

const UNKNOWN_ID = 0;
/** What an unknown character decodes to. */
const UNKNOWN_CHARACTER = '\uFFFD';

/**
 * The tokenizer of the most frequent characters of a text, at most `maxVocabulary - 1` of them; equally frequent
 * ones in code-point order, so the same text gives the same ids everywhere.
 */
export function trainCharacterTokenizer(text: string, maxVocabulary: number): Tokenizer {
  const counts = new Map<number, number>();
  for (let index = 0; index < text.length; index++) {
    const codePoint = text.codePointAt(index)!;
    if (codePoint > 0xffff) index++;
    counts.set(codePoint, (counts.get(codePoint) ?? 0) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return characterTokenizer(ranked.slice(0, maxVocabulary - 1).map(([codePoint]) => codePoint));
}

/** The tokenizer with these code points as ids 1, 2, …; the caller guarantees that none repeats. */
export function characterTokenizer(codePoints: readonly number[]): Tokenizer {
  const idOf = new Map(codePoints.map((codePoint, index) => [codePoint, index + 1]));
  const characterOf = [UNKNOWN_CHARACTER, ...codePoints.map((codePoint) => String.fromCodePoint(codePoint))];
  return {
    vocabularySize: characterOf.length,
    unknownId: UNKNOWN_ID,
    description: `character, ${characterOf.length} ids`,
    encode: (text) => {
      const ids = new Int32Array(text.length);
      let count = 0;
      for (let index = 0; index < text.length; index++) {
        const codePoint = text.codePointAt(index)!;
        if (codePoint > 0xffff) index++;
        ids[count++] = idOf.get(codePoint) ?? UNKNOWN_ID;
      }
      return ids.slice(0, count);
    },
    decode: (ids) => Array.from(ids, (id) => characterOf[checkedId(id, characterOf.length)]!).join(''),
    toJson: () => JSON.stringify({ version: 1, kind: 'character', codePoints }),
  };
}
