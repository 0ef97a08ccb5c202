/** Sentences about a study that is to run or runs. Light to load, unlike study-digest.ts, which brings the charts. */
import type { StudyEstimate } from '../lag/study-plan.ts';
import { formatCount, formatDuration, formatFlops } from '../report/number-format.ts';

/** Work, disk and time of a study that has not run, in one line. */
export function estimateInWords(estimate: StudyEstimate, seconds: number | null, trainers: number): string {
  const time =
    seconds === null
      ? 'time not known before the first study on this machine'
      : `about ${formatDuration(seconds)} judging by earlier studies`;
  return [
    `${formatCount(estimate.runs)} runs, ${formatCount(estimate.steps)} steps, ${formatFlops(estimate.flops)}`,
    `${formatCount(estimate.parameters.source)} parameters grow to ${formatCount(estimate.parameters.target)}`,
    `up to ${formatCount(Math.ceil(estimate.diskBytes / 2 ** 20))} MiB of checkpoints`,
    `${trainers} trainer${trainers === 1 ? '' : 's'}, ${time}`,
  ].join('; ');
}

/** Seconds as `4.2 s`, `2 min 05 s` or `3 h 12 min`. */
export const durationInWords = formatDuration;
