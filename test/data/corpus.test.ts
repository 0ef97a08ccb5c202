import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { readCorpus } from '../../src-main/data/corpus.ts';
import { CORPUS_LIMITS } from '../../src-main/data/corpus-limits.ts';
import { decodeUtf8, firstInvalidByte, readUtf8File } from '../../src-main/data/utf8-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-corpus-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const read = (path: string, limits = CORPUS_LIMITS) =>
  readCorpus({ path, textField: 'text' }, { baseFolder: folder, limits });

function errorOf(action: () => unknown): EspalierError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(EspalierError);
    return error as EspalierError;
  }
  throw new Error('nothing was thrown');
}

describe('readCorpus', () => {
  it('reads all of Moby-Dick exactly once', () => {
    const { text, documents } = readCorpus('moby-dick');
    expect(documents).toBe(1);
    expect(text.split('Call me Ishmael.')).toHaveLength(2);
    expect(text.match(/^CHAPTER 135\./gm)).toHaveLength(1);
    expect(text.length).toBeGreaterThan(1_150_000);
    expect(text).not.toContain('\r');
  });

  it('reads every State of the Union address in the order of the years', () => {
    const { text, documents } = readCorpus('state-of-the-union');
    expect(documents).toBe(233);
    expect(text.startsWith('Fellow-Citizens of the Senate')).toBe(true);
    expect(text.length).toBeGreaterThan(9_000_000);
  });

  it('joins the files of a folder sorted by path, hidden and foreign files left out', () => {
    write('b.txt', 'second\r\n');
    write('a/z.md', 'first');
    write('c.jsonl', '{"text":"third"}\n\n{"id":2,"text":"fourth"}');
    write('.hidden.txt', 'hidden');
    write('picture.png', 'png');
    expect(read('.').text).toBe('first\n\nsecond\n\n\nthird\n\nfourth');
    expect(read('.').documents).toBe(4);
  });

  it('counts a file that is linked twice once', () => {
    write('a.txt', 'only once');
    symlinkSync(join(folder, 'a.txt'), join(folder, 'b.txt'));
    expect(read('.').text).toBe('only once');
  });

  it('composes letters and removes a byte-order mark', () => {
    write('a.txt', '\uFEFFcafe\u0301');
    expect(read('a.txt').text).toBe('café');
  });

  it('reads the JSONL field it is told to', () => {
    write('a.jsonl', '{"body":"x"}\n');
    expect(readCorpus({ path: join(folder, 'a.jsonl'), textField: 'body' }).text).toBe('x');
    expect(errorOf(() => read('a.jsonl'))).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('a.jsonl, line 1'),
      hint: expect.stringContaining('body'),
    });
  });

  it('names file and line of JSONL that is no JSON, no object or holds half a character', () => {
    for (const second of ['{"text":', '[]', 'null', '{"text":7}', '{"text":"\\ud83c"}']) {
      write('a.jsonl', `{"text":"fine"}\n${second}\n`);
      expect(errorOf(() => read('a.jsonl')).message, second).toContain('a.jsonl, line 2');
    }
  });

  it('names the file and the offset of a byte that is not UTF-8, across chunk borders too', () => {
    const bytes = new Uint8Array(2 ** 20 + 10).fill(0x61);
    bytes.set(Buffer.from('é'), 2 ** 20 - 1);
    write('a.txt', bytes);
    expect(read('a.txt').text).toHaveLength(2 ** 20 + 9);
    bytes[2 ** 20] = 0x61;
    const path = write('a.txt', bytes);
    const { message } = errorOf(() => read('a.txt'));
    expect(message).toContain(path);
    expect(message).toContain(`offset ${2 ** 20 - 1} `);
    write('b.txt', Buffer.from([0x61, 0xc3]));
    expect(errorOf(() => read('b.txt')).message).toContain('offset 1 ');
  });

  it.each([
    ['a missing path', () => 'nothing.txt', 'does not exist'],
    ['a path through a file', () => `${write('f.txt', 'x')}/g.txt`, 'does not exist'],
    ['an empty file', () => write('empty.txt', ''), 'holds no text'],
    ['a blank file in a folder', () => join(write('d/blank.md', ' \n'), '..'), 'holds no text'],
    ['a folder without text files', () => join(write('e/x.png', 'x'), '..'), 'holds no .txt'],
    ['a file of another kind', () => write('x.csv', 'x'), 'is not a .txt'],
    ['a binary file', () => write('x.txt', Buffer.from([0x61, 0, 0x62])), 'byte 1 is NUL'],
  ])('refuses %s with the name of the file', (_, makePath, reason) => {
    const path = makePath();
    const error = errorOf(() => read(path));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(reason);
    expect(error.hint).toBeTruthy();
  });

  it('refuses links that lead back to themselves or into a folder above', () => {
    symlinkSync('loop.txt', join(folder, 'loop.txt'));
    expect(errorOf(() => read('loop.txt')).message).toContain('leads back to itself');
    rmSync(join(folder, 'loop.txt'));
    write('inner/a.txt', 'x');
    symlinkSync('..', join(folder, 'inner', 'up'));
    expect(errorOf(() => read('.')).message).toContain('a loop');
  });

  it.skipIf(process.getuid?.() === 0)('names a file this user may not read', () => {
    chmodSync(write('secret.txt', 'x'), 0);
    expect(errorOf(() => read('secret.txt')).message).toContain('may not be read');
  });

  it.skipIf(process.platform === 'win32')('refuses a named pipe without waiting for a writer', () => {
    execFileSync('mkfifo', [join(folder, 'pipe.txt')]);
    expect(errorOf(() => read('pipe.txt')).message).toContain('not a regular file');
  });

  it('refuses files, lines and corpora over their limits', () => {
    const limits = {
      ...CORPUS_LIMITS,
      fileBytes: 100,
      lineBytes: 20,
      characters: 150,
      folderDepth: 2,
      files: 3,
    };
    write('a.txt', 'x'.repeat(100));
    expect(read('a.txt', limits).text).toHaveLength(100);
    write('a.txt', 'x'.repeat(101));
    expect(errorOf(() => read('a.txt', limits)).message).toContain('larger than 100 bytes');
    write('a.jsonl', `{"text":"a"}\n{"text":"${'a'.repeat(10)}"}\n`);
    expect(errorOf(() => read('a.jsonl', limits)).message).toContain('line 2 is longer than 20 bytes');
    write('many/a.txt', 'x'.repeat(80));
    write('many/b.txt', 'x'.repeat(80));
    expect(errorOf(() => read('many', limits)).message).toContain('more than 150 characters');
    write('many/c.txt', 'x');
    write('many/d.txt', 'x');
    expect(errorOf(() => read('many', limits)).message).toContain('more than 3 corpus files');
    write('deep/1/2/3.txt', 'x');
    expect(errorOf(() => read('deep', limits)).message).toContain('2 folders deep');
  });

  it('refuses a huge line without holding it', () => {
    const path = write('big.jsonl', Buffer.alloc(48 * 2 ** 20, 0x61));
    const before = process.memoryUsage().arrayBuffers;
    expect(errorOf(() => read(path, { ...CORPUS_LIMITS, lineBytes: 2 ** 20 })).message).toContain('line 1');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20);
  });

  it('generates copy, sorting and addition lines that follow their rule, the same for the same seed', () => {
    const copy = readCorpus({ synthetic: 'copy', examples: 50, length: 5, symbols: 4, seed: 1 }).text;
    for (const line of copy.trimEnd().split('\n')) {
      expect(line).toMatch(/^[a-d]{5}=[a-d]{5}$/);
      expect(line.slice(0, 5)).toBe(line.slice(6));
    }
    const sorting = readCorpus({ synthetic: 'sorting', examples: 50, length: 5, symbols: 4, seed: 1 }).text;
    for (const line of sorting.trimEnd().split('\n'))
      expect(line.slice(6)).toBe([...line.slice(0, 5)].sort().join(''));
    const addition = readCorpus({ synthetic: 'modular-addition', modulus: 13, seed: 1 }).text;
    const lines = addition.trimEnd().split('\n');
    expect(new Set(lines).size).toBe(169);
    for (const line of lines) {
      const [, a, b, c] = /^(\d+)\+(\d+)=(\d+)$/.exec(line)!.map(Number);
      expect((a! + b!) % 13).toBe(c);
    }
    expect(readCorpus({ synthetic: 'modular-addition', modulus: 13, seed: 1 }).text).toBe(addition);
    expect(readCorpus({ synthetic: 'modular-addition', modulus: 13, seed: 2 }).text).not.toBe(addition);
  });
});

describe('firstInvalidByte', () => {
  it('agrees with the decoder on which bytes are UTF-8', () => {
    const spicy = fc.array(
      fc.oneof(
        fc.constantFrom(
          0x61,
          0xc3,
          0xa9,
          0xe0,
          0xa0,
          0x80,
          0xed,
          0x9f,
          0xa0,
          0xf0,
          0x90,
          0xf4,
          0x8f,
          0xbf,
          0xc1,
        ),
        fc.integer({ min: 0, max: 255 }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(spicy, (values) => {
        const bytes = Uint8Array.from(values);
        const at = firstInvalidByte(bytes);
        // What precedes the offset is text; with the offset's own sequence it no longer is.
        expect(() => decodeUtf8(bytes.subarray(0, at), 'x', 0)).not.toThrow();
        if (at === bytes.length) expect(() => decodeUtf8(bytes, 'x', 0)).not.toThrow();
        else expect(() => decodeUtf8(bytes, 'x', 0)).toThrow(EspalierError);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('readUtf8File', () => {
  it('returns exactly the text that was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-composite', maxLength: 100 }), (text) => {
        fc.pre(!text.includes('\0') && !text.startsWith('\uFEFF'));
        expect(readUtf8File(write('any.txt', text), 1000)).toBe(text);
      }),
      { numRuns: 50 },
    );
  });
});
