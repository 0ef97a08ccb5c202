/** Single files out of a zip archive, streamed: neither the archive nor a file of it is ever in memory as a whole. */
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { writeNewFile } from './new-file.ts';

/**
 * Writes entries of the archive at `archive`: each key of `targets` is the path of an entry, its value the file to
 * write, which must not be there yet. No path of the archive ever becomes one of the disk.
 * @param requireSpace told how many bytes will be written, before the first is
 * @throws EspalierError `failed` for what is no archive, is damaged, or lacks an entry or has it twice; what `signal`
 *   says when it fires, and what `requireSpace` throws. Files may be there then.
 */
export async function unzip(
  archive: string,
  targets: ReadonlyMap<string, string>,
  { signal, requireSpace }: { readonly signal: AbortSignal; readonly requireSpace: (bytes: number) => void },
): Promise<void> {
  try {
    // It refuses absolute paths, backslashes and `..`, and entries of another size than they tell.
    const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
    try {
      const found = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        if (!targets.has(entry.fileName)) continue;
        if (found.has(entry.fileName)) throw unfit(`it holds ${entry.fileName} twice`);
        found.set(entry.fileName, entry);
      }
      const missing = [...targets.keys()].filter((name) => !found.has(name));
      if (missing.length > 0) throw unfit(`it does not hold ${missing.join(' and ')}`);
      requireSpace([...found.values()].reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0));
      for (const [name, entry] of found) {
        const content = await zip.openReadStreamPromise(entry);
        await writeNewFile(targets.get(name)!, (target) => pipeline(content, target, { signal }));
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    if (signal.aborted || error instanceof EspalierError) throw error;
    throw unfit(messageOf(error), error);
  }
}

const unfit = (reason: string, cause?: unknown): EspalierError =>
  new EspalierError('failed', `The package cannot be unpacked: ${reason}.`, { cause });
