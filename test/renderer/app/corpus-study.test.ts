import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readStudyText } from '../../../src-main/contract/study-text.ts';
import { corpusStudyText } from '../../../src-renderer/app/corpus-study.ts';
import { corpusText, isCorpusName } from '../../../src-renderer/setup/corpus-text.ts';

const DEMO = readFileSync('resources/studies/demo.yaml', 'utf8');
const file = (name: string, content: string | Uint8Array<ArrayBuffer>) => new File([content], name);

describe('corpusStudyText', () => {
  it('learns from the text, is named after it, and keeps the rest of the example but what it says of itself', () => {
    const text = corpusStudyText(DEMO, { name: 'My notes: 2.md', path: '/home/x/corpora/notes-1.md' });
    const read = readStudyText({ path: 'study', text });
    if (!('value' in read)) throw new Error(JSON.stringify(read.problems));
    expect(read.value).toMatchObject({
      name: 'My notes: 2',
      data: { corpus: { path: '/home/x/corpora/notes-1.md' }, tokenizer: { kind: 'character' } },
      pool: 'demo-12',
    });
    expect(text).not.toMatch(/Moby|traps|description/);
    expect(corpusStudyText(DEMO, { name: '.txt', path: 'a' })).toContain('name: text');
  });
});

describe('corpusText', () => {
  it('is the text of a file that can be learned from; others are refused by name and reason', async () => {
    expect(await corpusText(file('a.TXT', 'über'))).toBe('über');
    const refusals: readonly (readonly [File, RegExp])[] = [
      [file('a.png', 'x'), /^a\.png: is not a text that a model can learn from/],
      [file('a.txt', ''), /is empty/],
      [file('a.txt', 'a\0b'), /is a binary file/],
      [file('a.md', new Uint8Array([0xc3, 0x28])), /is not UTF-8 text/],
    ];
    for (const [given, reason] of refusals) await expect(corpusText(given)).rejects.toThrow(reason);
    const huge = { name: 'a.jsonl', size: 20_000_000, arrayBuffer: () => Promise.reject(new Error('read')) };
    await expect(corpusText(huge)).rejects.toThrow(/has 20000000 bytes/);
    expect(['x.md', 'x.txt.gz', 'txt'].map(isCorpusName)).toEqual([true, false, false]);
  });
});
