/**
 * A fixed number of trainer processes that take jobs as they become free, one by one or several that train in one
 * graph. A crash ends the jobs of one trainer with an error and is replaced by a fresh process; it never reaches the
 * owner or the other trainers.
 */

import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { EspalierError, messageOf, saysOutOfMemory } from '../contract/errors.ts';
import { fitTogether, type TrainerEvent, type TrainerJob, type TrainerRequest } from '../contract/job.ts';

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
    let ranOut = false;
    child.stderr?.on('data', (data: Buffer) => {
      ranOut ||= saysOutOfMemory(data.toString()); // V8 says it first, and a long trace of its stack after it
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
          const words = ranOut ? 'out of memory' : lastWords.trim().split('\n').at(-1);
          listener(words ? `${how}: ${words}` : how);
        };
        child.on('exit', (code, signal) => tell(signal ? `signal ${signal}` : `exit code ${code}`));
        child.on('error', (error) => tell(error.message));
      },
      kill: () => void child.kill('SIGKILL'),
    };
  };
}

/** A job that waits for a trainer or is with one. */
interface Entry {
  readonly job: TrainerJob;
  readonly onEvent: (event: TrainerEvent) => void;
  readonly signal: AbortSignal;
  readonly end: (error: EspalierError | null) => void;
}

interface Worker {
  readonly channel: TrainerChannel;
  /** What it is busy with, by run. */
  readonly busy: Map<string, Entry>;
}

export interface TrainerPoolOptions {
  /** Trainer processes. */
  readonly size: number;
  /** Waiting jobs that fit together are given to one trainer up to this number, to train in one graph. */
  readonly together?: number;
}

export class TrainerPool {
  private readonly launch: TrainerLauncher;
  private readonly size: number;
  /** Jobs that one trainer may be given at once. */
  readonly together: number;
  private readonly workers: Worker[] = [];
  private readonly waiting: Entry[] = [];
  private isAssigning = false;
  private closed = false;

  constructor(launch: TrainerLauncher, { size, together = 1 }: TrainerPoolOptions) {
    this.launch = launch;
    this.size = size;
    this.together = together;
  }

  /** Jobs that can be under way at once. */
  get capacity(): number {
    return this.size * this.together;
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
    const cancel = (): void => {
      const worker = this.workers.find(({ busy }) => busy.has(job.runId));
      worker?.channel.send({ kind: 'cancel', runId: job.runId });
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        const end = (error: EspalierError | null): void => (error ? reject(error) : resolve());
        this.waiting.push({ job, onEvent, signal, end });
        this.assignSoon();
      });
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Ends all trainers; jobs under way and waiting reject. */
  close(): void {
    this.closed = true;
    for (const worker of [...this.workers]) worker.channel.kill();
    this.assignSoon();
  }

  /** After what is being done now, in which more jobs that fit may come. */
  private assignSoon(): void {
    if (this.isAssigning) return;
    this.isAssigning = true;
    queueMicrotask(() => {
      this.isAssigning = false;
      this.assign();
    });
  }

  private assign(): void {
    if (this.closed) {
      for (const { end } of this.waiting.splice(0))
        end(new EspalierError('interrupted', 'the trainers have been stopped'));
      return;
    }
    while (this.waiting.length > 0) {
      const free = this.workers.find(({ busy }) => busy.size === 0);
      const worker = free ?? (this.workers.length < this.size ? this.start() : null);
      if (!worker) return;
      const entries = this.takeFitting();
      for (const entry of entries) worker.busy.set(entry.job.runId, entry);
      worker.channel.send({ kind: 'run', jobs: entries.map(({ job }) => job) });
      for (const { job, signal } of entries)
        if (signal.aborted) worker.channel.send({ kind: 'cancel', runId: job.runId });
    }
  }

  /** The first that waits, and others that fit. */
  private takeFitting(): Entry[] {
    const [first, ...rest] = this.waiting.splice(0) as [Entry, ...Entry[]];
    const taken = [first];
    for (const entry of rest) {
      const fits = taken.length < this.together && fitTogether(first.job, entry.job);
      (fits ? taken : this.waiting).push(entry);
    }
    return taken;
  }

  private start(): Worker {
    const worker: Worker = { channel: this.launch(), busy: new Map() };
    this.workers.push(worker);
    worker.channel.onEvent((event) => {
      const entry = worker.busy.get(event.runId);
      if (!entry) return;
      try {
        entry.onEvent(event);
      } catch (error) {
        this.forget(worker); // before anyone is told: a dying trainer must not get the next job
        worker.channel.kill();
        entry.end(
          error instanceof EspalierError
            ? error
            : new EspalierError('failed', messageOf(error), { cause: error }),
        );
        worker.busy.delete(event.runId);
        return;
      }
      worker.channel.send({ kind: 'acknowledge', runId: event.runId, sequence: event.sequence });
      if (!ENDINGS.has(event.kind)) return;
      worker.busy.delete(event.runId);
      entry.end(null);
      this.assignSoon();
    });
    worker.channel.onExit((how) => {
      this.forget(worker);
      for (const { end } of worker.busy.values()) end(new TrainerCrash(how));
      worker.busy.clear();
      this.assignSoon();
    });
    return worker;
  }

  private forget(worker: Worker): void {
    const index = this.workers.indexOf(worker);
    if (index >= 0) this.workers.splice(index, 1);
  }
}

const ENDINGS: ReadonlySet<TrainerEvent['kind']> = new Set(['finished', 'diverged', 'cancelled', 'failed']);
