/**
 * Keeps what the list shows of every study up to date: studies that came to rest since are analysed in the
 * background, a few at a time, and the results are written into the catalog.
 */
import { messageOf } from '../../contract/errors.ts';
import type { CatalogSummary, History } from '../../history/history.ts';
import type { HistoryAccess } from '../history-access.ts';
import type { StudyService } from '../study-service.ts';
import type { CatalogReader } from './catalog-reader.ts';
import { importedSummary, NO_SUMMARY, summaryOf } from './study-summary.ts';

/** Studies looked up at once. */
const BATCH = 50;
/** Milliseconds of analysis before the results are written and others get their turn. */
const SLICE = 120;
const PAUSE = 20;
/** After another process held the history. */
const RETRY = 3000;

interface Pending {
  readonly id: string;
  readonly updatedAt: string;
  readonly summary: CatalogSummary;
}

export class StudySummaries {
  private readonly reader: CatalogReader;
  private readonly histories: HistoryAccess;
  private readonly studies: StudyService;
  private readonly onWritten: (ids: readonly string[]) => void;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    parts: {
      readonly reader: CatalogReader;
      readonly histories: HistoryAccess;
      readonly studies: StudyService;
    },
    onWritten: (ids: readonly string[]) => void,
  ) {
    this.reader = parts.reader;
    this.histories = parts.histories;
    this.studies = parts.studies;
    this.onWritten = onWritten;
  }

  /** Begins soon if anything is missing; does nothing while it is at work. */
  wake(): void {
    this.schedule(0);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private schedule(milliseconds: number): void {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.work();
    }, milliseconds);
    this.timer.unref();
  }

  private work(): void {
    try {
      const missing = this.reader.read((history) => history.listUnsummarised(BATCH)) ?? [];
      if (missing.length === 0) return;
      const found: Pending[] = [];
      const until = performance.now() + SLICE;
      for (const { id, kind, updatedAt } of missing) {
        found.push({ id, updatedAt, summary: this.summarise(id, kind) });
        if (performance.now() > until) break;
      }
      this.histories.write((history) => write(history, found));
      this.onWritten(found.map(({ id }) => id));
      this.schedule(PAUSE);
    } catch {
      // Another process writes, or the folder is away: the list shows what is known and this tries again.
      this.schedule(RETRY);
    }
  }

  private summarise(id: string, kind: 'study' | 'imported'): CatalogSummary {
    try {
      if (kind === 'study') return summaryOf(this.studies.analyse(id));
      const found = this.reader
        .read((history) => history.listImportedAudits())
        ?.find((audit) => audit.id === id);
      return found ? importedSummary(found.audit) : NO_SUMMARY;
    } catch (error) {
      // One damaged study must not keep the others from being summarised.
      process.emitWarning(`study ${id} could not be summarised: ${messageOf(error)}`);
      return NO_SUMMARY;
    }
  }
}

function write(history: History, found: readonly Pending[]): void {
  history.transaction(() => {
    for (const { id, updatedAt, summary } of found) history.recordSummary(id, updatedAt, summary);
  });
}
