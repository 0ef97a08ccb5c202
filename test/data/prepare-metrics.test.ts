import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataSpecSchema } from '../../src-main/contract/data-spec.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { type MetricSpec, metricSpecsSchema } from '../../src-main/contract/metrics.ts';
import { validationBatches } from '../../src-main/data/batches.ts';
import { buildDataset, type Dataset } from '../../src-main/data/dataset.ts';
import { answerAccuracy, type MetricData } from '../../src-main/data/metric-data.ts';
import { readMetricFile, writeMetricFile } from '../../src-main/data/metric-file.ts';
import { prepareMetrics } from '../../src-main/data/prepare-metrics.ts';
import { tokenizerFromJson } from '../../src-main/data/tokenizer-json.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-metrics-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shape = { context: 48, batchCount: 3, batchSize: 4, validationShare: 0.1 };

function fromText(text: string, spec: object = {}): Dataset {
  writeFileSync(join(folder, 'corpus.txt'), text);
  return buildDataset(dataSpecSchema.parse({ corpus: { path: 'corpus.txt' }, ...spec }), {
    baseFolder: folder,
  });
}
const made = (spec: unknown, dataset: Dataset, options: object = {}) => {
  const specs: MetricSpec[] = metricSpecsSchema.parse([spec]);
  return prepareMetrics(specs, dataset, { ...shape, baseFolder: folder, ...options })[0]!;
};

/** Text of each sequence, and the answers as the text at their places, blanks elsewhere. */
function shown({ tokens, answers, sequenceLength }: MetricData, dataset: Dataset): [string, string][] {
  const { decode } = tokenizerFromJson(dataset.tokenizerJson);
  return Array.from({ length: tokens.length / sequenceLength }, (_, row) => {
    const [from, to] = [row * sequenceLength, (row + 1) * sequenceLength];
    const text = decode(tokens.subarray(from, to));
    return [text, [...text].map((character, at) => (answers[from + at] === 1 ? character : ' ')).join('')];
  });
}

/** What a whole line's answer must be, worked out from the question alone. */
const RULES: Record<string, (line: string) => string> = {
  copy: (line) => line.slice(0, line.indexOf('=')),
  induction: (line) => line[line.indexOf(line.at(-2)!) + 1]!,
  'associative-recall': (line) => line[line.indexOf(line.at(-2)!) + 1]!,
  'modular-sum': (line) => String((Number(line[0]) + Number(line[2])) % 10),
};

describe('prepareMetrics, primitives', () => {
  const dataset = buildDataset(dataSpecSchema.parse({ corpus: { synthetic: 'mixed', examples: 2000 } }));

  for (const primitive of ['copy', 'induction', 'associative-recall', 'modular-sum'])
    it(`asks for answers that follow from the lines, in the symbols of the corpora: ${primitive}`, () => {
      const { data, metric } = made({ primitive, examples: 40 }, dataset);
      expect(metric).toMatchObject({ name: `${primitive}.accuracy`, kind: 'accuracy' });
      expect(data.sequenceLength).toBe(shape.context + 1);
      let asked = 0;
      for (const [text, answers] of shown(data, dataset)) {
        let at = 0;
        for (const line of text.split('\n')) {
          const isWhole = at + line.length < text.length || answers[at + line.length - 1] !== ' ';
          const answer = isWhole ? RULES[primitive]!(line) : '';
          expect(answers.slice(at, at + line.length)).toBe(
            isWhole ? answer.padStart(line.length, ' ') : ' '.repeat(line.length),
          );
          if (isWhole) {
            expect(line.endsWith(answer)).toBe(true);
            asked++;
          }
          at += line.length + 1;
        }
      }
      expect(asked).toBeGreaterThanOrEqual(40);
    });

  it('makes whole batches of at least the examples asked for, other ones for another seed', () => {
    const lines = fc.record({
      examples: fc.integer({ min: 1, max: 60 }),
      batchSize: fc.integer({ min: 1, max: 7 }),
      seed: fc.integer({ min: 0, max: 99 }),
    });
    fc.assert(
      fc.property(lines, ({ examples, batchSize, seed }) => {
        const { data, metric } = made({ primitive: 'modular-sum', examples, seed }, dataset, { batchSize });
        expect(metric.sequences % batchSize).toBe(0);
        expect(data.answers.reduce((sum, answer) => sum + answer, 0)).toBeGreaterThanOrEqual(examples);
        const again = made({ primitive: 'modular-sum', examples, seed, name: 'other' }, dataset, {
          batchSize,
        });
        expect(again.metric.contentHash).toBe(metric.contentHash);
        const other = made({ primitive: 'modular-sum', examples, seed: seed + 1 }, dataset, { batchSize });
        expect(other.metric.contentHash).not.toBe(metric.contentHash);
      }),
      { numRuns: 30 },
    );
  });

  it('takes the most frequent ids where the training text lacks the usual symbols', () => {
    // No sign =, so none of the letters is taken for its own sake: frequency decides, e over d over c.
    const text = fromText('eeeeeeddddcccbb\n'.repeat(40));
    const { data } = made({ primitive: 'copy', symbols: 2, length: 3 }, text);
    const used = new Set(shown(data, text).flatMap(([line]) => [...line]));
    expect(used).toEqual(new Set(['e', 'd', 'c', 'b']));
  });

  it('refuses a vocabulary with too few symbols and a context shorter than a line', () => {
    const text = fromText('abab\n'.repeat(40));
    expect(() => made({ primitive: 'copy', symbols: 2 }, text)).toThrow(
      /copy\.accuracy needs 4 different symbols; the training text has 3/,
    );
    expect(() => made({ primitive: 'copy', length: 30 }, dataset, { context: 60 })).not.toThrow();
    expect(() => made({ primitive: 'copy', length: 30 }, dataset, { context: 61 })).not.toThrow();
    expect(() => made({ primitive: 'copy', length: 30 }, dataset)).toThrow(
      /takes 61 tokens; a context of 48/,
    );
  });
});

describe('prepareMetrics, corpora', () => {
  it('measures the validation windows of the corpus, as a study on it would', () => {
    const text = 'the quick brown fox jumps over the lazy dog. '.repeat(60);
    const dataset = fromText(text);
    writeFileSync(join(folder, 'other.txt'), text.toUpperCase().toLowerCase().replaceAll('fox', 'dog'));
    const { data, metric } = made({ name: 'other', corpus: { path: 'other.txt' } }, dataset);
    expect(metric).toMatchObject({ name: 'other', kind: 'loss', sequences: 12 });
    const own = made({ name: 'own', corpus: { path: 'corpus.txt' } }, dataset).data;
    const batches = validationBatches(dataset, shape);
    expect([...own.tokens]).toEqual(batches.flatMap((batch) => [...batch]));
    expect(own.answers).toHaveLength(0);
    expect(data.tokens).not.toEqual(own.tokens);
  });

  it('refuses a text of which more than a fifth is unknown, naming the share', () => {
    const dataset = fromText('abcdefgh'.repeat(100));
    const share = (unknown: string) => {
      writeFileSync(join(folder, 'other.txt'), `abcdefgh${unknown}`.repeat(100));
      return made({ name: 'other', corpus: { path: 'other.txt' } }, dataset);
    };
    expect(share('яя').metric.name).toBe('other'); // 2 of 10
    expect(() => share('яяя')).toThrow(/27\.\d % of other\.txt is unknown .* at most 20 % may be/);
    expect(() => share('яяя')).toThrow(EspalierError);
  });

  it('refuses a text shorter than the context', () => {
    const dataset = fromText('abcdefgh'.repeat(100));
    writeFileSync(join(folder, 'short.txt'), 'abc'.repeat(100));
    expect(() => made({ name: 'short', corpus: { path: 'short.txt' } }, dataset)).toThrow(
      /short\.txt has 30 tokens; a context of 48 needs at least 49/,
    );
  });
});

describe('answerAccuracy', () => {
  it('counts the predictions one position before each answer', () => {
    const data: MetricData = {
      kind: 'accuracy',
      sequenceLength: 4,
      vocabulary: 9,
      tokens: new Int32Array(8),
      answers: Uint8Array.of(0, 0, 1, 1, 0, 1, 0, 1),
    };
    // Predictions of tokens 1, 2, 3 of each sequence; asked: 2 and 3 of the first, 1 and 3 of the second.
    expect(answerAccuracy(data, [0, 1, 0, 0, 0, 0])).toBe(0.25);
    expect(answerAccuracy(data, [0, 1, 1, 1, 0, 1])).toBe(1);
    expect(answerAccuracy(data, [1, 0, 0, 0, 1, 0])).toBe(0);
  });
});

describe('writeMetricFile and readMetricFile', () => {
  it('give the sequences back, under one name for equal ones', () => {
    const dataset = buildDataset(dataSpecSchema.parse({ corpus: { synthetic: 'mixed', examples: 500 } }));
    for (const spec of [
      { primitive: 'copy' },
      { name: 'moby', corpus: { synthetic: 'copy', examples: 2000 } },
    ]) {
      const { data, metric } = made(spec, dataset);
      const path = writeMetricFile(folder, data);
      expect(path).toBe(join(folder, `${metric.contentHash}.metric`));
      expect(writeMetricFile(folder, data)).toBe(path);
      expect(readMetricFile(path)).toEqual(data);
    }
  });

  it('refuses every damaged byte and every missing one', () => {
    const dataset = buildDataset(dataSpecSchema.parse({ corpus: { synthetic: 'mixed', examples: 200 } }));
    const path = writeMetricFile(folder, made({ primitive: 'modular-sum', examples: 1 }, dataset).data);
    const bytes = readFileSync(path);
    const damaged = join(folder, 'damaged.metric');
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, flip) => {
          const copy = Buffer.from(bytes);
          copy[at]! ^= flip;
          writeFileSync(damaged, copy);
          expect(() => readMetricFile(damaged)).toThrow(/is not a usable metric file/);
          writeFileSync(damaged, bytes.subarray(0, at));
          expect(() => readMetricFile(damaged)).toThrow(/is not a usable metric file/);
        },
      ),
      { numRuns: 60 },
    );
    expect(() => readMetricFile(join(folder, 'none.metric'))).toThrow(/does not exist/);
  });
});
