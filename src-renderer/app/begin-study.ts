/** The ways to begin: run a study file at once, or make a draft of it. */
import { service } from '../connection/client.ts';
import { go } from './route.ts';

/** Puts the study in the queue and shows it. @throws EspalierError where the text is no valid study file */
export async function runStudyText(text: string): Promise<void> {
  const job = await service.jobs.add({ text });
  if (job.studyId) go({ place: 'study', id: job.studyId, view: 'dynamics' });
  else go({ place: 'queue' });
}

export async function beginDraft(text: string, view: 'setup' | 'designer' = 'designer'): Promise<void> {
  const { id } = await service.drafts.create({ text });
  go({ place: 'draft', id, view });
}
