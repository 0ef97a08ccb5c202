/** `espalier landscape` as a person meets it: exit codes, one JSON document, sentences that say what must be. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, run, temporaryFolder } from '../cli/espalier-process.ts';
import { tinyStudy } from '../cli/tiny-study.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
let id = '';

beforeAll(async () => {
  mkdirSync(home);
  const file = join(folder.path, 'study.yaml');
  writeFileSync(file, tinyStudy());
  const study = await run(['study', 'run', file, '--home', home, '--json']);
  expect(study.stderr).not.toContain('error:');
  const listed = json<{ studies: { study: string }[] }>(
    await run(['study', 'list', '--home', home, '--json']),
  );
  id = listed.studies[0]!.study;
});
afterAll(() => folder.remove());

interface Shown {
  readonly landscape: { readonly depth: readonly { readonly subject: string }[] };
  readonly parts: { readonly computed: number; readonly stored: number };
  readonly report: string;
}

describe('espalier landscape', () => {
  it('measures, prints one JSON document, and shows the stored numbers the second time', async () => {
    const words = [
      'landscape',
      id.slice(0, 6),
      '--home',
      home,
      '--json',
      '--analyses',
      'depth,gradients',
      '--batches',
      '2',
    ];
    const first = await run(words);
    expect(first.code).toBe(0);
    const shown = json<Shown>(first);
    expect(shown.landscape.depth.length).toBeGreaterThan(1);
    expect(shown.parts.stored).toBe(0);
    const again = json<Shown>(await run(words));
    expect(again.parts).toEqual({ computed: 0, stored: shown.parts.computed });
    expect(again.landscape).toEqual(shown.landscape);
  });

  it('prints tables for people, and the report holds the section, also when it is written again', async () => {
    const shown = await run([
      'landscape',
      id,
      '--home',
      home,
      '--analyses',
      'depth,gradients',
      '--batches',
      '2',
    ]);
    expect(shown.stdout).toContain('Noise scale');
    expect(shown.stdout).toContain('nothing was computed again');
    const written = json<{ files: string[] }>(await run(['report', id, '--home', home, '--json']));
    expect(written.files.some((file) => file.endsWith('landscape.csv'))).toBe(true);
  });

  it.each([
    [['--analyses', 'depth,colours'], '--analyses'],
    [['--points', '20'], '--points'],
    [['--plane-points', '2'], '--plane-points'],
    [['--batches', '0'], '--batches'],
    [['--span', 'wide'], '--span'],
    [['--device', 'webgpu'], '--device'],
    [['--strategies', 'stack,,dead'], '--strategies'],
    [['--strategies', 'nobody'], 'nobody'],
  ])('refuses %j with exit code 2, naming it', async (flags, named) => {
    const refused = await run(['landscape', id, '--home', home, '--json', ...flags]);
    expect(refused.code).toBe(2);
    expect(json<{ error: { message: string } }>(refused).error.message).toContain(named);
  });

  it('refuses a study that is not there with exit code 2', async () => {
    expect((await run(['landscape', 'zzzz', '--home', home])).code).toBe(2);
    expect((await run(['landscape', 'zzzz', '--home', join(folder.path, 'nowhere')])).code).toBe(2);
  });
});
