/** The queue for the window. */
import { implement } from '@orpc/server';
import { parseStudy } from '../../contract/study-text.ts';
import { jobsContract } from '../../contract/window/jobs.ts';
import { estimateInWords } from '../study-words.ts';
import { changesOf } from './changes.ts';
import type { WindowContext } from './context.ts';

/** At most this often, in milliseconds, does a watcher hear of progress. */
const LEAST_INTERVAL = 100;

export function jobsRouter({ jobs, studies }: WindowContext) {
  const { estimate, add, resumeStudy, measureLandscape, list, watch, pause, resume, move, dismiss } =
    implement(jobsContract);
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
    dismiss: dismiss.handler(({ input }) => jobs.dismiss(input.id)),
  };
}
