/**
 * Opening the database file with suspicion. A file of a newer program, of another program or no database at all
 * is refused before SQLite touches it: its bytes stay as they are and no side files appear.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './migrations.ts';
import { translateError } from './sqlite-errors.ts';

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
// Offsets in the database header (SQLite file format, §1.3), both big-endian.
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

const BUSY_MS = 10_000;

/** Opens for writing; creates the file, or brings an older one to the current schema. */
export function openForWriting(path: string): Database {
  return opening(path, () => {
    // After a crash inside the very first transaction only SQLite itself can tell what the file is.
    const isHalfCreated = existsSync(`${path}-journal`);
    const isNew = isHalfCreated || !inspectHeader(path);
    if (!isNew) {
      // Looked at read-only first: closing a writable connection would already change the file.
      const looking = new SqliteDatabase(path, { readonly: true, timeout: BUSY_MS });
      try {
        verify(looking, path);
      } finally {
        looking.close();
      }
    }
    const database = new SqliteDatabase(path, { timeout: BUSY_MS });
    try {
      if (isHalfCreated && !isEmpty(database)) verify(database, path);
      // FULL: a commit is on the disk when it returns, also in WAL mode, where the default would be weaker.
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      database.pragma('journal_mode = WAL');
      const isMigrated = migrate(database);
      // The header of the main file must show the new version to programs that look at it alone.
      if (isMigrated) database.pragma('wal_checkpoint(TRUNCATE)');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** The file is sound, and must be brought to the current schema before it can be read. */
export class OlderSchemaError extends EspalierError {}

/**
 * Opens for reading, beside a writer or alone.
 * @throws OlderSchemaError when the file must first be opened for writing
 */
export function openForReading(path: string): Database {
  return opening(path, () => {
    if (!inspectHeader(path))
      throw new EspalierError('bad-input', `There is no history at ${path}.`, {
        hint: 'Check the folder; a history appears with its first study.',
      });
    const database = new SqliteDatabase(path, { readonly: true, timeout: BUSY_MS });
    try {
      const version = verify(database, path);
      if (version < SCHEMA_VERSION)
        throw new OlderSchemaError(
          'refused',
          `${path} has the older schema ${version}; this program reads schema ${SCHEMA_VERSION}.`,
          { hint: 'Open it once for writing; that brings it up to date.' },
        );
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function opening(path: string, open: () => Database): Database {
  try {
    return open();
  } catch (error) {
    throw translateError(path, error);
  }
}

/** Looks at the first bytes only. Returns whether there is a history; false for no file and an empty file. */
function inspectHeader(path: string): boolean {
  if (!existsSync(path)) return false;
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(path, 'r');
  let length: number;
  try {
    length = readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  if (length === 0) return false;
  if (length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new EspalierError('refused', `${path} is not an SQLite database, so it is no history.`, {
      hint: 'Move the file away or choose another folder. It was not changed.',
    });
  requireOurs(path, header.readUInt32BE(APPLICATION_ID_AT));
  requireKnownVersion(path, header.readUInt32BE(USER_VERSION_AT));
  return true;
}

/** Whether nothing was ever committed to the file. */
function isEmpty(database: Database): boolean {
  return database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

/** Asks SQLite, which also knows what is still in the write-ahead log. Returns the schema version. */
function verify(database: Database, path: string): number {
  requireOurs(path, Number(database.pragma('application_id', { simple: true })));
  const version = Number(database.pragma('user_version', { simple: true }));
  requireKnownVersion(path, version);
  const result = String(database.pragma('quick_check(1)', { simple: true }));
  if (result !== 'ok')
    throw new EspalierError('failed', `${path} is damaged: ${result}.`, {
      hint: 'Restore it from a backup, or move it away to start an empty history.',
    });
  return version;
}

function requireOurs(path: string, applicationId: number): void {
  if (applicationId !== APPLICATION_ID)
    throw new EspalierError('refused', `${path} is a database of another program.`, {
      hint: 'Move the file away or choose another folder. It was not changed.',
    });
}

function requireKnownVersion(path: string, version: number): void {
  if (version > SCHEMA_VERSION)
    throw new EspalierError(
      'refused',
      `${path} was written by a newer program: it has schema ${version}, this program knows up to ${SCHEMA_VERSION}.`,
      { hint: 'Update the program. The file was not changed.' },
    );
}
