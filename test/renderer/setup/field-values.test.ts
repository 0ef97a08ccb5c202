import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { readStudyText } from '../../../src-main/contract/study-text.ts';
import {
  linesOf,
  nearestValid,
  problemOf,
  typedValue,
  valueAt,
  writeBranch,
  writeField,
} from '../../../src-renderer/setup/field-values.ts';
import {
  BUILT_IN_CORPORA,
  labelOf,
  RULES,
  SETUP_FIELDS,
  SYNTHETIC_CORPORA,
  TOKENIZERS,
} from '../../../src-renderer/setup/setup-fields.ts';

const demo = readFileSync(resolve(import.meta.dirname, '../../../resources/studies/demo.yaml'), 'utf8');

describe('writeField', () => {
  it('writes a field that is read back, and leaves every comment and other line alone', () => {
    const document = parseDocument(demo);
    writeField(document, ['recipe', 'learningRate'], 0.004);
    const text = document.toString({ lineWidth: 0 });
    expect(valueAt(parseDocument(text), ['recipe', 'learningRate'])).toBe(0.004);
    expect(text).toContain('# The pool holds two traps on purpose');
    writeField(document, ['recipe', 'learningRate'], undefined);
    expect(valueAt(document, ['recipe', 'learningRate'])).toBeUndefined();
  });

  it('turns a plain value above the field into an object', () => {
    const document = parseDocument(demo);
    writeField(document, ['data', 'corpus', 'path'], 'notes.txt');
    expect(valueAt(document, ['data', 'corpus'])).toEqual({ path: 'notes.txt' });
  });
});

describe('typedValue', () => {
  it('gives back every finite number as it is printed', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(typedValue({ kind: 'number' }, String(value))).toBe(Number(String(value)));
      }),
    );
  });

  it('keeps what is no number for the schema to refuse, and takes nothing as left out', () => {
    expect(typedValue({ kind: 'whole' }, 'many')).toBe('many');
    expect(typedValue({ kind: 'whole' }, ' ')).toBeUndefined();
    expect(typedValue({ kind: 'whole' }, '1\u202f000')).toBe(1000);
    expect(typedValue({ kind: 'wholes' }, '5, 10 20')).toEqual([5, 10, 20]);
  });
});

describe('writeBranch', () => {
  it('makes every rule, tokenizer and task a valid study that keeps the shared fields', () => {
    for (const rule of RULES) {
      const document = parseDocument(demo);
      const first = { maxLag: 200, every: 50, window: 50, firstRung: 50 };
      writeBranch(document, ['decision'], 'rule', rule, first);
      const read = readStudyText({ path: 'study', text: document.toString() });
      expect('problems' in read ? read.problems : [], rule.name).toEqual([]);
      if (rule.fields.some(({ path }) => path.at(-1) === 'lag'))
        expect(valueAt(document, ['decision', 'lag'])).toBe(200);
    }
    for (const [path, key, branches] of [
      [['data', 'tokenizer'], 'kind', TOKENIZERS],
      [['data', 'corpus'], 'synthetic', SYNTHETIC_CORPORA],
    ] as const)
      for (const branch of branches) {
        const document = parseDocument(demo);
        writeBranch(document, path, key, branch, {});
        const read = readStudyText({ path: 'study', text: document.toString() });
        expect('problems' in read ? read.problems : [], branch.name).toEqual([]);
      }
    expect(BUILT_IN_CORPORA).toContain('moby-dick');
  });
});

describe('problemOf and nearestValid', () => {
  it('find the field of every bound that a number breaks, and a number that is allowed', () => {
    const bounded = [...SETUP_FIELDS.recipe, ...SETUP_FIELDS.target, ...SETUP_FIELDS.compute].filter(
      ({ kind, most }) => (kind === 'whole' || kind === 'number') && most !== null && most < 1e9,
    );
    expect(bounded.length).toBeGreaterThan(6);
    for (const { path, most } of bounded) {
      const document = parseDocument(demo);
      writeField(document, path, (most ?? 0) * 2 + 1);
      const text = document.toString();
      const read = readStudyText({ path: 'study', text });
      const problem = problemOf('problems' in read ? read.problems : [], path);
      expect(problem, path.join('.')).toBeDefined();
      expect(nearestValid(problem?.message ?? ''), path.join('.')).toBe(most);
      expect(linesOf(text, [path]).get(path.join('.'))).toBe(problem?.line);
    }
  });

  it('name the horizon for a lag beyond it', () => {
    const document = parseDocument(demo);
    writeField(document, ['decision', 'lag'], 1200);
    const read = readStudyText({ path: 'study', text: document.toString() });
    const problem = problemOf('problems' in read ? read.problems : [], ['decision', 'lag']);
    expect(nearestValid(problem?.message ?? '')).toBe(1000);
  });
});

describe('labelOf', () => {
  it('writes names as people read them', () => {
    expect(labelOf('validationShare')).toBe('Validation share');
  });
});
