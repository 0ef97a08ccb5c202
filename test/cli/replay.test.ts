import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReplayReport } from '../../src-main/contract/replay.ts';
import { type Finished, json, run, temporaryFolder } from './espalier-process.ts';
import { tinyStudy } from './tiny-study.ts';

const temporary = temporaryFolder();
const home = join(temporary.path, 'home');
const inHome = (...words: string[]): Promise<Finished> => run([...words, '--home', home]);
const RECORDED = join(import.meta.dirname, '../../docs/evidence/recorded/audits.parquet');
let id: string;

beforeAll(async () => {
  const file = join(temporary.path, 'tiny.yaml');
  writeFileSync(file, tinyStudy());
  id = json<{ study: string }>(await inHome('study', 'run', file, '--json')).study;
}, 120_000);
afterAll(() => temporary.remove());

describe('espalier replay', () => {
  it('prints the front for people and every row as JSON and CSV', async () => {
    const csv = join(temporary.path, 'replay.csv');
    const all = await inHome('replay', id, '--rules', 'all', '--json', '--csv', csv);
    expect(all.code, all.stderr).toBe(0);
    const report = json<ReplayReport & { csv: string }>(all);
    expect(report.audit).toMatchObject({ id, name: 'tiny', horizon: 20 });
    expect(readFileSync(report.csv, 'utf8').trimEnd().split('\r\n')).toHaveLength(1 + report.rows.length);

    const text = await inHome('replay', id.slice(0, 6));
    expect(text.code, text.stderr).toBe(0);
    const [cheapest] = report.rows
      .filter(({ isOnFront }) => isOnFront)
      .toSorted((a, b) => a.cost.steps - b.cost.steps);
    expect(text.stdout).toContain(cheapest!.label);
    expect(text.stdout).toMatch(
      /^tiny \(.*\): \d+ rules on 3 candidates of 20 steps; best in the end: \w+\./,
    );
  });

  it('keeps to the rules and strategies named', async () => {
    const some = await inHome(
      'replay',
      id,
      '--rules',
      'cooldown, lossAtLag',
      '--pool',
      'stack,dead',
      '--json',
    );
    const { rows, candidates } = json<ReplayReport>(some);
    expect(new Set(rows.map(({ rule }) => rule.rule))).toEqual(new Set(['cooldown', 'lossAtLag']));
    expect(candidates.map(({ strategy }) => strategy)).toEqual(['stack', 'dead']);
  });

  it('replays the committed audits from their file, without a history', async () => {
    const nowhere = join(temporary.path, 'nowhere');
    const replayed = await run(['replay', '50372d', '--file', RECORDED, '--json', '--home', nowhere]);
    expect(replayed.code, replayed.stderr).toBe(0);
    const { audit, rows } = json<ReplayReport>(replayed);
    expect(audit).toMatchObject({ id: '50372d3f766a', horizon: 480 });
    expect(rows.length).toBeGreaterThan(100);
    expect(existsSync(nowhere)).toBe(false);
  });

  it('refuses what it cannot do with exit code 2 and one sentence', async () => {
    for (const [words, message] of [
      [['replay', 'nothing'], /no study "nothing"/],
      [['replay', id, '--rules', 'best'], /--rules has no rule "best"/],
      [['replay', id, '--rules', ','], /--rules is ","; it must be names/],
      [['replay', id, '--pool', 'stack,nobody'], /no strategy nobody/],
      [['replay', id, '--csv', join(temporary.path, 'none', 'x.csv')], /does not exist/],
      [['replay', 'nothing', '--file', RECORDED], /has no audit "nothing"; it has da4cc6ea75fe, /],
      [['replay', '7', '--file', RECORDED], /4 audits of .* begin with "7": 74192e27a307, /],
      [['replay', '7', '--file', join(temporary.path, 'none')], /does not exist/],
      [['replay', '7', '--file', join(temporary.path, 'tiny.yaml')], /not a usable file of recorded audits/],
      [['replay'], /missing required argument/],
    ] as const) {
      const { code, stderr } = await inHome(...words);
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(message);
    }
  });
});
