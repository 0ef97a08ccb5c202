/** Errors of SQLite as errors of the program. */
import SqliteDatabase from 'better-sqlite3';
import { type ErrorCode, EspalierError } from '../contract/errors.ts';

const MEANINGS: readonly (readonly [codes: RegExp, code: ErrorCode, what: string, hint: string])[] = [
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    'failed',
    'the history file is damaged',
    'Restore it from a backup, or move it away to start an empty one.',
  ],
  [/^SQLITE_FULL/, 'failed', 'the disk is full', 'Free some space and start again; nothing was lost.'],
  [
    /^SQLITE_READONLY/,
    'refused',
    'the history is open for reading only',
    'Open it for writing, or check the permissions of its folder.',
  ],
  [/^SQLITE_BUSY/, 'refused', 'the history is busy in another process', 'Wait for it, then try again.'],
  [/^SQLITE_CANTOPEN/, 'failed', 'the history file cannot be opened', 'Check the permissions of its folder.'],
  [/^SQLITE_IOERR/, 'failed', 'the disk reports an error', 'Check the disk.'],
  [
    /^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE|ROWID)/,
    'bad-input',
    'the record is there already',
    'Use a new id or name.',
  ],
  [
    /^SQLITE_CONSTRAINT_FOREIGNKEY/,
    'bad-input',
    'the record belongs to a study, candidate or run that is not in the history',
    'Add that one first.',
  ],
  [
    /^SQLITE_(CONSTRAINT|MISMATCH)/,
    'bad-input',
    'the record holds a value the history does not allow',
    'See the details.',
  ],
];

/** The error as EspalierError where it comes from SQLite or the file system; others unchanged. */
export function translateError(what: string, error: unknown): unknown {
  if (error instanceof Error && 'syscall' in error)
    return new EspalierError('failed', `${what}: ${error.message}.`, {
      hint: 'Check that the folder exists and that this user may read and write it.',
      cause: error,
    });
  if (!(error instanceof SqliteDatabase.SqliteError)) return error;
  const found = MEANINGS.find(([codes]) => codes.test(error.code));
  const [, code, meaning, hint] = found ?? [null, 'failed' as const, 'SQLite reports an error', undefined];
  return new EspalierError(code, `${what}: ${meaning} (${error.message}).`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** The same methods, with SQLite's errors translated. */
export function withTranslatedErrors<Methods extends object>(methods: Methods): Methods {
  const wrapped = Object.entries(methods).map(([name, method]: [string, unknown]) => {
    if (typeof method !== 'function') return [name, method];
    const guarded = (...parameters: readonly unknown[]): unknown => {
      try {
        return Reflect.apply(method, methods, parameters);
      } catch (error) {
        throw translateError(`History, ${name}`, error);
      }
    };
    return [name, guarded];
  });
  return Object.fromEntries(wrapped) as Methods;
}
