/**
 * A reading handle on the history that stays open. Opening checks the whole file, which takes a second at 10 000
 * studies; the list asks at every letter typed.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '../history/history.ts';
import { HISTORY_FILE, openHistory } from '../history/open-history.ts';

export class CatalogReader {
  private readonly folder: string;
  private open: History | null = null;
  /** Of the open file: one that was replaced must be opened anew. */
  private inode: bigint | null = null;

  /** @param folder the home folder */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Null where there is no history yet. */
  read<Result>(action: (history: History) => Result): Result | null {
    const found = statSync(join(this.folder, HISTORY_FILE), { bigint: true, throwIfNoEntry: false });
    if (!found || found.ino !== this.inode) this.close();
    if (!found) return null;
    this.open ??= openHistory(this.folder, { mode: 'read' });
    this.inode = found.ino;
    return action(this.open);
  }

  close(): void {
    this.open?.close();
    this.open = null;
    this.inode = null;
  }
}
