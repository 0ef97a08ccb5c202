/** Texts of the loss landscape in the window; the figures bring those they share with the report. */
import { formatCount, formatDuration } from '../../src-main/report/number-format.ts';

export const LANDSCAPE_WORDS = {
  region: 'Loss landscape',
  loading: 'Reading the landscape',
  retry: 'Try again',
  none: 'The landscape of this study has not been measured yet.',
  what: 'Slices and planes of the loss around the chosen model, barriers between models, sharpness, gradient noise, similarity to the source, and what each layer is worth; at the growing point, at the lag, and at the end where that was kept.',
  cost: 'It is computed on the same validation batches, beside nothing else in the queue, and charged to no candidate. It can be paused; finished parts are kept.',
  measure: 'Measure the landscape',
  measureRest: 'Measure what is missing',
  orCommand: 'Or in a terminal, with settings of your own:',
  copy: 'Copy',
  copied: 'Copied',
  waiting: 'Waits in the queue',
  paused: 'Paused. Continue it with the button above; what is measured is kept.',
  measuring: (done: number, total: number): string =>
    `Measuring part ${formatCount(Math.min(done + 1, total))} of ${formatCount(total)}`,
  left: (seconds: number): string => `${formatDuration(seconds)} left`,
  source: 'source model',
  missing: (subject: string, reason: string): string => `${subject} could not be looked at: ${reason}`,
  models: 'Curvature, noise and depth use',
  gradients: 'Gradient norms by part',
  about: 'Of',
} as const;
