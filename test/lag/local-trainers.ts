/**
 * Trainers inside the test's own process: the real trainer server and engine behind a channel that copies every
 * message and delivers it later, as between processes, and that can be made to die at a chosen event.
 */
import type { TrainerEvent, TrainerJob } from '../../src-main/contract/job.ts';
import type { TrainerLauncher } from '../../src-main/training/trainer-pool.ts';
import { TrainerServer } from '../../src-main/training/trainer-server.ts';

export interface LocalTrainerOptions {
  /** True makes the trainer die in place of delivering the event. */
  readonly diesAt?: (event: TrainerEvent) => boolean;
  /** How it died, as the launcher of real trainers says it; `signal SIGKILL` when left out. */
  readonly diesOf?: string;
  /** Looks at every job before a trainer gets it; what it returns is trained. */
  readonly onJob?: (job: TrainerJob) => TrainerJob;
}

/** A launcher; `jobs` collects what was handed to trainers. */
export function localTrainers(
  options: LocalTrainerOptions = {},
): TrainerLauncher & { readonly jobs: TrainerJob[] } {
  const jobs: TrainerJob[] = [];
  const launch: TrainerLauncher = () => {
    let isAlive = true;
    const given = new Set<string>();
    let onEvent: (event: TrainerEvent) => void = () => {};
    let onExit: (how: string) => void = () => {};
    const die = (how: string): void => {
      if (!isAlive) return;
      isAlive = false;
      for (const runId of given) server.handle({ kind: 'cancel', runId });
      setImmediate(() => onExit(how));
    };
    const server = new TrainerServer((event) => {
      const copy = structuredClone(event);
      setImmediate(() => {
        if (!isAlive) return;
        if (options.diesAt?.(copy)) die(options.diesOf ?? 'signal SIGKILL');
        else onEvent(copy);
      });
    });
    return {
      processId: undefined,
      send: (request) => {
        if (request.kind === 'run')
          for (const job of request.jobs) {
            jobs.push(job);
            given.add(job.runId);
          }
        const copy = structuredClone(
          request.kind === 'run' && options.onJob
            ? { kind: 'run' as const, jobs: request.jobs.map(options.onJob) }
            : request,
        );
        setImmediate(() => {
          if (isAlive) server.handle(copy);
        });
      },
      onEvent: (listener) => {
        onEvent = listener;
      },
      onExit: (listener) => {
        onExit = listener;
      },
      kill: () => die('signal SIGKILL'),
    };
  };
  return Object.assign(launch, { jobs });
}
