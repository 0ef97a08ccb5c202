/**
 * Runs side by side, as many at a time as there are trainers. Several callers may share a group: a stacking study
 * lets its policies go on beside each other. The first error that is not one run's own stops all.
 */
import type { RunRecord } from '../contract/records.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import type { RunEnvironment } from './run-executor.ts';
import { createRun, executeRun } from './run-executor.ts';
import type { PlannedRun } from './study-plan.ts';

/** A run, whose it is, and how its growing point is made. */
export interface RunTask {
  readonly run: PlannedRun;
  /** Candidate the run belongs to. */
  readonly candidateId: string;
  readonly makeStart: () => CheckpointContent;
}

export class RunGroup {
  private readonly environment: RunEnvironment;
  private readonly stop = new AbortController();
  private readonly onEnd: (run: PlannedRun, record: RunRecord) => void;
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(
    environment: RunEnvironment,
    trainers: number,
    onEnd: (run: PlannedRun, record: RunRecord) => void,
  ) {
    this.environment = { ...environment, signal: AbortSignal.any([environment.signal, this.stop.signal]) };
    this.free = trainers;
    this.onEnd = onEnd;
  }

  /** Creates what is missing in the history and trains everything to its end; begins in the given order. */
  async execute(tasks: readonly RunTask[]): Promise<void> {
    const { history, studyId } = this.environment;
    const known = new Set(history.listRuns(studyId).map((run) => run.id));
    history.transaction(() => {
      for (const { run, candidateId } of tasks)
        if (!known.has(run.id)) createRun(run, candidateId, this.environment);
    });
    await this.all(tasks.map((task) => () => this.one(task)));
  }

  /** Does several things side by side, each of which may execute runs; the first error ends the others. */
  async all(actions: readonly (() => Promise<unknown>)[]): Promise<void> {
    let stopped: { readonly error: unknown } | null = null;
    await Promise.all(
      actions.map(async (action) => {
        try {
          await action();
        } catch (error) {
          stopped ??= { error };
          this.stop.abort();
        }
      }),
    );
    if (stopped !== null) throw (stopped as { readonly error: unknown }).error;
  }

  /** The environment with the group's own stop signal, for runs that are executed one by one. */
  get runEnvironment(): RunEnvironment {
    return this.environment;
  }

  /** Waits for a free trainer. */
  async withTrainer<Result>(action: () => Promise<Result>): Promise<Result> {
    if (this.free === 0) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.free--;
    try {
      return await action();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.free++;
    }
  }

  private async one({ run, makeStart }: RunTask): Promise<void> {
    const record = await this.withTrainer(() => executeRun(run, makeStart, this.environment));
    this.onEnd(run, record);
  }
}
