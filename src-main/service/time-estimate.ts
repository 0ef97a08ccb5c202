/** How long a study will train, from what earlier runs on the same device took. */

/** What training a run took. */
export interface PastRun {
  /** Of training. */
  readonly flops: number;
  readonly steps: number;
  readonly seconds: number;
}

/**
 * A small model's steps are mostly overhead, so only runs of about the same FLOPs per step say how fast FLOPs go: the
 * run that comes nearest, and those within this factor of it.
 */
const ALIKE = 2;
/** Farther away than by this factor, the nearest says nothing. */
const TOO_FAR = 10;
/** Seconds; what is shorter measures the start of a trainer. */
const LONG_ENOUGH = 1;

/**
 * Seconds of `trainers` side by side; null where no earlier run is like those of the study.
 * @param work of the whole study: FLOPs and training steps
 */
export function estimateSeconds(
  past: readonly PastRun[],
  work: { readonly flops: number; readonly steps: number },
  trainers: number,
): number | null {
  const size = (run: { readonly flops: number; readonly steps: number }): number =>
    Math.log(run.flops / run.steps);
  const known = past.filter(({ seconds, flops, steps }) => seconds > LONG_ENOUGH && flops > 0 && steps > 0);
  const distance = (run: PastRun): number => Math.abs(size(run) - size(work));
  const nearest = known.toSorted((a, b) => distance(a) - distance(b))[0];
  if (!nearest || distance(nearest) > Math.log(TOO_FAR)) return null;
  const alike = known.filter((run) => Math.abs(size(run) - size(nearest)) <= Math.log(ALIKE));
  const seconds = alike.reduce((sum, run) => sum + run.seconds, 0);
  const flops = alike.reduce((sum, run) => sum + run.flops, 0);
  return (work.flops * seconds) / flops / trainers;
}
