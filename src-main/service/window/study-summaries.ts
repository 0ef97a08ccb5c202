/**
 * Keeps what the list shows of every study up to date: studies that came to rest since are analysed in the
 * background, a few at a time, and the results are written into the catalog.
 */
import { messageOf } from '../../contract/errors.ts';
import type { AnyStudySpec } from '../../contract/study-text.ts';
import type { CatalogSummary, History } from '../../history/history.ts';
import type { CatalogReader } from '../catalog-reader.ts';
import type { HistoryAccess } from '../history-access.ts';
import { type AnyAnalysis, reopenAnyStudy } from '../study-kinds.ts';
import { importedSummary, NO_SUMMARY, summaryOf } from './study-summary.ts';

/** Studies looked up, and written, at once: to open a long history for writing takes a second. */
const BATCH = 100;
/** Milliseconds others get between two analyses, which take some tens each. */
const PAUSE = 10;
/** What is found is written after so many milliseconds at the latest. */
const LATEST = 1500;
/** After another process held the history. */
const RETRY = 3000;
/** Intervals are not shown in the list; fewer resamples make the analysis ten times faster. */
const RESAMPLES = 100;

interface Missing {
  readonly id: string;
  readonly kind: 'study' | 'imported';
  readonly updatedAt: string;
}

interface Found {
  readonly id: string;
  readonly updatedAt: string;
  readonly summary: CatalogSummary;
}

export class StudySummaries {
  private readonly reader: CatalogReader;
  private readonly histories: HistoryAccess;
  private readonly onWritten: (ids: readonly string[]) => void;
  private timer: NodeJS.Timeout | null = null;
  private missing: Missing[] = [];
  private found: Found[] = [];
  private since = 0;

  constructor(reader: CatalogReader, histories: HistoryAccess, onWritten: (ids: readonly string[]) => void) {
    this.reader = reader;
    this.histories = histories;
    this.onWritten = onWritten;
  }

  /** Begins soon if anything is missing; does nothing while it is at work. */
  wake(): void {
    this.schedule(0);
  }

  private schedule(milliseconds: number): void {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.work();
    }, milliseconds);
    this.timer.unref();
  }

  /** One study, so that the service answers others between two. */
  private work(): void {
    try {
      if (this.missing.length === 0 && this.found.length === 0) {
        this.missing = this.reader.read((history) => history.listUnsummarised(BATCH)) ?? [];
        this.since = performance.now();
      }
      const next = this.missing.shift();
      if (next) this.found.push({ ...next, summary: this.summarise(next) });
      else if (this.found.length === 0) return;
      if (this.missing.length === 0 || performance.now() - this.since > LATEST) this.write();
      this.schedule(PAUSE);
    } catch {
      // Another process writes, or the folder is away: the list shows what is known and this tries again.
      this.missing = [];
      this.found = [];
      this.schedule(RETRY);
    }
  }

  private write(): void {
    const { found } = this;
    this.histories.write((history) =>
      history.transaction(() => {
        for (const { id, updatedAt, summary } of found) history.recordSummary(id, updatedAt, summary);
      }),
    );
    this.found = [];
    this.since = performance.now();
    this.onWritten(found.map(({ id }) => id));
  }

  private summarise({ id, kind }: Missing): CatalogSummary {
    try {
      const summary = this.reader.read((history) =>
        kind === 'study' ? summaryOf(analyseBriefly(history, id)) : summaryOfImported(history, id),
      );
      return summary ?? NO_SUMMARY;
    } catch (error) {
      // One damaged study must not keep the others from being summarised.
      process.emitWarning(`study ${id} could not be summarised: ${messageOf(error)}`);
      return NO_SUMMARY;
    }
  }
}

function analyseBriefly(history: History, id: string): AnyAnalysis {
  const study = history.getStudy(id);
  const spec = JSON.parse(study.specJson) as AnyStudySpec;
  const decision = { ...spec.decision, resamples: Math.min(spec.decision.resamples, RESAMPLES) };
  const runs = history.listRuns(id);
  return reopenAnyStudy({ ...study, specJson: JSON.stringify({ ...spec, decision }) }).analyse(
    {
      study,
      candidates: history.listCandidates(id),
      runs,
      evaluations: runs.flatMap((run) => history.listEvaluations(run.id)),
      decisions: history.listDecisions(id),
      events: [],
    },
    { environment: {}, sourceReused: false },
  );
}

function summaryOfImported(history: History, id: string): CatalogSummary {
  const found = history.listImportedAudits().find((audit) => audit.id === id);
  return found ? importedSummary(found.audit) : NO_SUMMARY;
}
