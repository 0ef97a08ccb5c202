/** The schema's versions: numbered, forward only, one transaction each. A published migration never changes. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import { initialSchema } from './migrations/0001-initial.ts';
import { choosingSchema } from './migrations/0002-choosing.ts';
import { catalogSchema } from './migrations/0003-catalog.ts';
import { devicesSchema } from './migrations/0004-devices.ts';
import { peakMemorySchema } from './migrations/0005-peak-memory.ts';

/** Migration i leads from `PRAGMA user_version` i to i + 1. */
const MIGRATIONS: readonly string[] = [
  initialSchema,
  choosingSchema,
  catalogSchema,
  devicesSchema,
  peakMemorySchema,
];

/** The version this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Marks a database file as a history of this program ('ESPL'). */
export const APPLICATION_ID = 0x4553504c;

/** Brings an open, writable database to SCHEMA_VERSION; returns whether there was anything to do. */
export function migrate(database: Database): boolean {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version >= SCHEMA_VERSION) return false;
  // Tables are written anew under their own name; references to them must survive that (sqlite.org/lang_altertable).
  database.pragma('foreign_keys = OFF');
  try {
    for (let next = version; next < SCHEMA_VERSION; next++)
      database
        .transaction(() => {
          database.pragma(`application_id = ${APPLICATION_ID}`);
          database.exec(MIGRATIONS[next]!);
          const broken = database.pragma('foreign_key_check') as unknown[];
          if (broken.length > 0)
            throw new EspalierError(
              'failed',
              `schema version ${next + 1} would break ${broken.length} references; the history stays at version ${next}`,
            );
          database.pragma(`user_version = ${next + 1}`);
        })
        .immediate();
  } finally {
    database.pragma('foreign_keys = ON');
  }
  return true;
}
