import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { importOptionsSchema } from '../../../src-main/contract/imported-curves.ts';
import { parseCsv } from '../../../src-main/data/tabular/csv-table.ts';
import { auditsFromTable } from '../../../src-main/data/tabular/curves-from-table.ts';
import { MAX_TABLE_BYTES, readTable } from '../../../src-main/data/tabular/read-table.ts';
import { DAMAGED, GOOD, parquetTable } from './damaged-tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-table-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(content: string | Uint8Array, options: object = {}, fileName = 'runs.csv') {
  const path = join(folder, fileName);
  writeFileSync(path, content);
  return auditsFromTable(await readTable(path), importOptionsSchema.parse(options), 'runs');
}

describe('auditsFromTable', () => {
  it.each(DAMAGED)('refuses $what, naming the place', async ({ fileName, content, message }) => {
    const path = join(folder, fileName);
    const refused = expect(read(content, {}, fileName)).rejects;
    await refused.toMatchObject({ code: 'bad-input' });
    await refused.toThrow(message);
    await refused.toThrow(path);
  });

  it('makes one audit of strategies, controls left unranked, points in order of step', async () => {
    const { audits, reading } = await read(
      'Method,Iteration,val_loss,note\nb,20,2.1,x\nb,10,2.4,y\na,20,2,\na,10,2.5,\nBase,20,3,\n',
    );
    expect(reading).toEqual({
      roles: { strategy: 'Method', step: 'Iteration' },
      metrics: [{ name: 'val_loss', lowerIsBetter: true }],
      means: [],
      ignored: ['note'],
    });
    expect(audits).toHaveLength(1);
    const [audit] = audits;
    expect(audit).toMatchObject({ name: 'runs', seed: 0, horizon: 20, flopsPerStep: null });
    expect(
      audit!.curves.map(({ strategy, isControl, points }) => [
        strategy,
        isControl,
        points.map(({ step, metrics }) => [step, metrics.val_loss]),
      ]),
    ).toEqual([
      [
        'b',
        false,
        [
          [10, 2.4],
          [20, 2.1],
        ],
      ],
      [
        'a',
        false,
        [
          [10, 2.5],
          [20, 2],
        ],
      ],
      ['Base', true, [[20, 3]]],
    ]);
  });

  it('reads Parquet as the same table', async () => {
    const fromParquet = await read(parquetTable(), {}, 'runs.parquet');
    expect(fromParquet).toEqual(await read(GOOD));
  });

  it('parts studies and seeds, and keeps tokens, FLOPs and families', async () => {
    const { audits } = await read(
      [
        'study,seed,strategy,step,loss,tokens,flops,family',
        's,1,a,10,2,100,50,stack',
        's,1,b,10,3,100,50,interleave',
        's,2,a,10,2,100,50,stack',
        's,2,b,10,3,100,70,interleave',
        't,1,a,5,2,,,',
        't,1,b,5,3,,,',
      ].join('\r\n'),
    );
    expect(
      audits.map(({ name, seed, horizon, flopsPerStep }) => [name, seed, horizon, flopsPerStep]),
    ).toEqual([
      ['runs/s', 1, 10, 5],
      ['runs/s', 2, 10, null],
      ['runs/t', 1, 5, null],
    ]);
    expect(audits[0]!.facts.families).toEqual({ a: 'stack', b: 'interleave' });
    expect(audits[0]!.curves[0]!.points[0]).toMatchObject({ tokens: 100, flops: 50 });
    expect(audits[2]!.curves[0]!.points[0]).toMatchObject({ tokens: null, flops: null });
  });

  it('takes words for missing values only where they are stated, and tells them from empty cells', async () => {
    const table = GOOD.replace('2.4', 'NaN').replace('2.5', '');
    await expect(read(table)).rejects.toThrow(/line 4, column 3 \(loss\): holds "NaN"/);
    const { audits } = await read(table, { missing: ['nan'] });
    const firstOf = (index: number) => audits[0]!.curves[index]!.points[0]!.metrics;
    expect([firstOf(0), firstOf(1)]).toEqual([{}, { loss: null }]);
    const infinite = parquetTable({
      name: 'loss',
      data: [2.5, 2, Number.POSITIVE_INFINITY, 1],
      type: 'DOUBLE',
    });
    const read2 = await read(infinite, { missing: ['inf'] }, 'runs.parquet');
    expect(read2.audits[0]!.curves[1]!.points[0]!.metrics).toEqual({ loss: null });
  });

  it('adds the mean of the accuracies where there are several, and other means on request', async () => {
    const table = 'strategy,step,x/acc,y/acc_norm,y/acc_stderr,ppl\na,1,0.25,0.75,0.01,9\nb,1,0.5,,0.01,8\n';
    const automatic = await read(table);
    expect(automatic.reading.means).toEqual([{ name: 'mean accuracy', of: ['x/acc', 'y/acc_norm'] }]);
    expect(automatic.reading.ignored).toEqual(['y/acc_stderr']);
    expect(automatic.audits[0]!.curves.map(({ points }) => points[0]!.metrics['mean accuracy'])).toEqual([
      0.5,
      undefined,
    ]);
    expect((await read(table, { means: [] })).reading.means).toEqual([]);
    const own = await read(table, { means: [{ name: 'both', of: ['x/acc', 'y/acc_norm'] }] });
    expect(own.reading.metrics.at(-1)).toEqual({ name: 'both', lowerIsBetter: false });
    await expect(read(table, { means: [{ name: 'm', of: ['x/acc', 'ppl'] }] })).rejects.toThrow(
      /mixes metrics/,
    );
    await expect(read(table, { means: [{ name: 'ppl', of: ['x/acc', 'y/acc_norm'] }] })).rejects.toThrow(
      /must be new/,
    );
  });

  it('follows the options before the names of columns', async () => {
    const table = 'model,strategy,t,quality,loss\nm,a,1,5,1\nn,a,2,6,1\nm,b,1,5,1\nn,b,2,6,1\n';
    const { reading, audits } = await read(table, {
      columns: { step: 't', study: 'model' },
      metrics: ['quality'],
      higherIsBetter: ['quality'],
      controls: [],
    });
    expect(reading.metrics).toEqual([{ name: 'quality', lowerIsBetter: false }]);
    expect(audits.map(({ name }) => name)).toEqual(['runs/m', 'runs/n']);
    await expect(read(table, { columns: { step: 'when' } })).rejects.toThrow(/--step-column names "when"/);
    await expect(read(GOOD, { controls: ['c'] })).rejects.toThrow(/--control names "c", .* there are a, b/);
    await expect(read(GOOD, { lowerIsBetter: ['lost'] })).rejects.toThrow(/names "lost"/);
    await expect(read(GOOD, { lowerIsBetter: ['loss'], higherIsBetter: ['loss'] })).rejects.toThrow(
      /must be one of them/,
    );
  });
});

describe('readTable', () => {
  it('refuses a folder, a missing file and a file beyond the limit', async () => {
    const path = join(folder, 'big.csv');
    writeFileSync(path, GOOD);
    truncateSync(path, MAX_TABLE_BYTES + 1);
    await expect(readTable(path)).rejects.toThrow(/big.csv has 268435457 bytes; at most 268435456/);
    mkdirSync(join(folder, 'inner.csv'));
    await expect(readTable(join(folder, 'inner.csv'))).rejects.toThrow(/inner.csv is a folder; it must be/);
    await expect(readTable(join(folder, 'none.csv'))).rejects.toThrow(/none.csv does not exist/);
  });
});

describe('parseCsv', () => {
  const field = fc.string({
    unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' ', '1', '😀'),
    maxLength: 6,
  });
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

  it('gives back every text that is written by RFC 4180, with a byte-order mark or not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.boolean(),
        (records, end, mark, isOpen) => {
          const lines = ['x,y', ...records.map((record) => record.map(quoted).join(','))];
          const text = `${mark ? '\uFEFF' : ''}${lines.join(end)}${isOpen ? '' : end}`;
          const { columns, rows } = parseCsv(new TextEncoder().encode(text), 'f');
          expect(columns).toEqual(['x', 'y']);
          expect(rows.map(({ cells }) => cells)).toEqual(records);
        },
      ),
    );
  });

  it('counts lines inside quoted fields', () => {
    const bytes = new TextEncoder().encode('x,y\n"1\n2\r\n3",a\nb,c\n\n d ,e,f\n');
    expect(() => parseCsv(bytes, 'f')).toThrow(/^f, line 7, column 3: has 3 fields/);
  });
});
