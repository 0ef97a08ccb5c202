import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvidenceReport } from '../../src-main/contract/evidence.ts';
import type { ReplayReport } from '../../src-main/contract/replay.ts';
import type { ImportDigest } from '../../src-main/service/import-digest.ts';
import { DAMAGED, GOOD, parquetTable } from '../data/tabular/damaged-tables.ts';
import { type Finished, json, run, temporaryFolder } from './espalier-process.ts';

const temporary = temporaryFolder();
const home = join(temporary.path, 'home');
const inHome = (...words: string[]): Promise<Finished> => run([...words, '--home', home]);
afterAll(() => temporary.remove());

function file(name: string, content: string | Uint8Array): string {
  const path = join(temporary.path, name);
  writeFileSync(path, content);
  return path;
}

/** Five studies; in each `late` starts worst and ends best. Bits fall, accuracies rise, Base is the ungrown model. */
const STEPS = [100, 200, 400, 800, 1000];
const curves = [1, 2, 3, 4, 5].flatMap((study) =>
  Object.entries({ steady: 1.2, late: 1, poor: 1.5, Base: 2 }).flatMap(([strategy, end]) =>
    STEPS.map((step) => {
      const bits = end + study / 100 + (strategy === 'late' && step < 400 ? 1 : 0) + 50 / step;
      return [`s${study}`, strategy, step, bits, 1 / bits, 0.5 / bits].join(',');
    }),
  ),
);
const TABLE = ['Study,Method,Iteration,wiki/bits_per_byte,x/acc,y/acc_norm', ...curves].join('\r\n');

let digest: ImportDigest;
let path: string;

beforeAll(async () => {
  path = file('growth.csv', TABLE);
  const imported = await inHome('import-curves', path, '--corpus', 'web', '--json');
  expect(imported.code, imported.stderr).toBe(0);
  digest = json<ImportDigest>(imported);
}, 60_000);

describe('espalier import-curves', () => {
  it('makes one audit of each study, the base shown and not ranked, a mean of the accuracies added', () => {
    expect(digest).toMatchObject({
      format: 'csv',
      rows: 100,
      columns: {
        roles: { study: 'Study', strategy: 'Method', step: 'Iteration' },
        means: [{ name: 'mean accuracy', of: ['x/acc', 'y/acc_norm'] }],
      },
    });
    expect(digest.ties).toMatch(/equal values share the mean of their ranks/);
    expect(digest.audits).toHaveLength(5);
    expect(digest.audits[0]).toMatchObject({
      name: 'growth/s1',
      isNew: true,
      horizon: 1000,
      steps: STEPS,
      strategies: ['steady', 'late', 'poor'],
      controls: ['Base'],
      candidateCount: 3,
    });
    const { ownFinal, firstToFinal } = digest.audits[0]!.agreement;
    const own = ownFinal.filter(({ metric }) => metric === 'wiki/bits_per_byte');
    // Early order steady, poor, late; final order late, steady, poor.
    expect(own.map(({ step, spearman }) => [step, spearman])).toEqual([
      [100, -0.5],
      [200, -0.5],
      [400, 1],
      [800, 1],
      [1000, 1],
    ]);
    const cross = firstToFinal.find(
      ({ metric, finalMetric }) => metric === 'wiki/bits_per_byte' && finalMetric === 'mean accuracy',
    );
    expect(cross).toMatchObject({ step: 100, spearman: -0.5, candidateCount: 3 });
  });

  it('is the same import under another file name, and another with other options', async () => {
    const again = json<ImportDigest>(
      await inHome('import-curves', file('copy.csv', TABLE), '--corpus', 'web', '--json'),
    );
    expect(again.audits.map(({ id, name, isNew }) => [id, name, isNew])).toEqual(
      digest.audits.map(({ id, name }) => [id, name, false]),
    );
    const other = json<ImportDigest>(
      await run([
        'import-curves',
        path,
        '--control',
        'none',
        '--home',
        join(temporary.path, 'other'),
        '--json',
      ]),
    );
    expect(other.audits[0]!.id).not.toBe(digest.audits[0]!.id);
    expect(other.audits[0]!.candidateCount).toBe(4);
  });

  it('prints how the file was read, the correlations and the ties for people', async () => {
    const { stdout, code } = await inHome('import-curves', path, '--corpus', 'web');
    expect(code).toBe(0);
    expect(stdout).toContain('Derived: mean accuracy is the mean of x/acc, y/acc_norm.');
    expect(stdout).toContain('Less is better: wiki/bits_per_byte.');
    expect(stdout).toMatch(/growth\/s1 \(import-[0-9a-f]{10}-1\), seed 0: 3 strategies .* not ranked: Base/);
    expect(stdout).toMatch(/wiki\/bits_per_byte +−\.50 +−\.50 +1\.00/);
    expect(stdout).toContain('No ties.');
  });

  it('refuses damaged files with file, place and exit code 2, and then stores nothing', async () => {
    const empty = join(temporary.path, 'empty-home');
    const some = [
      'an unclosed quote',
      'two rows of one strategy and step',
      'Parquet cut off',
      'nested columns',
    ];
    for (const { what, fileName, content, message } of DAMAGED.filter((one) => some.includes(one.what))) {
      const refused = await run(['import-curves', file(fileName, content), '--home', empty]);
      expect(refused.code, what).toBe(2);
      expect(refused.stderr).toMatch(message);
    }
    expect(readdirSync(temporary.path)).not.toContain('empty-home');
  });

  it('refuses flags that say nothing it can use', async () => {
    for (const [words, message] of [
      [['--mean-of', 'x/acc'], /--mean-of is "x\/acc"; it must be a new name/],
      [['--mean-of', 'm=x/acc'], /a mean of at least two columns/],
      [['--metrics', ','], /--metrics is ","; it must be names/],
      [['--control', 'nobody'], /--control names "nobody"/],
      [['--width', '-1'], /--width is "-1"; it must be a whole number/],
    ] as const) {
      const { code, stderr } = await inHome('import-curves', path, ...words);
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(message);
    }
  });
});

describe('espalier replay, of imported audits', () => {
  it('answers rules by metric and says why others cannot be', async () => {
    const id = digest.audits[1]!.id;
    const replayed = json<ReplayReport>(await inHome('replay', id, '--json'));
    expect(replayed).toMatchObject({ audit: { id, horizon: 1000 }, metric: 'wiki/bits_per_byte' });
    const at = (lag: number) =>
      replayed.rows.find(({ rule, lag: own }) => rule.rule === 'lossAtLag' && own === lag);
    expect(at(100)).toMatchObject({ strategy: 'steady', rank: 2, isOnFront: true });
    expect(at(100)!.regret).toBeCloseTo(0.2, 9);
    expect(at(400)).toMatchObject({ strategy: 'late', regret: 0 });
    expect(replayed.skipped.find(({ label }) => label === 'confidenceRace')!.why).toMatch(
      /validation batch by validation batch/,
    );
    const race = await inHome('replay', id, '--rules', 'confidenceRace');
    expect(race.code).toBe(3);
    expect(race.stderr).toMatch(/validation batch by validation batch/);
    const judged = json<ReplayReport>(await inHome('replay', id, '--metric', 'x/acc', '--json'));
    expect(judged.rows.map(({ label }) => label)).toContain('lossAtLag 400 on x/acc');
  });
});

describe('espalier evidence', () => {
  it('lists audits, and puts those of one metric together', async () => {
    const { audits } = json<{ audits: { id: string; origin: string }[] }>(
      await inHome('evidence', '--list', '--json'),
    );
    expect(audits.map(({ id }) => id).toSorted()).toEqual(digest.audits.map(({ id }) => id).toSorted());
    const report = json<EvidenceReport>(
      await inHome('evidence', '--metric', 'wiki/bits_per_byte', '--corpus', 'WEB', '--json'),
    );
    expect(report.audits).toHaveLength(5);
    expect(report.strategies[0]).toMatchObject({ name: 'late', winRate: { mean: 1 }, regret: { mean: 0 } });
    expect(report.recommendation.strategy).toMatchObject({ advice: { name: 'late', audits: 5 } });
    expect(report.recommendation.rule).toMatchObject({ advice: { name: 'lossAtLag at 50 %' } });
    expect(report.recommendation.family).toHaveProperty('insufficient');

    const text = await inHome('evidence', '--metric', 'wiki/bits_per_byte');
    expect(text.stdout).toMatch(/Recommended strategy: late, on 5 audits of 1 setting; mean regret 0\.0000/);
    expect(text.stdout).toMatch(/Runner-up: steady, worse by 0\.2000/);
  });

  it('says that no audit matches, and what there is instead', async () => {
    for (const [words, code, message] of [
      [[], 3, /none of the 5 finished audits matches: 5 left out because it has no metric loss/],
      [['--metric', 'x/acc', '--corpus', 'books'], 3, /its corpus is web, not books/],
      [['--metric', 'x/acc', '--pool', 'late,nobody'], 3, /it has only one of the strategies/],
      [['--ratio', 'two'], 2, /--ratio is "two"; it must be a number/],
      [['--forget', 'import'], 2, /no imported audit "import"/],
    ] as const) {
      const refused = await inHome('evidence', ...words);
      expect(refused.code, refused.stderr).toBe(code);
      expect(refused.stderr).toMatch(message);
    }
    const fresh = await run(['evidence', '--home', join(temporary.path, 'fresh')]);
    expect(fresh).toMatchObject({ code: 3, stderr: expect.stringContaining('no finished audit') });
  });

  it('forgets an imported audit', async () => {
    const own = join(temporary.path, 'forgetful');
    for (const [name, content] of [
      ['a.csv', GOOD],
      ['a.parquet', parquetTable()],
    ] as const)
      expect((await run(['import-curves', file(name, content), '--home', own])).code).toBe(0);
    const list = async () =>
      json<{ audits: { id: string }[] }>(await run(['evidence', '--list', '--json', '--home', own])).audits;
    const [first, second] = await list();
    expect((await run(['evidence', '--forget', first!.id, '--home', own])).code).toBe(0);
    expect((await list()).map(({ id }) => id)).toEqual([second!.id]);
  });
});
