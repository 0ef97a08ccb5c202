import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TrainerEvent, TrainerEventBody, TrainerJob } from '../../src-main/contract/job.ts';
import { measureSteps, type SpeedRequest } from '../../src-main/service/step-speed.ts';
import type { TrainerLauncher } from '../../src-main/training/trainer-pool.ts';

const LIMITS = { firstStep: 10_000, measuring: 2000 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Trainer {
  /** Milliseconds before a job begins its first step. */
  readonly startup?: number;
  /** Milliseconds of each step of a graph. */
  readonly step: number;
  readonly ending?: TrainerEventBody;
  /** Ends the process after so many milliseconds. */
  readonly dies?: number;
}

/** Trainers that only let the clock pass: one description for each process. */
function clockTrainers(descriptions: readonly Trainer[]): { launch: TrainerLauncher; killed: number[] } {
  const killed: number[] = [];
  let next = 0;
  const launch: TrainerLauncher = () => {
    const index = next++;
    const { startup = 0, step, ending, dies } = descriptions[index]!;
    let onEvent: (event: TrainerEvent) => void = () => {};
    let onExit: (how: string) => void = () => {};
    let isAlive = true;
    const cancelled = new Set<string>();
    const tell = (runId: string, body: TrainerEventBody): void => {
      if (isAlive) onEvent({ ...body, runId, sequence: 0 } as TrainerEvent);
    };
    const exit = (how: string): void => {
      if (isAlive) onExit(how);
      isAlive = false;
    };
    const train = (ids: readonly string[], done: number): void => {
      if (!isAlive) return;
      for (const id of ids)
        tell(id, { kind: 'progress', step: done, seconds: (done * step) / 1000 / ids.length });
      const left = ids.filter((id) => !cancelled.has(id));
      for (const id of ids) if (!left.includes(id)) tell(id, { kind: 'cancelled', step: done, seconds: 0 });
      if (left.length > 0) setTimeout(() => train(left, done + 1), step);
    };
    return {
      processId: index,
      send: (request) => {
        if (request.kind === 'cancel') cancelled.add(request.runId);
        if (request.kind !== 'run') return;
        const ids = request.jobs.map(({ runId }) => runId);
        if (dies !== undefined) setTimeout(() => exit('signal SIGSEGV'), dies);
        else if (ending) setTimeout(() => tell(ids[0]!, ending), startup);
        else setTimeout(() => train(ids, 1), startup + step);
      },
      onEvent: (listener) => {
        onEvent = listener;
      },
      onExit: (listener) => {
        onExit = listener;
      },
      kill: () => {
        killed.push(index);
        setTimeout(() => exit('signal SIGKILL'), 0);
      },
    };
  };
  return { launch, killed };
}

/** As much of a job as the pool looks at. */
const trialJob = (index: number): TrainerJob =>
  ({ runId: `job/${index}`, recipe: {}, dataset: {}, start: {} }) as TrainerJob;

const request = (launch: TrainerLauncher, trainers: number, together: number): SpeedRequest => ({
  jobs: Array.from({ length: trainers * together }, (_, index) => trialJob(index)),
  lane: { compute: { device: 'cpu', threads: 1 }, launch, size: trainers, together },
});

async function measured(trainers: readonly Trainer[], together = 1, signal = new AbortController().signal) {
  const { launch, killed } = clockTrainers(trainers);
  const result = measureSteps(request(launch, trainers.length, together), LIMITS, signal).then(
    (speed) => speed,
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  return { speed: await result, killed };
}

describe('measureSteps', () => {
  it('measures warm steps, of all trainers together', async () => {
    const { speed } = await measured([{ step: 20 }, { step: 50, startup: 900 }]);
    expect(speed).toEqual({
      millisecondsPerStep: expect.closeTo(35, 5),
      stepsPerSecond: expect.closeTo(50 + 20, 5),
    });
  });

  it('counts what the candidates of one graph take together', async () => {
    const { speed } = await measured([{ step: 40 }], 4);
    expect(speed).toEqual({
      millisecondsPerStep: expect.closeTo(10, 5),
      stepsPerSecond: expect.closeTo(100, 5),
    });
  });

  it('measures a device that is slower than the measurement by its first step', async () => {
    const { speed } = await measured([{ step: 4000 }]);
    expect(speed).toMatchObject({ millisecondsPerStep: 4000, stepsPerSecond: 0.25 });
  });

  it('gives a step under way a moment to end, then ends the process', async () => {
    const { speed, killed } = await measured([{ step: 9000 }]);
    expect(speed).toMatchObject({ millisecondsPerStep: 9000 });
    expect(killed).toContain(0);
  });

  it('says so when a device takes no step in time, when it fails, and when its process dies', async () => {
    expect((await measured([{ step: 11_000 }])).speed).toEqual({ reason: 'no step of it within 10 seconds' });
    expect((await measured([{ step: 10 }, { step: 11_000 }])).speed).toEqual({
      reason: 'no step of it within 10 seconds',
    });
    const ending = { kind: 'failed', code: 'refused', message: 'no adapter', hint: undefined } as const;
    expect((await measured([{ step: 1, ending }])).speed).toEqual({ reason: 'no adapter' });
    expect((await measured([{ step: 1, dies: 5 }])).speed).toEqual({
      reason: 'the trainer process ended unexpectedly (signal SIGSEGV)',
    });
  });

  it('stops when it is told to, also before it begins', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1000);
    const { speed, killed } = await measured([{ step: 100 }], 1, stop.signal);
    expect(speed).toMatchObject({ code: 'interrupted' });
    expect(killed).toContain(0);
    expect((await measured([{ step: 100 }], 1, stop.signal)).speed).toMatchObject({ code: 'interrupted' });
  });
});
