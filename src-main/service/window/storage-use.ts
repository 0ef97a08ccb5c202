/** What the home folder holds, what of it belongs to which study, and what nothing needs any more. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_PAGE, type StorageItem, type StorageUse } from '../../contract/window/studies.ts';
import type { History } from '../../history/history.ts';
import { HISTORY_FILE } from '../../history/open-history.ts';
import type { Home } from '../home.ts';
import { capacityOf } from '../size-limits.ts';

const CHECKPOINT_NAME = /^([0-9a-f]{64})\.safetensors$/;
/** Studies named one by one; the rest is in the sums. */
const MOST_STUDIES = 100;

/** @param history null where there is none yet */
export function storageUse(home: Home, history: History | null): StorageUse {
  const files = checkpointFiles(home.checkpoints);
  const uses = history?.listCheckpointUse() ?? [];
  const needed = new Set(uses.map(({ hash }) => hash));
  const orphans = [...files].filter(([hash]) => !needed.has(hash));
  const trashed = new Set(history?.listTrash().map(({ id }) => id) ?? []);
  const own = new Map<string, { bytes: number; files: number }>();
  let sharedBytes = 0;
  let trashBytes = 0;
  for (const { hash, studyId, studies } of uses) {
    const bytes = files.get(hash);
    if (bytes === undefined) continue;
    if (studies > 1) {
      sharedBytes += bytes;
      continue;
    }
    const sum = own.get(studyId) ?? { bytes: 0, files: 0 };
    own.set(studyId, { bytes: sum.bytes + bytes, files: sum.files + 1 });
    if (trashed.has(studyId)) trashBytes += bytes;
  }
  const largest = [...own].toSorted(([, a], [, b]) => b.bytes - a.bytes).slice(0, MOST_STUDIES);
  const rows = new Map(
    (history?.catalogRows(largest.map(([id]) => id).slice(0, MAX_PAGE)) ?? []).map((row) => [row.id, row]),
  );
  const { diskBytes } = capacityOf(home.folder);
  return {
    folder: home.folder,
    freeBytes: diskBytes,
    historyBytes: ['', '-wal', '-shm'].reduce(
      (sum, ending) => sum + fileBytes(join(home.folder, `${HISTORY_FILE}${ending}`)),
      0,
    ),
    checkpointBytes: [...files.values()].reduce((sum, bytes) => sum + bytes, 0),
    datasetBytes: folderBytes(home.datasets),
    reportBytes: folderBytes(home.reports),
    sharedBytes,
    orphans: { files: orphans.length, bytes: orphans.reduce((sum, [, bytes]) => sum + bytes, 0) },
    trash: { studies: trashed.size, bytes: trashBytes },
    studies: largest.flatMap(([id, { bytes, files: count }]): StorageItem[] => {
      const row = rows.get(id);
      if (!row) return [];
      const { name, trashedAt, state } = row;
      return [{ id, name, ownBytes: bytes, files: count, isTrashed: trashedAt !== null, state }];
    }),
  };
}

/** Bytes by hash. */
export function checkpointFiles(folder: string): Map<string, number> {
  return new Map(
    namesIn(folder).flatMap((name): [string, number][] => {
      const hash = CHECKPOINT_NAME.exec(name)?.[1];
      return hash === undefined ? [] : [[hash, fileBytes(join(folder, name))]];
    }),
  );
}

function folderBytes(folder: string): number {
  return namesIn(folder, true).reduce((sum, name) => sum + fileBytes(join(folder, name)), 0);
}

function namesIn(folder: string, recursive = false): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' });
  } catch {
    return []; // Not made yet.
  }
}

function fileBytes(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : 0;
}
