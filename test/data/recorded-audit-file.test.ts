import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import { readRecordedAudits, writeRecordedAudits } from '../../src-main/data/recorded-audit-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-recorded-'));
const path = join(folder, 'audits.parquet');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const step = fc.integer({ min: 0, max: 10_000_000 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null, freq: 3 });
const metricName = fc.oneof(fc.constantFrom('loss', 'wikitext/bpb', 'copy.accuracy', 'a,b "c"'), text);

const anyPoint = fc.record({
  step,
  metrics: fc.dictionary(metricName, maybe(number), { maxKeys: 3, noNullPrototype: true }),
  batchLosses: maybe(fc.float32Array({ maxLength: 5 })),
  trainingLoss: maybe(number),
  gradientNorm: maybe(number),
  weightDistance: maybe(number),
  tokens: maybe(number),
  flops: maybe(number),
});
const anyCurve = fc.record({
  strategy: text,
  isControl: fc.boolean(),
  exactness: maybe(text),
  schedule: fc.constantFrom('final' as const, 'cooldown' as const),
  scheduleSteps: step,
  repeat: fc.integer({ min: 0, max: 4 }),
  isDiverged: fc.boolean(),
  points: fc.array(anyPoint, { maxLength: 4 }),
});
const anyAudit: fc.Arbitrary<RecordedAudit> = fc.record({
  id: text,
  name: text,
  seed: fc.maxSafeNat(),
  horizon: step,
  metrics: fc.array(fc.record({ name: metricName, lowerIsBetter: fc.boolean() }), { maxLength: 3 }),
  flopsPerStep: maybe(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
  facts: fc.record({
    sourceLayers: maybe(fc.nat(99)),
    targetLayers: maybe(fc.nat(99)),
    width: maybe(fc.nat(4096)),
    activation: maybe(text),
    corpus: maybe(text),
    pool: maybe(text),
    families: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
  }),
  curves: fc.array(anyCurve, { maxLength: 4 }),
});

/** Every bit of every float as text: shortest decimals tell any two finite numbers apart, but for the sign of zero. */
function bitsOf(audits: readonly RecordedAudit[]): unknown {
  return JSON.parse(
    JSON.stringify(audits, (_, value: unknown) => {
      if (value instanceof Float32Array)
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
      return typeof value === 'number' ? `${Object.is(value, -0) ? '-' : ''}${value}` : value;
    }),
  );
}

const simple = (id: string): RecordedAudit => ({
  id,
  name: 'by hand',
  seed: 1,
  horizon: 10,
  metrics: [{ name: 'loss', lowerIsBetter: true }],
  flopsPerStep: null,
  facts: {
    sourceLayers: 2,
    targetLayers: 4,
    width: 8,
    activation: 'relu',
    corpus: null,
    pool: null,
    families: {},
  },
  curves: [
    {
      strategy: 'stack',
      isControl: false,
      exactness: 'none',
      schedule: 'final',
      scheduleSteps: 10,
      repeat: 0,
      isDiverged: false,
      points: [
        {
          step: 10,
          metrics: { loss: 2 },
          batchLosses: null,
          trainingLoss: null,
          gradientNorm: null,
          weightDistance: null,
          tokens: null,
          flops: null,
        },
      ],
    },
  ],
});

describe('readRecordedAudits', () => {
  it('gives back what was written, to the last bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyAudit, { selector: ({ id }) => id, maxLength: 3 }),
        async (audits) => {
          await writeRecordedAudits(path, audits);
          const read = await readRecordedAudits(path);
          expect(read).toEqual(audits);
          expect(bitsOf(sorted(read))).toEqual(bitsOf(sorted(audits)));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('refuses every shortened and every foreign file, never giving part of the audits', async () => {
    await writeRecordedAudits(path, [simple('a'), simple('b')]);
    const bytes = readFileSync(path);
    const cut = join(folder, 'cut.parquet');
    for (const length of [0, 3, 4, 8, 12, bytes.length >> 1, bytes.length - 9, bytes.length - 1]) {
      writeFileSync(cut, bytes.subarray(0, length));
      await expect(readRecordedAudits(cut), `${length} bytes`).rejects.toMatchObject({ code: 'bad-input' });
    }
    writeFileSync(cut, Buffer.from('not a Parquet file at all'));
    await expect(readRecordedAudits(cut)).rejects.toThrow(/cut.parquet is not a usable file/);
    await expect(readRecordedAudits(join(folder, 'none.parquet'))).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('does not exist'),
    });
  });
});

describe('writeRecordedAudits', () => {
  it('refuses two audits of one id and leaves the file that was there', async () => {
    await writeRecordedAudits(path, [simple('a')]);
    await expect(writeRecordedAudits(path, [simple('b'), simple('b')])).rejects.toThrow(/the id b/);
    expect(await readRecordedAudits(path)).toEqual([simple('a')]);
  });

  it('writes the same bytes for the same audits', async () => {
    await writeRecordedAudits(path, [simple('a')]);
    const first = readFileSync(path);
    await writeRecordedAudits(path, [simple('a')]);
    expect(readFileSync(path).equals(first)).toBe(true);
  });
});

/** Metrics of a point in one order, which a record does not promise. */
function sorted(audits: readonly RecordedAudit[]): RecordedAudit[] {
  return audits.map((audit) => ({
    ...audit,
    curves: audit.curves.map((curve) => ({
      ...curve,
      points: curve.points.map((point) => ({
        ...point,
        metrics: Object.fromEntries(Object.entries(point.metrics).sort(([a], [b]) => (a < b ? -1 : 1))),
      })),
    })),
  }));
}
