/**
 * A fixed number of trainer processes on one device or several that take jobs as they become free, one by one or several
 * that train in one graph. A crash ends the jobs of one trainer with an error and is replaced by a fresh process; it never reaches the
 * owner or the other trainers.
 */

import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import type { ComputeDevice, ComputeSettings } from '../contract/compute.ts';
import { EspalierError, messageOf, saysOutOfMemory } from '../contract/errors.ts';
import { fitTogether, type TrainerEvent, type TrainerRequest, type UnplacedJob } from '../contract/job.ts';

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

/**
 * Starts `entry` with Node and talks over its IPC channel; typed arrays travel as they are. `gpu` is the only GPU that
 * CUDA shows the process, counted among those that it shows this one.
 */
export function forkLauncher(entry: string, options: { threads: number; gpu?: number }): TrainerLauncher {
  return () => {
    const child: ChildProcess = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        // Inside Electron the program to fork is Electron itself, which is Node only when it is asked to be.
        ...(process.versions.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
        OMP_NUM_THREADS: String(options.threads),
        ...(options.gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: visibleGpu(options.gpu) }),
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

/** The name of a GPU among those that CUDA shows this process; -1, which is none, where there are fewer. */
function visibleGpu(index: number): string {
  const shown = process.env.CUDA_VISIBLE_DEVICES?.split(',').map((name) => name.trim());
  return shown ? (shown[index] ?? '-1') : String(index);
}

/** A job that waits for a trainer or is with one. */
interface Entry {
  readonly job: UnplacedJob;
  /** The only kind of device that may train it; null where any may. */
  readonly only: ComputeDevice | null;
  readonly onEvent: (event: TrainerEvent) => void;
  readonly signal: AbortSignal;
  readonly end: (error: EspalierError | null) => void;
}

interface Worker {
  readonly lane: TrainerLane;
  readonly channel: TrainerChannel;
  /** What it is busy with, by run. */
  readonly busy: Map<string, Entry>;
}

/** Trainers of one device. */
export interface TrainerLane {
  readonly compute: ComputeSettings;
  readonly launch: TrainerLauncher;
  /** Trainer processes. */
  readonly size: number;
  /** Waiting jobs that fit together are given to one trainer up to this number, to train in one graph. */
  readonly together: number;
}

export class TrainerPool {
  /** Where several are free, a job goes to the first. */
  private readonly lanes: readonly [TrainerLane, ...TrainerLane[]];
  private readonly workers: Worker[] = [];
  private readonly waiting: Entry[] = [];
  private isAssigning = false;
  private closed = false;

  constructor(...lanes: readonly [TrainerLane, ...TrainerLane[]]) {
    this.lanes = lanes;
  }

  /** Jobs that can be under way at once. */
  get capacity(): number {
    return this.lanes.reduce((sum, { size, together }) => sum + size * together, 0);
  }

  /** Most jobs that one trainer may be given at once. */
  get together(): number {
    return Math.max(...this.lanes.map(({ together }) => together));
  }

  /** The device that comes first, which trains what must not depend on who is free. */
  get firstCompute(): ComputeSettings {
    return this.lanes[0].compute;
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
   * @param only The kind of device that must train it; null where any of the pool may.
   * @throws EspalierError `refused` when the pool has no such device
   */
  async run(
    job: UnplacedJob,
    onEvent: (event: TrainerEvent) => void,
    signal: AbortSignal,
    only: ComputeDevice | null = null,
  ): Promise<void> {
    if (!this.lanes.some((lane) => mayTake(lane, only)))
      throw new EspalierError(
        'refused',
        `${job.runId} must be trained on ${only}, where it began; the study trains on ${this.lanes.map(({ compute }) => compute.device).join(', ')}`,
      );
    const cancel = (): void => {
      const worker = this.workers.find(({ busy }) => busy.has(job.runId));
      worker?.channel.send({ kind: 'cancel', runId: job.runId });
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        const end = (error: EspalierError | null): void => (error ? reject(error) : resolve());
        this.waiting.push({ job, only, onEvent, signal, end });
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
    while (this.lanes.some((lane) => this.assignTo(lane)));
  }

  /** Gives a free trainer of the lane something to do; false where there is none, or nothing for it. */
  private assignTo(lane: TrainerLane): boolean {
    if (!this.waiting.some(({ only }) => mayTake(lane, only))) return false;
    const own = this.workers.filter((worker) => worker.lane === lane);
    const free = own.find(({ busy }) => busy.size === 0);
    const worker = free ?? (own.length < lane.size ? this.start(lane) : null);
    if (!worker) return false;
    const entries = this.takeFitting(lane);
    for (const entry of entries) worker.busy.set(entry.job.runId, entry);
    const { compute } = lane;
    worker.channel.send({ kind: 'run', jobs: entries.map(({ job }) => ({ ...job, compute })) });
    for (const { job, signal } of entries)
      if (signal.aborted) worker.channel.send({ kind: 'cancel', runId: job.runId });
    return true;
  }

  /** The first that waits for the lane, and others that fit. */
  private takeFitting(lane: TrainerLane): Entry[] {
    const taken: Entry[] = [];
    for (const entry of this.waiting.splice(0)) {
      const [first] = taken;
      const fits = !first || (taken.length < lane.together && fitTogether(first.job, entry.job));
      (fits && mayTake(lane, entry.only) ? taken : this.waiting).push(entry);
    }
    return taken;
  }

  private start(lane: TrainerLane): Worker {
    const worker: Worker = { lane, channel: lane.launch(), busy: new Map() };
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

const mayTake = ({ compute }: TrainerLane, only: ComputeDevice | null): boolean =>
  only === null || only === compute.device;

const ENDINGS: ReadonlySet<TrainerEvent['kind']> = new Set(['finished', 'diverged', 'cancelled', 'failed']);
