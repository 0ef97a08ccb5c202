/** The frame around every study, whatever its kind: its state in the history, clean-up, and how it ended. */
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { StudyState } from '../contract/records.ts';
import type { History } from '../history/history.ts';
import { removeOrphanCheckpoints } from './orphan-checkpoints.ts';

export interface StudyFrame {
  readonly studyId: string;
  readonly history: History;
  readonly checkpointFolder: string;
}

/**
 * Runs, resumes or leaves alone; the history must be open for writing.
 * @param action Takes the study to its end and says in a few words what came out.
 * @throws EspalierError whatever the action throws, after the study's state has been noted
 */
export async function conductStudy(frame: StudyFrame, action: () => Promise<string>): Promise<void> {
  const { studyId, history, checkpointFolder } = frame;
  if (history.getStudy(studyId).state === 'finished') return;
  removeOrphanCheckpoints(checkpointFolder, history);
  history.updateStudyState(studyId, 'running');
  try {
    const outcome = await action();
    history.transaction(() => {
      history.addEvent({ studyId, runId: null, kind: 'study-finished', message: `finished; ${outcome}` });
      history.updateStudyState(studyId, 'finished');
    });
  } catch (error) {
    const isInterrupted = error instanceof EspalierError && error.code === 'interrupted';
    noteEnd(history, studyId, isInterrupted ? 'interrupted' : 'failed', messageOf(error));
    throw error;
  }
  removeOrphanCheckpoints(checkpointFolder, history);
}

/** A full disk must not hide why the study stopped. */
function noteEnd(history: History, studyId: string, state: StudyState, reason: string): void {
  try {
    history.updateStudyState(studyId, state, reason);
  } catch (error) {
    process.emitWarning(`study ${studyId} could not be marked as ${state}: ${messageOf(error)}`);
  }
}
