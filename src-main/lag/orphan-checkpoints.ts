/** Clearing the checkpoint folder of what kills left behind. */
import { readdirSync } from 'node:fs';
import { messageOf } from '../contract/errors.ts';
import { removeTemporaryFiles } from '../data/durable-file.ts';
import type { History } from '../history/history.ts';
import { deleteCheckpointFiles } from './run-executor.ts';

const CHECKPOINT_NAME = /^([0-9a-f]{64})\.safetensors$/;

/**
 * Deletes the checkpoint files that nothing in the history refers to, and half-written ones. Files of other names
 * stay. Call it only with the history open for writing and while no trainer of one's own is at work: the lock then
 * makes sure that nobody else's is either.
 * @returns hashes of the orphans
 */
export function removeOrphanCheckpoints(folder: string, history: History): string[] {
  try {
    removeTemporaryFiles(folder);
    const needed = history.referencedCheckpoints();
    const orphans = readdirSync(folder)
      .flatMap((name) => CHECKPOINT_NAME.exec(name)?.[1] ?? [])
      .filter((hash) => !needed.has(hash));
    deleteCheckpointFiles(folder, orphans);
    return orphans;
  } catch (error) {
    // Orphans cost disk space and nothing else: no reason to stop a study.
    process.emitWarning(`${folder} could not be cleared: ${messageOf(error)}`);
    return [];
  }
}
