/** What the procedures of the window work with. One for each service process. */
import { randomUUID } from 'node:crypto';
import { CatalogReader } from '../catalog-reader.ts';
import { studiesAway } from '../checkpoint-folder.ts';
import { HistoryAccess } from '../history-access.ts';
import type { Home } from '../home.ts';
import { LandscapeService } from '../landscape-service.ts';
import type { LauncherOf } from '../study-lanes.ts';
import { StudyService } from '../study-service.ts';
import { DraftStore } from './draft-store.ts';
import { holdFacts } from './job-holds.ts';
import { JobQueue } from './job-queue.ts';
import { StudyNews } from './study-news.ts';

export interface WindowContext {
  readonly home: Home;
  /** Stays open; what only reads uses it. */
  readonly reader: CatalogReader;
  readonly histories: HistoryAccess;
  readonly studies: StudyService;
  readonly landscapes: LandscapeService;
  readonly news: StudyNews;
  readonly jobs: JobQueue;
  readonly drafts: DraftStore;
  readonly launcher: LauncherOf;
  /** Different in every process. */
  readonly serviceId: string;
}

export function makeWindowContext(home: Home, launcher: LauncherOf): WindowContext {
  const reader = new CatalogReader(home.folder);
  const histories = new HistoryAccess(home.folder, reader);
  const studies = new StudyService(home, launcher, histories);
  const landscapes = new LandscapeService(home, launcher, { histories });
  const news = new StudyNews();
  const awayCount = (): number => reader.read((history) => studiesAway(home, history).length) ?? 0;
  return {
    home,
    reader,
    histories,
    studies,
    landscapes,
    news,
    jobs: new JobQueue(home, { studies, landscapes }, news, holdFacts(home, awayCount)),
    drafts: new DraftStore(home),
    launcher,
    serviceId: randomUUID(),
  };
}
