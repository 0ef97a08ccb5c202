/**
 * Whether the folder of checkpoints is there. It may lie on a disk that comes and goes: a folder that has lost its
 * mark and every file while the history knows some is away, not empty, and nothing of it may be forgotten.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { History } from '../history/history.ts';
import type { Home } from './home.ts';
import { makeFolder } from './make-folder.ts';

const MARK = '.espalier-checkpoints';
const CHECKPOINT = /^[0-9a-f]{64}\.safetensors$/;

/** Ids of studies whose checkpoints cannot be reached now; empty where the folder is there. */
export function studiesAway(home: Home, history: Pick<History, 'listCheckpointUse'>): readonly string[] {
  if (isThere(home.checkpoints)) return [];
  return [...new Set(history.listCheckpointUse().map(({ studyId }) => studyId))];
}

function isThere(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name === MARK || CHECKPOINT.test(name));
  } catch {
    return false;
  }
}

/** The folder is not connected. */
export class FolderAway extends EspalierError {}

/**
 * Makes the folder for a study that is about to train.
 * @throws FolderAway when the history knows checkpoints and the folder is not there
 */
export function openCheckpointFolder(home: Home, history: Pick<History, 'listCheckpointUse'>): void {
  const { length } = studiesAway(home, history);
  if (length > 0)
    throw new FolderAway(
      'refused',
      `the folder of checkpoints ${home.checkpoints} is not connected; ${length} ${length === 1 ? 'study needs' : 'studies need'} it`,
      {
        hint: `Connect it again; nothing was removed. Where it is gone for good, put an empty file named ${MARK} there: what it held is computed again.`,
      },
    );
  makeCheckpointFolder(home);
}

/** Makes the folder with its mark, also where one is away: what it held is computed again when it is needed. */
export function makeCheckpointFolder(home: Home): void {
  try {
    makeFolder(home.checkpoints);
    if (!existsSync(join(home.checkpoints, MARK))) writeFileSync(join(home.checkpoints, MARK), '');
  } catch (error) {
    throw new EspalierError(
      'refused',
      `the folder of checkpoints ${home.checkpoints} cannot be written: ${messageOf(error)}`,
      { hint: 'Check that the disk has space and that this user may write to it.', cause: error },
    );
  }
}
