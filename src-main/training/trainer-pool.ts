/**
 * A fixed number of trainer processes that take jobs as they become free. A crash ends one job with an error
 * and is replaced by a fresh process; it never reaches the owner or the other trainers.
 */

import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { TrainerEvent, TrainerJob, TrainerRequest } from '../contract/job.ts';

/** How a trainer is started and spoken to: a child process here, `utilityProcess` under Electron. */
export interface TrainerChannel {
  readonly processId: number | undefined;
  send(request: TrainerRequest): void;
  onEvent(listener: (event: TrainerEvent) => void): void;
  /** Called once, when the process has ended; the text says how. */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}
export type TrainerLauncher = () => TrainerChannel;

/** The trainer ended without finishing its job: a native crash, out of memory, a kill. */
export class TrainerCrash extends EspalierError {
  constructor(how: string) {
    super('failed', `the trainer process ended unexpectedly (${how})`);
  }
}

/** Starts `entry` with Node and talks over its IPC channel; typed arrays travel as they are. */
export function forkLauncher(entry: string, options: { threads: number }): TrainerLauncher {
  return () => {
    const child: ChildProcess = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        // Inside Electron the program to fork is Electron itself, which is Node only when it is asked to be.
        ...(process.versions.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
        OMP_NUM_THREADS: String(options.threads),
        // Large weight matrices in huge pages: free, and 0 to 3 % faster (docs/decisions.md).
        ...(process.platform === 'linux' ? { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' } : {}),
      },
    });
    let lastWords = '';
    child.stderr?.on('data', (data: Buffer) => {
      lastWords = (lastWords + data.toString()).slice(-2000);
    });
    return {
      processId: child.pid,
      send: (request) => {
        if (child.connected) child.send(request, () => {}); // a send that fails is followed by the exit event
      },
      onEvent: (listener) => void child.on('message', (event) => listener(event as TrainerEvent)),
      onExit: (listener) => {
        let told = false;
        const tell = (how: string): void => {
          if (told) return;
          told = true;
          const words = lastWords.trim();
          listener(words ? `${how}: ${words.split('\n').at(-1)}` : how);
        };
        child.on('exit', (code, signal) => tell(signal ? `signal ${signal}` : `exit code ${code}`));
        child.on('error', (error) => tell(error.message));
      },
      kill: () => void child.kill('SIGKILL'),
    };
  };
}

interface Worker {
  channel: TrainerChannel;
  busy: {
    job: TrainerJob;
    onEvent: (event: TrainerEvent) => void;
    end: (error: EspalierError | null) => void;
  } | null;
}

export class TrainerPool {
  private readonly launch: TrainerLauncher;
  private readonly size: number;
  private readonly workers: Worker[] = [];
  private readonly waiting: (() => void)[] = [];
  private closed = false;

  constructor(launch: TrainerLauncher, size: number) {
    this.launch = launch;
    this.size = size;
  }

  /** Process ids of the trainers that are alive; tests kill them. */
  get processIds(): number[] {
    return this.workers
      .map((worker) => worker.channel.processId)
      .filter((id): id is number => id !== undefined);
  }

  /**
   * Runs a job on the next free trainer. `onEvent` gets its events in order; an event counts as committed when
   * it returns. Resolves after `finished`, `diverged`, `cancelled` or `failed`; rejects with TrainerCrash.
   */
  async run(job: TrainerJob, onEvent: (event: TrainerEvent) => void, signal: AbortSignal): Promise<void> {
    const worker = await this.acquire();
    const cancel = (): void => worker.channel.send({ kind: 'cancel' });
    try {
      await new Promise<void>((resolve, reject) => {
        worker.busy = { job, onEvent, end: (error) => (error ? reject(error) : resolve()) };
        worker.channel.send({ kind: 'run', job });
        if (signal.aborted) cancel();
        signal.addEventListener('abort', cancel, { once: true });
      });
    } finally {
      signal.removeEventListener('abort', cancel);
      worker.busy = null;
      this.waiting.shift()?.();
    }
  }

  /** Ends all trainers; jobs under way and waiting reject. */
  close(): void {
    this.closed = true;
    for (const worker of [...this.workers]) worker.channel.kill();
    for (const wake of this.waiting.splice(0)) wake();
  }

  private async acquire(): Promise<Worker> {
    for (;;) {
      if (this.closed) throw new EspalierError('interrupted', 'the trainers have been stopped');
      const free = this.workers.find((worker) => !worker.busy);
      const worker = free ?? (this.workers.length < this.size ? this.start() : null);
      if (worker) {
        worker.busy = RESERVED;
        return worker;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private start(): Worker {
    const worker: Worker = { channel: this.launch(), busy: null };
    this.workers.push(worker);
    worker.channel.onEvent((event) => {
      if (event.runId !== worker.busy?.job?.runId) return;
      try {
        worker.busy.onEvent(event);
      } catch (error) {
        this.forget(worker); // before anyone is told: a dying trainer must not get the next job
        worker.channel.kill();
        worker.busy.end(
          error instanceof EspalierError
            ? error
            : new EspalierError('failed', messageOf(error), { cause: error }),
        );
        return;
      }
      worker.channel.send({ kind: 'acknowledge', sequence: event.sequence });
      if (ENDINGS.has(event.kind)) worker.busy.end(null);
    });
    worker.channel.onExit((how) => {
      this.forget(worker);
      worker.busy?.end(new TrainerCrash(how));
    });
    return worker;
  }

  private forget(worker: Worker): void {
    const index = this.workers.indexOf(worker);
    if (index >= 0) this.workers.splice(index, 1);
  }
}

const ENDINGS: ReadonlySet<TrainerEvent['kind']> = new Set(['finished', 'diverged', 'cancelled', 'failed']);
/** Marks a worker between being taken and getting its job. */
const RESERVED = { job: null as unknown as TrainerJob, onEvent: () => {}, end: () => {} };
