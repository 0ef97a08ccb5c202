import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { trainMerges } from '../../src-main/data/bpe-training.ts';
import { bpeWords } from '../../src-main/data/bpe-words.ts';
import type { Tokenizer } from '../../src-main/data/tokenizer.ts';
import { trainBpeTokenizer } from '../../src-main/data/tokenizer-bpe.ts';
import { byteTokenizer } from '../../src-main/data/tokenizer-byte.ts';
import { trainCharacterTokenizer } from '../../src-main/data/tokenizer-character.ts';
import { tokenizerFromJson } from '../../src-main/data/tokenizer-json.ts';

/** Any text without half surrogate pairs, control characters, emoji and combining marks included. */
const anyText = fc.string({ unit: 'binary', maxLength: 200 });
/** Text with many repeats, so that merges happen. */
const repetitive = fc
  .array(fc.constantFrom('a', 'b', 'ab', ' ', '\n', '1', ',', 'é', '—', '🌳', '日本'), { maxLength: 120 })
  .map((parts) => parts.join(''));

function expectInRange(tokenizer: Tokenizer, ids: Int32Array): void {
  expect(ids.every((id) => id >= 0 && id < tokenizer.vocabularySize)).toBe(true);
}

describe('byteTokenizer', () => {
  it('gives the UTF-8 bytes and restores any text from them', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = byteTokenizer().encode(text);
        expect([...ids]).toEqual([...Buffer.from(text, 'utf8')]);
        expect(byteTokenizer().decode(ids)).toBe(text);
      }),
    );
  });

  it('refuses ids that are no bytes', () => {
    for (const id of [-1, 256, 1.5, Number.NaN])
      expect(() => byteTokenizer().decode([id])).toThrow(EspalierError);
  });

  it('decodes bytes that form no character to U+FFFD', () => {
    expect(byteTokenizer().decode([0x61, 0xff])).toBe('a\uFFFD');
  });
});

describe('trainCharacterTokenizer', () => {
  it('restores any text made of its characters', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, more) => {
        const tokenizer = trainCharacterTokenizer(text + more, 65_536);
        const ids = tokenizer.encode(text);
        expectInRange(tokenizer, ids);
        expect(ids).toHaveLength([...text].length);
        expect(tokenizer.decode(ids)).toBe(text);
      }),
    );
  });

  it('keeps the most frequent characters, equally frequent ones in code-point order', () => {
    const tokenizer = trainCharacterTokenizer('cbaccb🌳', 4);
    expect(tokenizer.vocabularySize).toBe(4);
    expect([...tokenizer.encode('cba🌳z')]).toEqual([1, 2, 3, 0, 0]);
    expect(tokenizer.decode([1, 2, 3, 0])).toBe('cba\uFFFD');
  });
});

/** Byte-pair encoding as the paper prints it: count all pairs from scratch for every merge. */
function slowMerges(text: string, mergeCount: number): [number, number][] {
  let words = [...bpeWords(text)].map((word) => [...Buffer.from(word, 'utf8')]);
  const merges: [number, number][] = [];
  while (merges.length < mergeCount) {
    const counts = new Map<string, number>();
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]} ${word[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    const ranked = [...counts]
      .map(([key, count]) => ({ pair: key.split(' ').map(Number) as [number, number], count }))
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    const best = ranked[0];
    if (best === undefined || best.count < 2) break;
    const id = 256 + merges.length;
    merges.push(best.pair);
    words = words.map((word) => {
      const merged: number[] = [];
      for (let i = 0; i < word.length; i++)
        if (word[i] === best.pair[0] && word[i + 1] === best.pair[1]) {
          merged.push(id);
          i++;
        } else merged.push(word[i]!);
      return merged;
    });
  }
  return merges;
}

describe('trainMerges', () => {
  it('learns the same merges as recounting every pair for every merge', () => {
    fc.assert(
      fc.property(repetitive, fc.integer({ min: 1, max: 40 }), (text, mergeCount) => {
        expect(trainMerges(text, mergeCount)).toEqual(slowMerges(text, mergeCount));
      }),
      { numRuns: 200 },
    );
  });

  it('breaks ties by the smaller ids', () => {
    expect(trainMerges('ab,ab,cd,cd', 1)).toEqual([[97, 98]]);
  });
});

describe('trainBpeTokenizer', () => {
  const prose = 'the cat sat on the mat. the rat ate the oat, and that was that. '.repeat(20);

  it('restores any text, whatever it was trained on', () => {
    const tokenizer = trainBpeTokenizer(prose, 300);
    fc.assert(
      fc.property(fc.oneof(anyText, repetitive), (text) => {
        const ids = tokenizer.encode(text);
        expectInRange(tokenizer, ids);
        expect(tokenizer.decode(ids)).toBe(text);
      }),
    );
  });

  it('shortens the text it was trained on and stops when no pair repeats', () => {
    const tokenizer = trainBpeTokenizer(prose, 400);
    expect(tokenizer.vocabularySize).toBeGreaterThan(270);
    expect(tokenizer.vocabularySize).toBeLessThan(400);
    expect(tokenizer.encode(prose).length).toBeLessThan(prose.length / 3);
    expect(trainBpeTokenizer('abc', 512).vocabularySize).toBe(256);
  });

  it('encodes megabytes without spaces in linear time', () => {
    const tokenizer = trainBpeTokenizer(prose, 300);
    const ids = tokenizer.encode('that'.repeat(250_000));
    expect(ids.length).toBeLessThan(600_000);
  }, 5000);
});

describe('bpeWords', () => {
  it('loses no character', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, repetitive), (text) => {
        expect([...bpeWords(text)].join('')).toBe(text);
      }),
    );
  });

  it('separates letters, digits, punctuation and space, a word taking one leading space', () => {
    expect([...bpeWords('Some years ago—never  mind 42!\n')]).toEqual([
      'Some',
      ' years',
      ' ago',
      '—',
      'never',
      ' ',
      ' mind',
      ' 42',
      '!',
      '\n',
    ]);
  });
});

describe('tokenizerFromJson', () => {
  const samples = [
    byteTokenizer(),
    trainCharacterTokenizer('hello wörld 🌳', 12),
    trainBpeTokenizer('banana bandana banana bandana', 270),
  ];

  it('restores a tokenizer that encodes alike and has the same JSON', () => {
    for (const tokenizer of samples) {
      const restored = tokenizerFromJson(tokenizer.toJson());
      expect(restored.vocabularySize).toBe(tokenizer.vocabularySize);
      expect(restored.toJson()).toBe(tokenizer.toJson());
      for (const text of ['banana bandana', 'hello 🌳', ''])
        expect(restored.encode(text)).toEqual(tokenizer.encode(text));
    }
  });

  it('refuses impossible tokenizers', () => {
    const bad = [
      '',
      '[]',
      '{"version":2,"kind":"byte"}',
      '{"version":1,"kind":"byte","extra":1}',
      '{"version":1,"kind":"character","codePoints":[97,97]}',
      '{"version":1,"kind":"character","codePoints":[1114112]}',
      '{"version":1,"kind":"bpe","merges":[[256,1]]}',
      '{"version":1,"kind":"bpe","merges":[[1,2],[1,2]]}',
      `{"version":1,"kind":"bpe","merges":${JSON.stringify([[0, 0], ...Array.from({ length: 20 }, (_, i) => [256 + i, 256 + i])])}}`,
    ];
    for (const json of bad) expect(() => tokenizerFromJson(json), json).toThrow(EspalierError);
  });
});
