import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStudyText } from '../../../src-main/contract/study-text.ts';
import { EditedText } from '../../../src-renderer/draft/edited-text.ts';

const FILE = readFileSync(join(import.meta.dirname, '../../e2e/tiny-study.yaml'), 'utf8');

describe('EditedText', () => {
  it('says of a text what reading it anew says, after any row of edits', () => {
    const value = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.constant(null),
      fc.constant([1]),
      fc.constant({ a: 1 }),
    );
    const change = fc.tuple(
      fc.constantFrom(
        ['seed'],
        ['name'],
        ['target', 'layers'],
        ['model', 'width'],
        ['recipe', 'batchSize'],
        ['nothing'],
      ),
      value,
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const edited = new EditedText();
        let text = FILE;
        for (const [path, to] of changes) {
          text = edited.edit(text, (document) => document.setIn(path, to)) ?? text;
          expect(edited.read(text)).toEqual(readStudyText({ path: 'study', text }));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leaves a text alone that cannot be parsed', () => {
    const edited = new EditedText();
    expect(edited.edit('a: [1', (document) => document.set('a', 2))).toBeNull();
    expect('problems' in edited.read('a: [1')).toBe(true);
  });

  it('edits a text whose aliases multiply, and has the problem named', () => {
    const laughs = Array.from({ length: 9 }, (_, i) =>
      i === 0 ? 'a0: &a0 [1, 1]' : `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`)}]`,
    ).join('\n');
    const edited = new EditedText();
    const text = edited.edit(laughs, (document) => document.set('seed', 1)) ?? '';
    expect(text).toContain('seed: 1');
    expect('problems' in edited.read(text)).toBe(true);
  });

  it('begins with the text it is given, not with the one it made', () => {
    const edited = new EditedText();
    edited.edit('a: 1', (document) => document.set('a', 2));
    expect(edited.edit('b: 1 # why', (document) => document.set('b', 2))).toBe('b: 2 # why\n');
  });

  it('does not keep a document whose change failed half way', () => {
    const edited = new EditedText();
    const text = edited.edit('a: 1\n', (document) => document.set('b', 1)) ?? '';
    expect(() =>
      edited.edit(text, (document) => {
        document.set('a', 3);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(edited.edit(text, (document) => document.set('c', 1))).toBe('a: 1\nb: 1\nc: 1\n');
  });
});
