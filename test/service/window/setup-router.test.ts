import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveHome } from '../../../src-main/service/home.ts';
import { makeWindowContext } from '../../../src-main/service/window/context.ts';
import { setupRouter } from '../../../src-main/service/window/setup-router.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-setup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const context = makeWindowContext(resolveHome(folder), () => {
  throw new Error('nothing is trained here');
});
const setup = createRouterClient(setupRouter(context));
const demo = readFileSync(resolve(import.meta.dirname, '../../../resources/studies/demo.yaml'), 'utf8');

describe('setup.previewData', () => {
  it('tells tokens, split and the text that the first tokens spell', async () => {
    const preview = await setup.previewData({ text: demo });
    const share = preview.validationTokens / (preview.trainingTokens + preview.validationTokens);
    expect(share).toBeCloseTo(0.1, 3);
    expect(preview.trainingStart.every(({ id }) => id >= 0 && id < preview.vocabulary)).toBe(true);
    expect(preview.trainingStart.map(({ text }) => text).join('')).toMatch(/\S/);
    expect(preview.corpus).toMatch(/Moby-Dick/);
  });

  it('names what is wrong with a corpus', async () => {
    const text = demo.replace('corpus: moby-dick', 'corpus: { path: /nowhere/at-all.txt }');
    await expect(setup.previewData({ text })).rejects.toThrow(/at-all\.txt/);
  });
});

describe('setup.addCorpusFile', () => {
  it('keeps a file that studies can read, once for each content', async () => {
    const line = 'the quick brown fox jumps over the lazy dog\n'.repeat(60);
    const first = await setup.addCorpusFile({ name: 'notes.txt', text: line });
    const again = await setup.addCorpusFile({ name: 'notes.txt', text: line });
    const other = await setup.addCorpusFile({ name: 'notes.txt', text: `${line}more\n` });
    expect(again.path).toBe(first.path);
    expect(other.path).not.toBe(first.path);
    expect(readFileSync(first.path, 'utf8')).toBe(line);
    const text = demo.replace('corpus: moby-dick', `corpus: { path: ${JSON.stringify(first.path)} }`);
    expect((await setup.previewData({ text })).characters).toBe(line.length);
  });

  it('refuses names with folders, other kinds, empty and binary content', async () => {
    for (const [name, text] of [
      ['../evil.txt', 'x'],
      ['a/b.txt', 'x'],
      ['image.png', 'x'],
      ['empty.txt', ''],
      ['binary.txt', 'a\0b'],
    ] as const)
      await expect(setup.addCorpusFile({ name, text }), name).rejects.toThrow();
  });
});

describe('setup.pools', () => {
  it('lists the pools that come with the program', async () => {
    expect(await setup.pools()).toContainEqual({ name: 'demo-12', strategies: 12 });
  });
});
