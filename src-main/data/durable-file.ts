/**
 * Writing a file so that a crash at any moment leaves either no file of its name or the whole file: a temporary
 * name in the same folder, fsync, rename, fsync of the folder.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { EspalierError, messageOf } from '../contract/errors.ts';

const TEMPORARY_NAME = /^\.espalier-[0-9a-f-]{36}\.tmp$/;

export interface DurableFile {
  readonly path: string;
  /** SHA-256 of the bytes, hex. */
  readonly hash: string;
  readonly bytes: number;
}

/**
 * Writes the pieces one after the other and names the file when its hash is known. A file that already has the
 * name is replaced at once, by equal bytes where names come from content.
 * @throws EspalierError `failed` when the disk is full or the folder cannot be written; nothing is left behind.
 */
export function writeDurably(
  folder: string,
  pieces: Iterable<Uint8Array>,
  nameOf: (hash: string) => string,
): DurableFile {
  const temporary = join(folder, `.espalier-${randomUUID()}.tmp`);
  let descriptor: number | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    descriptor = openSync(temporary, 'wx', 0o644);
    const digest = createHash('sha256');
    let bytes = 0;
    for (const piece of pieces) {
      for (let done = 0; done < piece.length; ) done += writeSync(descriptor, piece, done);
      digest.update(piece);
      bytes += piece.length;
    }
    fsyncSync(descriptor);
    closeSync(descriptor);
    descriptor = undefined;
    const hash = digest.digest('hex');
    const path = join(folder, nameOf(hash));
    renameSync(temporary, path);
    syncFolder(folder);
    return { path, hash, bytes };
  } catch (error) {
    discard(temporary, descriptor);
    throw new EspalierError('failed', `A file could not be written to ${folder}: ${messageOf(error)}.`, {
      hint: 'Check that the disk has space and that this user may write to the folder.',
      cause: error,
    });
  }
}

/** Clears up after a failure without hiding its error behind a second one. */
function discard(temporary: string, descriptor: number | undefined): void {
  try {
    if (descriptor !== undefined) closeSync(descriptor);
    rmSync(temporary, { force: true });
  } catch {
    // removeTemporaryFiles takes it away later.
  }
}

/** Removes what killed writers left behind; call it only while nobody writes to the folder. Returns the names. */
export function removeTemporaryFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => TEMPORARY_NAME.test(name));
  for (const name of names) rmSync(join(folder, name), { force: true });
  return names;
}

/** Makes a rename survive a power cut. Windows has no fsync for folders and does not need one. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
