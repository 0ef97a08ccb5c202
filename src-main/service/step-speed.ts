/**
 * How fast trainers take the steps of some jobs: measured in trainer processes, the same way as a study trains, so that
 * a driver that crashes or hangs is a reason and nothing worse.
 */
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { TrainerEvent, UnplacedJob } from '../contract/job.ts';
import type { TrainerLane } from '../training/trainer-pool.ts';
import { TrainerPool } from '../training/trainer-pool.ts';

export interface SpeedRequest {
  /** As many as train at once. Their steps should last longer than the measurement. */
  readonly jobs: readonly UnplacedJob[];
  /** The trainers side by side, and how many jobs one of them takes into its graph. */
  readonly lane: TrainerLane;
}

export interface SpeedLimits {
  /** Milliseconds from the start of the processes to the first step of every job. */
  readonly firstStep: number;
  /** Milliseconds of measuring after that; a slower device is measured by its first step. */
  readonly measuring: number;
}

/** Milliseconds in which a trainer may end its step when the measurement is over; then its process is ended. */
const GRACE = 5000;

export interface StepSpeed {
  /** Of one trainer, for each job: wall time of a step over the jobs that take it together. */
  readonly millisecondsPerStep: number;
  /** Steps of jobs in a second, of all trainers. */
  readonly stepsPerSecond: number;
}

/** Why nothing was measured. */
export interface SpeedObstacle {
  readonly reason: string;
}

interface Mark {
  readonly step: number;
  readonly seconds: number;
}

/** @throws EspalierError `interrupted` when the signal fired */
export async function measureSteps(
  { jobs, lane }: SpeedRequest,
  limits: SpeedLimits,
  signal: AbortSignal,
): Promise<StepSpeed | SpeedObstacle> {
  if (signal.aborted) throw interrupted();
  const pool = new TrainerPool(lane);
  const marks = new Map<string, Mark[]>(jobs.map(({ runId }) => [runId, []]));
  const stop = new AbortController();
  const timers: ReturnType<typeof setTimeout>[] = [];
  let reason: string | null = null;
  let isWarm = false;
  const end = (why: string | null): void => {
    if (stop.signal.aborted) return;
    reason = why;
    stop.abort();
    timers.push(setTimeout(() => pool.close(), GRACE));
  };
  const onEvent = (event: TrainerEvent): void => {
    if (event.kind === 'failed') end(event.message);
    else if (event.kind === 'diverged') end(event.reason);
    else if (event.kind === 'progress') {
      marks.get(event.runId)!.push({ step: event.step, seconds: event.seconds });
      if (isWarm || [...marks.values()].some((seen) => seen.length === 0)) return;
      // All are at work from here on; what one did while others were still starting says too much.
      isWarm = true;
      for (const seen of marks.values()) seen.splice(0, seen.length - 1);
      timers.push(setTimeout(() => end(null), limits.measuring));
    }
  };
  const interrupt = (): void => pool.close();
  signal.addEventListener('abort', interrupt, { once: true });
  timers.push(
    setTimeout(() => {
      if (isWarm) return;
      end(`no step of it within ${limits.firstStep / 1000} seconds`);
      pool.close();
    }, limits.firstStep),
  );
  try {
    await Promise.all(jobs.map((job) => pool.run(job, onEvent, stop.signal)));
  } catch (error) {
    if (!stop.signal.aborted) reason = messageOf(error);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
    pool.close();
  }
  if (signal.aborted) throw interrupted();
  return reason === null ? speedOf([...marks.values()], lane.together) : { reason };
}

const interrupted = (): EspalierError => new EspalierError('interrupted', 'the measurement was stopped');

function speedOf(marks: readonly (readonly Mark[])[], together: number): StepSpeed | SpeedObstacle {
  const times = marks.map(millisecondsOf);
  const measured = times.filter((time) => time !== null);
  if (measured.length < times.length) return { reason: 'it ended before its first step' };
  const mean = measured.reduce((sum, time) => sum + time, 0) / measured.length;
  // A job's clock shows its share of the time that its graph took: those of one graph add up to one trainer's rate.
  const stepsPerSecond = measured.reduce((sum, time) => sum + 1000 / time / together, 0);
  return { millisecondsPerStep: mean, stepsPerSecond };
}

/**
 * By the last report, which is of the engine's longest call: calls grow until what they cost besides their steps is
 * small, and the first holds what happens only once.
 */
function millisecondsOf(marks: readonly Mark[]): number | null {
  const last = marks.at(-1);
  if (!last) return null;
  const before = marks.at(-2) ?? { step: 0, seconds: 0 };
  return (1000 * (last.seconds - before.seconds)) / (last.step - before.step);
}
