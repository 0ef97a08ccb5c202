/** A folder for what is only on its way, and whether a disk has room. */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EspalierError, messageOf } from '../contract/errors.ts';

/**
 * Runs `action` with a temporary folder, which is removed however it ends, the end of the process included.
 * @throws EspalierError `refused` where none can be made, and what `action` throws
 */
export async function inTemporaryFolder<Result>(
  action: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = newFolder();
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  try {
    return await action(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

function newFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'espalier-download-'));
  } catch (error) {
    throw new EspalierError('refused', `There is no temporary folder: ${messageOf(error)}.`, {
      hint: 'Set TMPDIR to a folder that can be written.',
      cause: error,
    });
  }
}

/**
 * @param bytes that are going to be written to `folder`
 * @throws EspalierError `refused` when the disk has less
 */
export function requireFreeSpace(folder: string, bytes: number): void {
  const { bavail, bsize, blocks } = statfsSync(folder);
  // A file system of the kernel's own has no blocks.
  if (blocks === 0 || bavail * bsize >= bytes) return;
  throw new EspalierError(
    'refused',
    `${folder} needs ${mebibytes(bytes)} of free space and has ${mebibytes(bavail * bsize)}.`,
    { hint: 'Free some, or set TMPDIR to a folder on another disk if it is the temporary one.' },
  );
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
