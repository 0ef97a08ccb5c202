/** Where a row of the list leads. */
import type { StudyRow } from '../../src-main/contract/window/studies.ts';

/** Null for imported audits, which have no view of their own: they count in the evidence. */
export function studyLink({ id, kind, mode }: Pick<StudyRow, 'id' | 'kind' | 'mode'>): string | null {
  if (kind === 'imported') return null;
  return `#/study/${encodeURIComponent(id)}/${mode === 'stacking' ? 'timeline' : 'dynamics'}`;
}
