/** What keeps a queued study from training although nothing is wrong with it: a full disk, a folder that is away. */
import { isDiskFull } from '../../contract/errors.ts';
import type { JobHold } from '../../contract/window/jobs.ts';
import { FolderAway } from '../checkpoint-folder.ts';
import type { Home } from '../home.ts';
import { capacityOf } from '../size-limits.ts';

/** Room for the history beside the checkpoints, in bytes. */
export const SPARE_BYTES = 8 * 2 ** 20;

export interface HoldFacts {
  readonly freeBytes: () => number;
  /** Number of studies whose checkpoints are away. */
  readonly studiesAway: () => number;
}

export function holdFacts(home: Home, studiesAway: () => number): HoldFacts {
  return { freeBytes: () => capacityOf(home.folder).diskBytes, studiesAway };
}

/**
 * What the study waits for, or null where its failure has another cause.
 * @param neededBytes of disk until its end
 */
export function holdOf(error: unknown, neededBytes: number, home: Home, facts: HoldFacts): JobHold | null {
  if (error instanceof FolderAway)
    return { kind: 'folder-away', folder: home.checkpoints, studies: facts.studiesAway() };
  const freeBytes = facts.freeBytes();
  return isDiskFull(error) ? { kind: 'disk-full', folder: home.folder, freeBytes, neededBytes } : null;
}

/** The hold as it is now; null once nothing stands in the way. */
export function holdNow(hold: JobHold, facts: HoldFacts): JobHold | null {
  if (hold.kind === 'folder-away') {
    const studies = facts.studiesAway();
    return studies === 0 ? null : { ...hold, studies };
  }
  const freeBytes = facts.freeBytes();
  return freeBytes >= hold.neededBytes ? null : { ...hold, freeBytes };
}
