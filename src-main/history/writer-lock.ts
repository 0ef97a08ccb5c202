/**
 * One writer for each history folder. The lock is an exclusive SQLite transaction on a file of its own: the system
 * releases it when the process ends, however it ends, so there is no stale lock to clean up. The holder's process
 * id stands in a second, plain file, for the message only.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import { translateError } from './sqlite-errors.ts';

export interface WriterLock {
  release(): void;
}

/** Another process writes. */
export class LockHeldError extends EspalierError {
  /** Its process id, or `(unknown)`. */
  readonly holder: string;

  constructor(folder: string, holder: string) {
    super(
      'refused',
      `The history in ${folder} is open for writing in process ${holder}; only one process may write.`,
      { hint: 'Close the other window or wait for the other command. Reading is possible meanwhile.' },
    );
    this.holder = holder;
  }
}

/**
 * Takes the lock without waiting.
 * @throws LockHeldError naming the process that holds it
 */
export function acquireWriterLock(folder: string): WriterLock {
  const pidPath = join(folder, 'writer.pid');
  let database: SqliteDatabase.Database | undefined;
  try {
    database = new SqliteDatabase(join(folder, 'writer.lock'), { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidPath, `${process.pid}\n`);
  } catch (error) {
    database?.close();
    if (error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new LockHeldError(folder, readPid(pidPath));
    throw translateError(`The lock of the history in ${folder}`, error);
  }
  const held = database;
  return {
    release: () => {
      if (!held.open) return;
      rmSync(pidPath, { force: true });
      held.close();
    },
  };
}

function readPid(path: string): string {
  try {
    return /^\d{1,10}$/m.exec(readFileSync(path, 'utf8'))?.[0] ?? '(unknown)';
  } catch {
    return '(unknown)';
  }
}
