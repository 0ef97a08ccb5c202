/** The schema's versions: numbered, forward only, one transaction each. A published migration never changes. */
import type { Database } from 'better-sqlite3';
import { initialSchema } from './migrations/0001-initial.ts';

/** Migration i leads from `PRAGMA user_version` i to i + 1. */
const MIGRATIONS: readonly string[] = [initialSchema];

/** The version this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Marks a database file as a history of this program ('ESPL'). */
export const APPLICATION_ID = 0x4553504c;

/** Brings an open, writable database to SCHEMA_VERSION; returns whether there was anything to do. */
export function migrate(database: Database): boolean {
  const version = Number(database.pragma('user_version', { simple: true }));
  for (let next = version; next < SCHEMA_VERSION; next++)
    database
      .transaction(() => {
        database.pragma(`application_id = ${APPLICATION_ID}`);
        database.exec(MIGRATIONS[next]!);
        database.pragma(`user_version = ${next + 1}`);
      })
      .immediate();
  return version < SCHEMA_VERSION;
}
