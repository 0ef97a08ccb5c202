/** Watches whether the folder of checkpoints is there: it may lie on a disk that is pulled out and put back. */
import type { StorageHealth } from '../../contract/window/machine.ts';
import type { CatalogReader } from '../catalog-reader.ts';
import { studiesAway } from '../checkpoint-folder.ts';
import type { Home } from '../home.ts';

/** Milliseconds between two looks. */
const INTERVAL = 2000;

export function storageHealth(home: Home, reader: CatalogReader): StorageHealth {
  return {
    folder: home.checkpoints,
    awayStudies: reader.read((history) => studiesAway(home, history)) ?? [],
  };
}

/** What is now, then every change. */
export async function* watchStorageHealth(
  home: Home,
  reader: CatalogReader,
  signal: AbortSignal | undefined,
): AsyncGenerator<StorageHealth> {
  let told: string | null = null;
  while (!signal?.aborted) {
    const now = storageHealth(home, reader);
    const text = JSON.stringify(now);
    if (text !== told) {
      told = text;
      yield now;
    }
    await pause(signal);
  }
}

function pause(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, INTERVAL);
    signal?.addEventListener('abort', finish);
  });
}
