/** The timeline for the window. */
import { implement } from '@orpc/server';
import { timelineContract } from '../../contract/window/timeline.ts';
import { CatalogReader } from './catalog-reader.ts';
import type { WindowContext } from './context.ts';
import { timelineOfStacking } from './timeline-of-stacking.ts';
import { timelineOfImported, timelineOfStudy } from './timeline-of-study.ts';

export function timelineRouter({ home, studies }: WindowContext) {
  const reader = new CatalogReader(home.folder);
  const router = implement(timelineContract);

  return {
    read: router.read.handler(({ input: { studyId } }) => {
      const imported = studyId.startsWith('import-')
        ? reader.read((history) => history.listImportedAudits().find(({ id }) => id === studyId))
        : undefined;
      if (imported) return timelineOfImported(imported.id, imported.audit, imported.importedAt);
      const { id, updatedAt } = studies.find(studyId);
      const analysis = studies.analyse(id);
      return analysis.mode === 'stacking'
        ? timelineOfStacking(analysis, updatedAt)
        : timelineOfStudy(analysis, reader.read((history) => history.listRuns(id)) ?? [], updatedAt);
    }),
  };
}
