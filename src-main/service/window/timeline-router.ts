/** The timeline for the window. */
import { implement } from '@orpc/server';
import { timelineContract } from '../../contract/window/timeline.ts';
import type { WindowContext } from './context.ts';
import { timelineOfStacking } from './timeline-of-stacking.ts';
import { timelineOfImported, timelineOfStudy } from './timeline-of-study.ts';

export function timelineRouter({ reader, studies }: WindowContext) {
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
