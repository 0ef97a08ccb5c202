import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { ComputeDevice } from '../../src-main/contract/compute.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type {
  TrainerEvent,
  TrainerEventBody,
  TrainerJob,
  TrainerRequest,
} from '../../src-main/contract/job.ts';
import type { TrainerChannel, TrainerLane } from '../../src-main/training/trainer-pool.ts';
import { forkLauncher, TrainerCrash, TrainerPool } from '../../src-main/training/trainer-pool.ts';

/** A trainer that does what the test says. */
class PuppetTrainer implements TrainerChannel {
  readonly processId = 1;
  readonly requests: TrainerRequest[] = [];
  isKilled = false;
  private tell: (event: TrainerEvent) => void = () => {};
  exit: (how: string) => void = () => {};

  send(request: TrainerRequest): void {
    this.requests.push(request);
  }
  onEvent(listener: (event: TrainerEvent) => void): void {
    this.tell = listener;
  }
  onExit(listener: (how: string) => void): void {
    this.exit = listener;
  }
  kill(): void {
    this.isKilled = true;
    setImmediate(() => this.exit('signal SIGKILL'));
  }
  emit(runId: string, sequence: number, body: TrainerEventBody): void {
    this.tell({ ...body, runId, sequence } as TrainerEvent);
  }
  finish(runId: string): void {
    this.emit(runId, 9, { kind: 'finished', step: 1, seconds: 0 });
  }
  get jobs(): string[] {
    return this.requests.flatMap((request) =>
      request.kind === 'run' ? request.jobs.map((job) => job.runId) : [],
    );
  }
}

function puppetPool(size: number, together = 1): { pool: TrainerPool; puppets: PuppetTrainer[] } {
  const puppets: PuppetTrainer[] = [];
  const launch = (): PuppetTrainer => {
    const puppet = new PuppetTrainer();
    puppets.push(puppet);
    return puppet;
  };
  const pool = new TrainerPool({ compute: CPU, launch, size, together });
  return { pool, puppets };
}

const CPU = { device: 'cpu', threads: 1 } as const;
const job = (runId: string): TrainerJob => ({ runId }) as TrainerJob;
const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('TrainerPool', () => {
  it('starts trainers as they are needed, up to its size, and uses free ones again', async () => {
    const { pool, puppets } = puppetPool(2);
    const runs = ['a', 'b', 'c'].map((id) => pool.run(job(id), () => {}, never));
    await turn();
    expect(puppets.map(({ jobs }) => jobs)).toEqual([['a'], ['b']]);
    puppets[1]!.finish('b');
    await turn();
    expect(puppets.map(({ jobs }) => jobs)).toEqual([['a'], ['b', 'c']]);
    puppets[0]!.finish('a');
    puppets[1]!.finish('c');
    await Promise.all(runs);
    expect(pool.processIds).toHaveLength(2);
  });

  it('hands over the events of its own run only, acknowledging each after it was committed', async () => {
    const { pool, puppets } = puppetPool(1);
    const seen: number[] = [];
    const run = pool.run(
      job('a'),
      ({ sequence }) => {
        expect(puppets[0]!.requests).not.toContainEqual({ kind: 'acknowledge', runId: 'a', sequence });
        seen.push(sequence);
      },
      never,
    );
    await turn();
    puppets[0]!.emit('stale', 0, { kind: 'progress', step: 1, seconds: 0 });
    puppets[0]!.emit('a', 0, { kind: 'progress', step: 1, seconds: 0 });
    puppets[0]!.emit('a', 1, { kind: 'cancelled', step: 1, seconds: 0 });
    await run;
    puppets[0]!.emit('a', 2, { kind: 'progress', step: 2, seconds: 0 });
    expect(seen).toEqual([0, 1]);
    expect(puppets[0]!.requests.slice(1)).toEqual([
      { kind: 'acknowledge', runId: 'a', sequence: 0 },
      { kind: 'acknowledge', runId: 'a', sequence: 1 },
    ]);
  });

  it('gives one trainer what fits together, up to the number that may train in one graph', async () => {
    const { pool, puppets } = puppetPool(1, 3);
    expect(pool.capacity).toBe(3);
    const shaped = (runId: string, changes: Partial<TrainerJob> = {}): TrainerJob =>
      ({
        runId,
        recipe: { trainable: 'all' },
        dataset: { path: `${runId}.tokens`, contentHash: 'text' },
        start: { path: runId, hash: runId, step: 0 },
        untilStep: 10,
        ...changes,
      }) as TrainerJob;
    const only = { recipe: { trainable: 'newLayers' } } as Partial<TrainerJob>;
    const jobs = [
      shaped('a'),
      shaped('longer', { untilStep: 20 }),
      shaped('b'),
      shaped('c'),
      shaped('d'),
      shaped('new', only),
      shaped('newer', only),
    ];
    const ended: string[] = [];
    const runs = jobs.map((one) =>
      pool
        .run(one, () => {}, never)
        .then(
          () => ended.push(one.runId),
          (error: unknown) => ended.push(`${one.runId}: ${error}`),
        ),
    );
    await turn();
    const given = (): string[][] =>
      puppets[0]!.requests.flatMap((request) =>
        request.kind === 'run' ? [request.jobs.map(({ runId }) => runId)] : [],
      );
    expect(given()).toEqual([['a', 'b', 'c']]);
    for (const runId of ['b', 'a']) puppets[0]!.finish(runId);
    await turn();
    expect(given()).toHaveLength(1); // c is still under way
    puppets[0]!.finish('c');
    await turn();
    expect(given().slice(1)).toEqual([['longer']]);
    puppets[0]!.finish('longer');
    await turn();
    expect(given().slice(2)).toEqual([['d']]);
    puppets[0]!.finish('d');
    await turn();
    expect(given().slice(3)).toEqual([['new']]); // what learns may differ between them
    puppets[0]!.finish('new');
    await turn();
    puppets[0]!.finish('newer');
    await Promise.all(runs);
    expect(ended).toEqual(['b', 'a', 'c', 'longer', 'd', 'new', 'newer']);
  });

  it('ends all jobs of a trainer that dies, and cancels each by its own signal', async () => {
    const { pool, puppets } = puppetPool(1, 2);
    const shaped = (runId: string): TrainerJob =>
      ({ runId, recipe: {}, dataset: {}, start: { step: 0 } }) as unknown as TrainerJob;
    const stop = new AbortController();
    const runs = [
      errorOf(pool.run(shaped('a'), () => {}, stop.signal)),
      errorOf(pool.run(shaped('b'), () => {}, never)),
    ];
    await turn();
    stop.abort();
    expect(puppets[0]!.requests.slice(1)).toEqual([{ kind: 'cancel', runId: 'a' }]);
    puppets[0]!.exit('exit code 137');
    for (const error of await Promise.all(runs)) expect(error).toBeInstanceOf(TrainerCrash);
  });

  it('ends one job when its trainer dies, and starts another trainer for the next', async () => {
    const { pool, puppets } = puppetPool(2);
    const doomed = errorOf(pool.run(job('a'), () => {}, never));
    const other = pool.run(job('b'), () => {}, never);
    await turn();
    puppets[0]!.exit('signal SIGSEGV');
    const error = await doomed;
    expect(error).toBeInstanceOf(TrainerCrash);
    expect((error as Error).message).toBe('the trainer process ended unexpectedly (signal SIGSEGV)');
    const third = pool.run(job('c'), () => {}, never);
    await turn();
    expect(puppets.map(({ jobs }) => jobs)).toEqual([['a'], ['b'], ['c']]);
    puppets[1]!.finish('b');
    puppets[2]!.finish('c');
    await Promise.all([other, third]);
  });

  it('ends a job whose event could not be committed, and never gives its trainer another', async () => {
    const { pool, puppets } = puppetPool(1);
    const full = new EspalierError('failed', 'the disk is full');
    const run = errorOf(
      pool.run(
        job('a'),
        () => {
          throw full;
        },
        never,
      ),
    );
    await turn();
    puppets[0]!.emit('a', 0, { kind: 'progress', step: 1, seconds: 0 });
    const next = pool.run(job('b'), () => {}, never); // before the first trainer has died
    expect(await run).toBe(full);
    await turn();
    expect(puppets[0]!.isKilled).toBe(true);
    expect(puppets[0]!.requests.map(({ kind }) => kind)).toEqual(['run']);
    expect(puppets[1]!.jobs).toEqual(['b']);
    puppets[1]!.finish('b');
    await next;
  });

  it('passes a cancel on, before or after the job has begun', async () => {
    const { pool, puppets } = puppetPool(2);
    const stop = new AbortController();
    const early = pool.run(job('a'), () => {}, stop.signal);
    await turn();
    stop.abort();
    const late = pool.run(job('b'), () => {}, stop.signal);
    await turn();
    for (const [index, id] of ['a', 'b'].entries()) {
      expect(puppets[index]!.requests.map(({ kind }) => kind)).toEqual(['run', 'cancel']);
      puppets[index]!.emit(id, 0, { kind: 'cancelled', step: 0, seconds: 0 });
    }
    await Promise.all([early, late]);
  });

  it('ends every job when it is closed, also those that wait for a trainer', async () => {
    const { pool, puppets } = puppetPool(1);
    const errors = ['a', 'b', 'c'].map((id) => errorOf(pool.run(job(id), () => {}, never)));
    await turn();
    pool.close();
    for (const error of await Promise.all(errors)) expect(error).toBeInstanceOf(EspalierError);
    expect(puppets).toHaveLength(1);
    expect(pool.processIds).toEqual([]);
  });
});

describe('TrainerPool on several devices', () => {
  /** A lane for each device; puppets by device, in the order they were started. */
  function lanes(...wanted: readonly { device: ComputeDevice; size: number; together?: number }[]) {
    const puppets: Partial<Record<ComputeDevice, PuppetTrainer[]>> = {};
    const [first, ...others] = wanted.map(({ device, size, together = 1 }): TrainerLane => {
      puppets[device] = [];
      const launch = (): PuppetTrainer => {
        const puppet = new PuppetTrainer();
        puppets[device]!.push(puppet);
        return puppet;
      };
      return { compute: { device, threads: 1 }, launch, size, together };
    });
    return { pool: new TrainerPool(first!, ...others), puppets };
  }
  const jobsOf = (puppets: readonly PuppetTrainer[] | undefined): string[][] =>
    puppets!.map(({ jobs }) => jobs);

  it('fills the first device first, and gives the next job to whoever is free', async () => {
    const { pool, puppets } = lanes({ device: 'cuda', size: 1 }, { device: 'cpu', size: 2 });
    expect([pool.capacity, pool.firstCompute.device]).toEqual([3, 'cuda']);
    const runs = ['a', 'b', 'c', 'd', 'e'].map((id) => pool.run(job(id), () => {}, never));
    await turn();
    expect(jobsOf(puppets.cuda)).toEqual([['a']]);
    expect(jobsOf(puppets.cpu)).toEqual([['b'], ['c']]);
    puppets.cuda![0]!.finish('a');
    await turn();
    puppets.cuda![0]!.finish('d');
    await turn();
    expect(jobsOf(puppets.cuda)).toEqual([['a', 'd', 'e']]);
    for (const [puppet, id] of [
      [puppets.cuda![0]!, 'e'],
      [puppets.cpu![0]!, 'b'],
      [puppets.cpu![1]!, 'c'],
    ] as const)
      puppet.finish(id);
    await Promise.all(runs);
    const sent = puppets.cpu![0]!.requests[0]!;
    expect(sent.kind === 'run' && sent.jobs[0]!.compute).toEqual({ device: 'cpu', threads: 1 });
  });

  it('gives each device as many candidates in one graph as are its own', async () => {
    const { pool, puppets } = lanes({ device: 'cpu', size: 1 }, { device: 'cuda', size: 1, together: 3 });
    const alike = (runId: string): TrainerJob =>
      ({ runId, recipe: {}, dataset: {}, start: {} }) as TrainerJob;
    expect([pool.capacity, pool.together]).toEqual([4, 3]);
    for (const id of ['a', 'b', 'c', 'd', 'e']) void pool.run(alike(id), () => {}, never);
    await turn();
    expect(jobsOf(puppets.cpu)).toEqual([['a']]);
    expect(jobsOf(puppets.cuda)).toEqual([['b', 'c', 'd']]);
  });

  it('keeps a job for the kind of device that it must have, and lets others pass it', async () => {
    const { pool, puppets } = lanes({ device: 'cuda', size: 1 }, { device: 'cpu', size: 1 });
    for (const id of ['a', 'b']) void pool.run(job(id), () => {}, never, 'cpu');
    void pool.run(job('c'), () => {}, never);
    await turn();
    expect(jobsOf(puppets.cpu)).toEqual([['a']]);
    expect(jobsOf(puppets.cuda)).toEqual([['c']]);
    puppets.cuda![0]!.finish('c');
    await turn();
    expect(jobsOf(puppets.cuda)).toEqual([['c']]);
    puppets.cpu![0]!.finish('a');
    await turn();
    expect(jobsOf(puppets.cpu)).toEqual([['a', 'b']]);
  });

  it('refuses a job that must have a device which it lacks', async () => {
    const { pool } = lanes({ device: 'cuda', size: 1 });
    expect(await errorOf(pool.run(job('s/a'), () => {}, never, 'cpu'))).toMatchObject({
      code: 'refused',
      message: 's/a must be trained on cpu, where it began; the study trains on cuda',
    });
  });

  it('replaces a trainer that died by one of the same device', async () => {
    const { pool, puppets } = lanes({ device: 'cuda', size: 1 }, { device: 'cpu', size: 1 });
    const runs = ['a', 'b'].map((id) => errorOf(pool.run(job(id), () => {}, never)));
    await turn();
    puppets.cpu![0]!.exit('signal SIGKILL');
    expect(await runs[1]).toBeInstanceOf(TrainerCrash);
    void pool.run(job('c'), () => {}, never);
    await turn();
    expect(jobsOf(puppets.cpu)).toEqual([['b'], ['c']]);
    expect(jobsOf(puppets.cuda)).toEqual([['a']]);
  });
});

describe('forkLauncher', () => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-fork-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says how a trainer ended, with its last words', async () => {
    for (const [program, message] of [
      ['process.stderr.write("one\\ntwo\\n", () => process.exit(3))', 'exit code 3: two'],
      [
        'process.stderr.write("FATAL ERROR: JavaScript heap out of memory\\n 1: 0x9dde61", () => process.exit(3))',
        'exit code 3: out of memory',
      ],
      ['process.kill(process.pid, "SIGKILL")', 'signal SIGKILL'],
    ] as const) {
      const entry = join(folder, 'trainer.mjs');
      writeFileSync(entry, program);
      const channel = forkLauncher(entry, { threads: 1 })();
      expect(await new Promise((resolve) => channel.onExit(resolve))).toBe(message);
    }
  });

  it('shows CUDA one GPU, counted among those it shows here', async () => {
    const entry = join(folder, 'gpu.mjs');
    writeFileSync(entry, 'process.send(process.env.CUDA_VISIBLE_DEVICES ?? null); process.disconnect();');
    const shown = (gpu?: number): Promise<unknown> =>
      new Promise((resolve) =>
        forkLauncher(entry, { threads: 1, ...(gpu === undefined ? {} : { gpu }) })().onEvent(resolve),
      );
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
    expect([await shown(), await shown(1)]).toEqual([null, '1']);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '4, GPU-8f6d');
    expect([await shown(), await shown(1), await shown(2)]).toEqual(['4, GPU-8f6d', 'GPU-8f6d', '-1']);
    vi.unstubAllEnvs();
  });

  it('carries numbers to the last bit, and kills', async () => {
    const entry = join(folder, 'echo.mjs');
    writeFileSync(
      entry,
      'process.on("message", (m) => process.send(m)); process.on("disconnect", () => {});',
    );
    const channel = forkLauncher(entry, { threads: 1 })();
    const request = { kind: 'run', job: { batchLosses: Float32Array.of(0.1, Number.NaN), loss: -0 } };
    const answer = new Promise((resolve) => channel.onEvent(resolve));
    channel.send(request as unknown as TrainerRequest);
    expect(await answer).toEqual(request);
    const ended = new Promise((resolve) => channel.onExit(resolve));
    channel.kill();
    expect(await ended).toBe('signal SIGKILL');
  });
});
