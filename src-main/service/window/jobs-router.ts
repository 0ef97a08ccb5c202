/** The queue for the window. */
import { implement } from '@orpc/server';
import { parseStudy } from '../../contract/study-text.ts';
import { type Job, type JobEvent, jobsContract } from '../../contract/window/jobs.ts';
import type { HistoryAccess } from '../history-access.ts';
import { estimateInWords } from '../study-words.ts';
import { changesOf } from './changes.ts';
import type { WindowContext } from './context.ts';

/** Events shown at most. */
const MOST_EVENTS = 200;

function eventsOf(jobs: readonly Job[], histories: HistoryAccess): JobEvent[] {
  // Studies that have not begun are not in the history yet.
  const begun = jobs.filter(({ state, studyId }) => state !== 'waiting' && studyId !== null);
  if (begun.length === 0) return [];
  return histories.read((history) => {
    const known = new Set(history.catalogRows(begun.map(({ studyId }) => studyId!)).map(({ id }) => id));
    return begun
      .filter(({ studyId }) => known.has(studyId!))
      .flatMap(({ studyId, name }) =>
        history
          .listEvents(studyId!)
          .slice(-MOST_EVENTS)
          .map(({ at, kind, message }) => ({ studyId: studyId!, study: name, at, kind, message })),
      )
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, MOST_EVENTS);
  });
}

/** At most this often, in milliseconds, does a watcher hear of progress. */
const LEAST_INTERVAL = 100;

export function jobsRouter({ jobs, studies, histories }: WindowContext) {
  const router = implement(jobsContract);
  const { estimate, add, resumeStudy, measureLandscape, list, watch, pause, resume, move } = router;
  return {
    estimate: estimate.handler(({ input }) => {
      const start = studies.estimate(parseStudy({ path: 'study', text: input.text }));
      const { runs, steps, flops, diskBytes } = start.estimate;
      return {
        name: start.name,
        studyId: start.studyId,
        runs,
        steps,
        flops,
        checkpointBytes: diskBytes,
        seconds: start.estimatedSeconds,
        trainers: start.trainers,
        sentence: estimateInWords(start.estimate, start.estimatedSeconds, start.trainers),
      };
    }),
    add: add.handler(({ input }) => jobs.add(input.text)),
    resumeStudy: resumeStudy.handler(({ input }) => jobs.addStudy(input.studyId)),
    measureLandscape: measureLandscape.handler(({ input }) => jobs.addLandscape(input.studyId)),
    list: list.handler(() => jobs.list()),
    watch: watch.handler(async function* ({ signal }) {
      yield jobs.list();
      for await (const _ of changesOf((listener) => jobs.onChange(listener), LEAST_INTERVAL, signal))
        yield jobs.list();
    }),
    pause: pause.handler(({ input }) => jobs.pause(input.id)),
    resume: resume.handler(({ input }) => jobs.resume(input.id)),
    move: move.handler(({ input }) => jobs.move(input.id, input.place)),
    events: router.events.handler(() => eventsOf(jobs.list(), histories)),
    dismiss: router.dismiss.handler(({ input }) => jobs.dismiss(input.id)),
    restore: router.restore.handler(({ input }) => jobs.restore(input.id)),
  };
}
