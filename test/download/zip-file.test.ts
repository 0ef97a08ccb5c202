import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unzip } from '../../src-main/download/zip-file.ts';
import { zipBytes } from './zip-bytes.ts';

let folder: string;
let archive: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-zip-'));
  archive = join(folder, 'archive.zip');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const large = Buffer.from(Array.from({ length: 500_000 }, (_, index) => (index * 7919) % 251));
const take = (
  requireSpace: (bytes: number) => void = () => {},
  signal = new AbortController().signal,
): Promise<void> => unzip(archive, new Map([['a/large', join(folder, 'taken')]]), { signal, requireSpace });

describe('unzip', () => {
  it('writes the entries that are asked for and tells their size before', async () => {
    writeFileSync(
      archive,
      zipBytes([
        ['a/', Buffer.alloc(0)],
        ['a/other', Buffer.from('other')],
        ['a/large', large],
      ]),
    );
    const told: number[] = [];
    await take((bytes) => void told.push(bytes));
    expect(told).toEqual([large.length]);
    expect(readFileSync(join(folder, 'taken'))).toEqual(large);
  });

  it('refuses what is no archive, is cut, or has other bytes than it should', async () => {
    const whole = zipBytes([['a/large', large]]);
    const changed = Buffer.from(whole);
    changed[300] = changed[300]! ^ 0xff;
    for (const bytes of [
      Buffer.from('no archive at all, but more than 22 bytes'),
      whole.subarray(0, -30),
      changed,
    ]) {
      writeFileSync(archive, bytes);
      rmSync(join(folder, 'taken'), { force: true });
      await expect(take()).rejects.toMatchObject({
        code: 'failed',
        message: expect.stringMatching(/^The package cannot be unpacked: /),
      });
    }
  });

  it('stops when asked to, and passes on that there is no space', async () => {
    writeFileSync(archive, zipBytes([['a/large', large]]));
    const stop = new AbortController();
    await expect(take(() => stop.abort(), stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    const noSpace = new Error('no space');
    await expect(
      take(() => {
        throw noSpace;
      }),
    ).rejects.toThrow('no space');
  });
});
