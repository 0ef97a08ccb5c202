import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { SCHEMA_VERSION } from '../../src-main/history/migrations.ts';
import { HISTORY_FILE, openHistory } from '../../src-main/history/open-history.ts';
import { evaluation, fill, study } from './records.ts';

let folder: string;
let path: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-open-'));
  path = join(folder, HISTORY_FILE);
});
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function refusal(mode: 'write' | 'read'): EspalierError {
  try {
    openHistory(folder, { mode }).close();
  } catch (error) {
    expect(error).toBeInstanceOf(EspalierError);
    return error as EspalierError;
  }
  throw new Error('the history was opened');
}

const databaseFiles = (): string[] => readdirSync(folder).filter((name) => name.startsWith(HISTORY_FILE));

/** Starts a writer in another process and returns the lines it has printed so far. */
async function startWriter(): Promise<string[]> {
  const process_ = spawn(process.execPath, [join(import.meta.dirname, 'endless-writer.ts'), folder]);
  child = process_;
  let output = '';
  let errors = '';
  process_.stdout.on('data', (data: Buffer) => {
    output += data;
  });
  process_.stderr.on('data', (data: Buffer) => {
    errors += data;
  });
  while (output.split('\n').length < 6) {
    if (process_.exitCode !== null) throw new Error(`the writer ended: ${errors}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return output.trimEnd().split('\n');
}

async function kill(): Promise<void> {
  const ended = once(child!, 'exit');
  child!.kill('SIGKILL');
  await ended;
}

describe('openHistory', () => {
  it('creates a checked, versioned, durable database', () => {
    const history = fill(openHistory(join(folder, 'new', 'folder'), { mode: 'write' }));
    const database = new SqliteDatabase(join(folder, 'new', 'folder', HISTORY_FILE), { readonly: true });
    const ask = (pragma: string): unknown => database.pragma(pragma, { simple: true });
    expect(ask('journal_mode')).toBe('wal');
    expect(ask('user_version')).toBe(SCHEMA_VERSION);
    expect(ask('foreign_key_check')).toBeUndefined();
    const tables = database.pragma('table_list') as { name: string; schema: string; strict: number }[];
    // The full-text index brings tables of its own, which SQLite defines; a view has no types to be strict about.
    const own = tables.filter(({ name }) => !/^(sqlite_|search_index|study_entries$)/.test(name));
    expect(own).toHaveLength(13);
    expect(own.every(({ strict }) => strict === 1)).toBe(true);
    database.close();
    history.close();
  });

  it('leaves after closing one file that opens again', () => {
    fill(openHistory(folder, { mode: 'write' })).close();
    expect(databaseFiles()).toEqual([HISTORY_FILE]);
    expect(readFileSync(path).readUInt32BE(60)).toBe(SCHEMA_VERSION);
    const again = openHistory(folder, { mode: 'write' });
    expect(again.listRuns('s')).toHaveLength(2);
    again.close();
  });

  it('reads beside a writer and sees what it commits, but writes nothing', () => {
    const writer = fill(openHistory(folder, { mode: 'write' }));
    const reader = openHistory(folder, { mode: 'read' });
    writer.recordEvaluations([evaluation('probe', 1)]);
    expect(reader.listEvaluations('probe')).toHaveLength(1);
    let error: unknown;
    try {
      reader.createStudy(study('t'));
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: 'EspalierError', code: 'refused' });
    reader.close();
    writer.close();
  });

  it('has nothing to read in an empty or missing folder and creates nothing there', () => {
    expect(refusal('read').code).toBe('bad-input');
    expect(readdirSync(folder)).toEqual([]);
    expect(() => openHistory(join(folder, 'none'), { mode: 'read' })).toThrow(/no history/);
  });

  it('refuses a second writer in the same process until the first closes', () => {
    const first = openHistory(folder, { mode: 'write' });
    const error = refusal('write');
    expect(error.code).toBe('refused');
    expect(error.message).toContain(`process ${process.pid}`);
    first.close();
    openHistory(folder, { mode: 'write' }).close();
  });

  it('refuses a second writer while a first process lives, not after it was killed', async () => {
    await startWriter();
    const error = refusal('write');
    expect(error.code).toBe('refused');
    expect(error.message).toContain(`process ${child!.pid}`);
    const reader = openHistory(folder, { mode: 'read' });
    expect(reader.listEvaluations('probe').length).toBeGreaterThan(0);
    reader.close();
    await kill();
    openHistory(folder, { mode: 'write' }).close();
  });

  it('keeps whole batches, and all that were acknowledged, when the writer is killed', async () => {
    for (let round = 0; round < 3; round++) {
      const lines = await startWriter();
      await kill();
      const history = openHistory(folder, { mode: 'write' });
      const evaluations = history.listEvaluations('probe');
      expect(evaluations.length % 10).toBe(0);
      expect(evaluations.length).toBeGreaterThan(Number(lines.at(-1)));
      for (const { step, batchLosses } of evaluations)
        expect(batchLosses.every((loss) => loss === step)).toBe(true);
      history.removeStudy('s');
      history.close();
      const database = new SqliteDatabase(path, { readonly: true });
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      database.close();
    }
  });

  it('refuses the database of a newer program and leaves its bytes alone', () => {
    fill(openHistory(folder, { mode: 'write' })).close();
    const database = new SqliteDatabase(path);
    database.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
    const before = readFileSync(path);
    for (const mode of ['write', 'read'] as const) {
      const error = refusal(mode);
      expect(error.code).toBe('refused');
      expect(error.message).toContain(`schema ${SCHEMA_VERSION + 1}`);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(databaseFiles()).toEqual([HISTORY_FILE]);
  });

  it('refuses a newer version that only the write-ahead log knows, the main file unchanged', () => {
    fill(openHistory(folder, { mode: 'write' })).close();
    const newer = new SqliteDatabase(path);
    newer.pragma('wal_autocheckpoint = 0');
    newer.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    // A copy taken now is what a crash would leave.
    const crashed = join(folder, 'crashed');
    mkdirSync(crashed);
    for (const name of [HISTORY_FILE, `${HISTORY_FILE}-wal`])
      writeFileSync(join(crashed, name), readFileSync(join(folder, name)));
    newer.close();
    const before = readFileSync(join(crashed, HISTORY_FILE));
    const log = readFileSync(join(crashed, `${HISTORY_FILE}-wal`));
    expect(() => openHistory(crashed, { mode: 'write' })).toThrow(/newer program/);
    expect(readFileSync(join(crashed, HISTORY_FILE)).equals(before)).toBe(true);
    expect(readFileSync(join(crashed, `${HISTORY_FILE}-wal`)).equals(log)).toBe(true);
  });

  it('refuses files that are no history and leaves them alone', () => {
    const foreign = new SqliteDatabase(join(folder, 'foreign'));
    foreign.exec('CREATE TABLE t (x)');
    foreign.close();
    const contents = [
      Buffer.from('not a database'),
      Buffer.alloc(5000, 7),
      readFileSync(join(folder, 'foreign')),
    ];
    for (const content of contents) {
      writeFileSync(path, content);
      for (const mode of ['write', 'read'] as const) expect(refusal(mode).code).toBe('refused');
      expect(readFileSync(path).equals(content)).toBe(true);
      expect(databaseFiles()).toEqual([HISTORY_FILE]);
    }
  });

  it('says that a damaged database is damaged', () => {
    const history = fill(openHistory(folder, { mode: 'write' }));
    history.recordEvaluations(Array.from({ length: 500 }, (_, step) => evaluation('probe', step)));
    history.close();
    const bytes = readFileSync(path);
    for (let at = 4096; at < bytes.length; at += 4096) bytes.fill(0xff, at, at + 200);
    writeFileSync(path, bytes);
    for (const mode of ['write', 'read'] as const) {
      const error = refusal(mode);
      expect(error.code).toBe('failed');
      expect(error.message).toMatch(/damaged/);
    }
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('names a folder that is a file and a database that is a folder', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openHistory(join(folder, 'file'), { mode: 'write' })).toThrow(EspalierError);
    mkdirSync(path);
    for (const mode of ['write', 'read'] as const) expect(refusal(mode).message).toContain(path);
  });

  it('gives the lock back when opening fails', () => {
    writeFileSync(path, 'not a database');
    refusal('write');
    rmSync(path);
    openHistory(folder, { mode: 'write' }).close();
  });

  it('goes on from a first transaction that a crash cut off', () => {
    // A rollback journal that says: the database had no pages before (SQLite file format, §3).
    const journal = Buffer.alloc(512);
    Buffer.from('d9d505f920a163d7', 'hex').copy(journal);
    journal.writeUInt32BE(512, 20);
    journal.writeUInt32BE(4096, 24);
    writeFileSync(`${path}-journal`, journal);
    writeFileSync(path, Buffer.alloc(8192));
    const history = fill(openHistory(folder, { mode: 'write' }));
    expect(history.listRuns('s')).toHaveLength(2);
    history.close();
    expect(databaseFiles()).toEqual([HISTORY_FILE]);
  });

  it('refuses a database of another program whose last transaction is unfinished', () => {
    const foreign = new SqliteDatabase(path);
    foreign.exec('CREATE TABLE t (x)');
    foreign.close();
    const before = readFileSync(path);
    writeFileSync(`${path}-journal`, '');
    expect(refusal('write').message).toContain('another program');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('starts in a folder with an empty database file', () => {
    writeFileSync(path, '');
    openHistory(folder, { mode: 'write' }).close();
    openHistory(folder, { mode: 'read' }).close();
  });
});
