/** Opening the history of a folder: lock, file, schema, methods. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { checkpointRows } from './checkpoint-rows.ts';
import { openForReading, openForWriting } from './database-file.ts';
import { evaluationRows } from './evaluation-rows.ts';
import type { Clock, History } from './history.ts';
import { journalRows } from './journal-rows.ts';
import { landscapeRows } from './landscape-rows.ts';
import { runRows } from './run-rows.ts';
import { withTranslatedErrors } from './sqlite-errors.ts';
import { studyRows } from './study-rows.ts';
import { acquireWriterLock, type WriterLock } from './writer-lock.ts';

export interface HistoryOptions {
  /** `write` creates the folder and the file when they are missing; one process at a time. */
  readonly mode: 'write' | 'read';
  /** Time of records; the system's clock by default. */
  readonly now?: Clock;
}

/** Name of the database inside a history folder. */
export const HISTORY_FILE = 'history.sqlite';

/**
 * Opens the history of a folder after checking its integrity.
 * @throws EspalierError `refused` when another process writes, or when the file belongs to a newer or another
 *   program (it is left as it is); `failed` when it is damaged; `bad-input` when there is nothing to read.
 */
export function openHistory(folder: string, options: HistoryOptions): History {
  const now = options.now ?? (() => new Date().toISOString());
  const path = join(folder, HISTORY_FILE);
  if (options.mode === 'read') return historyOf(openForReading(path), now);
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

function historyOf(database: Database, now: Clock, lock?: WriterLock): History {
  const methods = {
    ...studyRows(database, now),
    ...runRows(database),
    ...evaluationRows(database),
    ...checkpointRows(database),
    ...journalRows(database, now),
    ...landscapeRows(database, now),
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
