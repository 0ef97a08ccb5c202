/**
 * One way to the history for everything in a process. Only one handle may write, so callers that write at the same
 * time share it; it is given back, and with it the lock, when the last of them is done.
 */
import type { History } from '../history/history.ts';
import { openHistory } from '../history/open-history.ts';
import type { CatalogReader } from './catalog-reader.ts';

export class HistoryAccess {
  private readonly folder: string;
  private writer: History | null = null;
  private writers = 0;
  private readonly reader: CatalogReader | null;

  /**
   * @param folder the home folder
   * @param reader a handle that stays open, for processes that read often: opening checks the whole file
   */
  constructor(folder: string, reader: CatalogReader | null = null) {
    this.folder = folder;
    this.reader = reader;
  }

  /** Whether this process holds the writer's lock now. */
  get isWriting(): boolean {
    return this.writer !== null;
  }

  /** @throws EspalierError as openHistory does */
  read<Result>(action: (history: History) => Result): Result {
    if (this.writer) return action(this.writer);
    const read = this.reader?.read((history) => ({ value: action(history) }));
    if (read) return read.value;
    const history = openHistory(this.folder, { mode: 'read' });
    try {
      return action(history);
    } finally {
      history.close();
    }
  }

  /** @throws EspalierError as openHistory does; `refused` when another process writes */
  write<Result>(action: (history: History) => Result): Result {
    const history = this.acquire();
    try {
      return action(history);
    } finally {
      this.release();
    }
  }

  /** As `write`, for work that takes long: the handle stays open until the promise settles. */
  async writeWhile<Result>(action: (history: History) => Promise<Result>): Promise<Result> {
    const history = this.acquire();
    try {
      return await action(history);
    } finally {
      this.release();
    }
  }

  private acquire(): History {
    this.writer ??= openHistory(this.folder, { mode: 'write' });
    this.writers++;
    return this.writer;
  }

  private release(): void {
    this.writers--;
    if (this.writers > 0) return;
    this.writer?.close();
    this.writer = null;
  }
}
