/** Opening the history of a folder: lock, file, schema, methods. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { catalogRows } from './catalog-rows.ts';
import { checkpointRows } from './checkpoint-rows.ts';
import { OlderSchemaError, openForReading, openForWriting } from './database-file.ts';
import { evaluationRows } from './evaluation-rows.ts';
import type { Clock, History } from './history.ts';
import { importedAuditRows } from './imported-audit-rows.ts';
import { journalRows } from './journal-rows.ts';
import { landscapeRows } from './landscape-rows.ts';
import { runRows } from './run-rows.ts';
import { withTranslatedErrors } from './sqlite-errors.ts';
import { studyRows } from './study-rows.ts';
import { acquireWriterLock, LockHeldError, type WriterLock } from './writer-lock.ts';

export interface HistoryOptions {
  /** `write` creates the folder and the file when they are missing; one process at a time. */
  readonly mode: 'write' | 'read';
  /** Time of records; the system's clock by default. */
  readonly now?: Clock;
}

/** Name of the database inside a history folder. */
export const HISTORY_FILE = 'history.sqlite';

/**
 * Opens the history of a folder after checking its integrity. A file of an older schema is brought up to date
 * first, also for reading, where the lock is held for that moment only.
 * @throws EspalierError `refused` when another process writes (to read: an older schema only), or when the file
 *   belongs to a newer or another program (it is left as it is); `failed` when it is damaged; `bad-input` when
 *   there is nothing to read.
 */
export function openHistory(folder: string, options: HistoryOptions): History {
  const now = options.now ?? (() => new Date().toISOString());
  const path = join(folder, HISTORY_FILE);
  if (options.mode === 'read') return historyOf(openUpToDate(folder, path), now);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new EspalierError('bad-input', `The history folder cannot be made: ${messageOf(error)}.`, {
      hint: 'Choose a folder this user may write to.',
      cause: error,
    });
  }
  const lock = acquireWriterLock(folder);
  try {
    return historyOf(openForWriting(path), now, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openUpToDate(folder: string, path: string): Database {
  try {
    return openForReading(path);
  } catch (error) {
    if (!(error instanceof OlderSchemaError)) throw error;
    const lock = lockToMigrate(folder, error);
    try {
      openForWriting(path).close();
      return openForReading(path);
    } finally {
      lock.release();
    }
  }
}

function lockToMigrate(folder: string, reason: OlderSchemaError): WriterLock {
  try {
    return acquireWriterLock(folder);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new EspalierError(
      'refused',
      `${reason.message} It cannot be brought up to date now: process ${error.holder} has it open for writing.`,
      { hint: 'Close the other window or wait for the other command, then try again.', cause: error },
    );
  }
}

function historyOf(database: Database, now: Clock, lock?: WriterLock): History {
  const methods = {
    ...studyRows(database, now),
    ...runRows(database),
    ...evaluationRows(database),
    ...checkpointRows(database),
    ...journalRows(database, now),
    ...landscapeRows(database, now),
    ...importedAuditRows(database, now),
    ...catalogRows(database, now),
    // Deferred, so that several reads of a reader can be one snapshot too.
    transaction: <Result>(action: () => Result): Result => database.transaction(action).deferred(),
  };
  return {
    ...withTranslatedErrors(methods),
    close: () => {
      database.close();
      lock?.release();
    },
  };
}
