/** Sentences about a study that is to run or runs. Light to load, unlike study-digest.ts, which brings the charts. */
import type { DeviceObstacle, DeviceTrial, MeasuredDevices } from '../contract/measured-devices.ts';
import type { StudyEstimate } from '../lag/study-plan.ts';
import { formatCount, formatDuration, formatFlops } from '../report/number-format.ts';

/** Work, disk and time of a study that has not run, in one line. */
export function estimateInWords(
  estimate: StudyEstimate,
  seconds: number | null,
  trainers: number | null,
): string {
  const time =
    seconds === null
      ? 'time not known before a study of about this size on this machine'
      : `about ${formatDuration(seconds)} judging by earlier studies`;
  return [
    `${formatCount(estimate.runs)} runs, ${formatCount(estimate.steps)} steps, ${formatFlops(estimate.flops)}`,
    `${formatCount(estimate.parameters.source)} parameters grow to ${formatCount(estimate.parameters.target)}`,
    `up to ${formatCount(Math.ceil(estimate.diskBytes / 2 ** 20))} MiB of checkpoints`,
    `${trainers === null ? 'device and trainers measured when it starts' : trainersInWords(trainers)}, ${time}`,
  ].join('; ');
}

const trainersInWords = (count: number): string => `${count} trainer${count === 1 ? '' : 's'}`;

const togetherInWords = (together: number): string =>
  together === 1 ? '' : ` with ${together} candidates in one graph`;

/** `cpu with 4 candidates in one graph`. */
export const chosenInWords = ({ chosen: { device, together } }: MeasuredDevices): string =>
  `${device}${togetherInWords(together)}`;

/** `3.2 ms a step and candidate; 2 trainers: 620 steps of candidates a second`. */
export function trialInWords({
  millisecondsPerStep,
  stepsPerSecond,
  trainers,
  threads,
}: DeviceTrial): string {
  const of = threads === 1 ? '' : ` of ${threads} threads`;
  return `${significant(millisecondsPerStep)} ms a step and candidate; ${trainersInWords(trainers)}${of}: ${significant(stepsPerSecond)} steps of candidates a second`;
}

const significant = (value: number): string =>
  value >= 1000 ? formatCount(value) : String(Number(value.toPrecision(3)));

/** Every device in a line, the fastest first: what it reached, or why it is out. */
export function measuredInWords(measured: MeasuredDevices): string[] {
  const byReach = measured.trials.toSorted((a, b) => b.stepsPerSecond - a.stepsPerSecond);
  return [
    ...byReach.map((trial) => `${trial.device}${togetherInWords(trial.together)}: ${trialInWords(trial)}`),
    ...measured.obstacles.map((obstacle) => obstacleLine(obstacle)),
  ];
}

const obstacleLine = ({ device, together, reason }: DeviceObstacle): string =>
  `${device}${togetherInWords(together)}: not measured; ${reason}`;

/** Seconds as `4.2 s`, `2 min 05 s` or `3 h 12 min`. */
export const durationInWords = formatDuration;
