import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataSpecSchema } from '../../src-main/contract/data-spec.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { trainingBatch, validationBatches } from '../../src-main/data/batches.ts';
import { buildDataset, type Dataset } from '../../src-main/data/dataset.ts';
import { readDatasetFile, writeDatasetFile } from '../../src-main/data/dataset-file.ts';
import { removeTemporaryFiles } from '../../src-main/data/durable-file.ts';
import { tokenizerFromJson } from '../../src-main/data/tokenizer-json.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-dataset-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fromText(text: string, spec: object = {}, context = 1): Dataset {
  writeFileSync(join(folder, 'corpus.txt'), text);
  return buildDataset(dataSpecSchema.parse({ corpus: { path: 'corpus.txt' }, ...spec }), {
    baseFolder: folder,
    context,
  });
}

/** A dataset whose token at position i is i, so that a window shows where it was cut. */
function counting(trainingTokens: number, validationTokens: number): Dataset {
  const total = trainingTokens + validationTokens;
  return {
    tokens: Int32Array.from({ length: total }, (_, index) => index),
    trainingTokens,
    validationTokens,
    vocabulary: total,
    tokenizerJson: '',
    contentHash: '',
    description: { corpus: 'counting', tokenizer: '', documents: 1, characters: total },
  };
}

describe('dataSpecSchema', () => {
  it('fills in the defaults', () => {
    expect(dataSpecSchema.parse({})).toEqual({
      corpus: 'moby-dick',
      tokenizer: { kind: 'character', maxVocabulary: 256 },
      validationShare: 0.1,
    });
    expect(dataSpecSchema.parse({ corpus: { path: 'x' } }).corpus).toEqual({ path: 'x', textField: 'text' });
  });

  it('refuses unknown fields, unknown corpora and more examples than pairs', () => {
    for (const spec of [
      { corpora: 'moby-dick' },
      { corpus: 'bible' },
      { corpus: { path: '' } },
      { corpus: { synthetic: 'modular-addition', modulus: 3, examples: 10 } },
      { tokenizer: { kind: 'bpe', vocabulary: 256 } },
      { validationShare: 0 },
    ])
      expect(dataSpecSchema.safeParse(spec).success, JSON.stringify(spec)).toBe(false);
  });
});

describe('buildDataset', () => {
  it('splits Moby-Dick 90 to 10 and restores every character known to its tokenizer', () => {
    const dataset = buildDataset(dataSpecSchema.parse({}));
    const total = dataset.trainingTokens + dataset.validationTokens;
    expect(dataset.tokens).toHaveLength(total);
    expect(dataset.validationTokens / total).toBeCloseTo(0.1, 5);
    expect(dataset.vocabulary).toBeLessThan(120);
    const text = tokenizerFromJson(dataset.tokenizerJson).decode(dataset.tokens.subarray(0, 200));
    expect(text).toContain('Call me Ishmael. Some years ago—never mind');
  });

  it('learns 512 byte pairs from Moby-Dick within seconds', () => {
    const dataset = buildDataset(dataSpecSchema.parse({ tokenizer: { kind: 'bpe', vocabulary: 768 } }));
    expect(dataset.vocabulary).toBe(768);
    expect(dataset.tokens.length).toBeLessThan(600_000);
    const { decode } = tokenizerFromJson(dataset.tokenizerJson);
    expect(decode(dataset.tokens.subarray(0, 60))).toContain('Call me Ishmael.');
  }, 20_000);

  it('learns the tokenizer from the training part only', () => {
    const dataset = fromText(`${'ab'.repeat(45)}${'z'.repeat(10)}`);
    expect(dataset).toMatchObject({ trainingTokens: 90, validationTokens: 10, vocabulary: 3 });
    expect([...dataset.tokens.subarray(90)]).toEqual(new Array(10).fill(0));
  });

  it('never cuts a character in half', () => {
    for (let length = 10; length < 30; length++) {
      const text = '🌳'.repeat(length);
      const dataset = fromText(text, { tokenizer: { kind: 'byte' } });
      expect(tokenizerFromJson(dataset.tokenizerJson).decode(dataset.tokens)).toBe(text);
      expect(dataset.trainingTokens % 4).toBe(0);
    }
  });

  it('gives equal data equal hashes and other data, tokenizers and splits other ones', () => {
    const text = 'some text to learn from, long enough to cut. '.repeat(5);
    const hash = (content: string, spec?: object): string => fromText(content, spec).contentHash;
    expect(hash(text)).toBe(hash(text));
    const others = [
      hash(text),
      hash(`${text}!`),
      hash(text, { validationShare: 0.2 }),
      hash(text, { tokenizer: { kind: 'byte' } }),
    ];
    expect(new Set(others).size).toBe(4);
  });

  it('names what is needed when a part is shorter than one context', () => {
    expect(() => fromText('x'.repeat(100), {}, 10)).toThrow(
      /validation part of corpus.txt has 10 tokens; a context of 10 needs at least 11/,
    );
    expect(fromText('x'.repeat(110), {}, 10).validationTokens).toBe(11);
  });
});

describe('readDatasetFile', () => {
  it('returns what writeDatasetFile wrote, under its content hash', () => {
    const dataset = fromText('round and round it goes '.repeat(10));
    const path = writeDatasetFile(folder, dataset);
    expect(path).toBe(join(folder, `${dataset.contentHash}.tokens`));
    expect(readDatasetFile(path)).toEqual(dataset);
    expect(writeDatasetFile(folder, dataset)).toBe(path);
    expect(removeTemporaryFiles(folder)).toEqual([]);
  });

  it('refuses a file with a changed or missing byte, or returns the very same tokens', () => {
    const dataset = fromText('round and round it goes '.repeat(10));
    const path = writeDatasetFile(folder, dataset);
    const good = readFileSync(path);
    const damaged = join(folder, 'damaged.tokens');
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, flip, cut) => {
          const bytes = Buffer.from(good);
          bytes[at]! ^= flip;
          writeFileSync(damaged, cut ? good.subarray(0, at) : bytes);
          try {
            // Only the description for people lies outside the hash.
            const read = readDatasetFile(damaged);
            expect({ ...read, description: null }).toEqual({ ...dataset, description: null });
            expect(cut).toBe(false);
          } catch (error) {
            expect(error).toBeInstanceOf(EspalierError);
            expect((error as EspalierError).message).toContain('damaged.tokens');
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves nothing behind when the folder cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeDatasetFile(join(folder, 'file'), counting(4, 4))).toThrow(EspalierError);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

const sizes = fc.record({
  trainingTokens: fc.integer({ min: 20, max: 300 }),
  validationTokens: fc.integer({ min: 20, max: 300 }),
  batchSize: fc.integer({ min: 1, max: 6 }),
  batchCount: fc.integer({ min: 1, max: 6 }),
  context: fc.integer({ min: 1, max: 19 }),
});

/** Splits batches into rows and checks that each is a run of consecutive numbers; returns the first numbers. */
function startsOf(batches: readonly Int32Array[], context: number): number[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.length / (context + 1) }, (_, row) => {
      const window = batch.subarray(row * (context + 1), (row + 1) * (context + 1));
      expect([...window]).toEqual(Array.from(window, (_, place) => window[0]! + place));
      return window[0]!;
    }),
  );
}

describe('trainingBatch', () => {
  it('depends on seed and step alone and stays inside the training part', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, seed, step) => {
        const dataset = counting(size.trainingTokens, size.validationTokens);
        const batch = trainingBatch(dataset, { seed, step, ...size });
        expect(batch).toHaveLength(size.batchSize * (size.context + 1));
        for (const start of startsOf([batch], size.context)) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(start + size.context).toBeLessThan(size.trainingTokens);
        }
        trainingBatch(dataset, { seed, step: step + 1, ...size });
        expect(trainingBatch(dataset, { seed, step, ...size })).toEqual(batch);
      }),
    );
  });

  it('reaches the first and the last window, and steps and seeds differ', () => {
    const dataset = counting(12, 12);
    const options = { seed: 1, batchSize: 4, context: 8 };
    const starts = new Set<number>();
    for (let step = 1; step <= 30; step++)
      for (const start of startsOf([trainingBatch(dataset, { ...options, step })], 8)) starts.add(start);
    expect([...starts].sort()).toEqual([0, 1, 2, 3]);
    const long = counting(10_000, 12);
    const first = trainingBatch(long, { ...options, step: 1 });
    expect(trainingBatch(long, { ...options, step: 2 })).not.toEqual(first);
    expect(trainingBatch(long, { ...options, step: 1, seed: 2 })).not.toEqual(first);
  });

  it('refuses a context longer than the training part and sizes that are no sizes', () => {
    const dataset = counting(20, 40);
    expect(() => trainingBatch(dataset, { seed: 1, step: 1, batchSize: 1, context: 20 })).toThrow(
      /at least 21/,
    );
    for (const batchSize of [0, -1, 1.5, Number.NaN])
      expect(() => trainingBatch(dataset, { seed: 1, step: 1, batchSize, context: 4 })).toThrow(
        EspalierError,
      );
  });
});

describe('validationBatches', () => {
  it('cuts inside the validation part, evenly, without predicting a token twice where that is possible', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { trainingTokens, validationTokens, batchCount, batchSize, context } = size;
        const batches = validationBatches(counting(trainingTokens, validationTokens), size);
        expect(batches).toHaveLength(batchCount);
        const starts = startsOf(batches, context).sort((a, b) => a - b);
        expect(starts).toHaveLength(batchCount * batchSize);
        expect(starts[0]).toBe(trainingTokens);
        const gaps = starts.slice(1).map((start, index) => start - starts[index]!);
        if (gaps.length > 0) {
          expect(starts.at(-1)! + context + 1).toBe(trainingTokens + validationTokens);
          expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
          if (validationTokens >= starts.length * context + 1)
            expect(Math.min(...gaps)).toBeGreaterThanOrEqual(context);
        }
      }),
    );
  });
});
