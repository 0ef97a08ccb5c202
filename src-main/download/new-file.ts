/** Files that are written from a stream. */
import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/**
 * Makes a file, which must not be there yet, and lets `fill` write it. The file is closed when this returns or throws:
 * nothing appears any more in a folder that is then removed.
 */
export async function writeNewFile(path: string, fill: (target: Writable) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await fill(file.createWriteStream());
  } finally {
    await file.close();
  }
}
