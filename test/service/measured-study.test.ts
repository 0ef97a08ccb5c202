/** Studies with `device: auto`: real trainers, some of which this test makes slow, or refuses. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../src-main/contract/compute.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { TrainerEvent, TrainerJob } from '../../src-main/contract/job.ts';
import type { StudySpec, StudySpecInput } from '../../src-main/contract/study.ts';
import { prepareStudy } from '../../src-main/service/prepare-study.ts';
import { readEnvironment } from '../../src-main/service/study-environment.ts';
import type { StudyStart } from '../../src-main/service/study-service.ts';
import type { TrainerLauncher } from '../../src-main/training/trainer-pool.ts';
import { localTrainers } from '../lag/local-trainers.ts';
import { runOptions, TestHome, tinyStudy } from '../lag/tiny-study.ts';

let test: TestHome;
beforeEach(() => {
  test = new TestHome();
});
afterEach(() => test.remove());

const study = (compute: NonNullable<StudySpecInput['compute']> = {}): StudySpec =>
  tinyStudy({ mode: 'audit', compute: { device: 'auto', trainers: 1, checkpointSeconds: 3600, ...compute } });

/**
 * Trainers of the test's process that know only some devices, and to whom a trial of one candidate seems to take a
 * hundred times as long where `slowAlone` says so. A device `wrong` is the reference engine, whose losses are off by a
 * hundredth. `trials` are the devices and numbers of candidates that were tried.
 */
function trainers(known: readonly ComputeDevice[], slowAlone = false, wrong?: ComputeDevice) {
  const local = localTrainers();
  const trials: string[] = [];
  const studied: TrainerJob[] = [];
  const launch: TrainerLauncher = () => {
    const channel = local();
    let tell: (event: TrainerEvent) => void = () => {};
    let factor = 1;
    let error = 0;
    channel.onEvent((event) => {
      const timed = 'seconds' in event ? { ...event, seconds: event.seconds * factor } : event;
      tell(timed.kind === 'evaluation' ? { ...timed, loss: timed.loss + error } : timed);
    });
    return {
      ...channel,
      onEvent: (listener) => {
        tell = listener;
      },
      send: (request) => {
        if (request.kind !== 'run') return channel.send(request);
        const [first] = request.jobs;
        const { device } = first!.compute;
        if (device === wrong) {
          error = 0.01;
          const jobs = request.jobs.map((job) => ({
            ...job,
            compute: { device: 'reference' as const, threads: 1 },
          }));
          return channel.send({ ...request, jobs });
        }
        if (first!.runId.startsWith('engines')) error = 0;
        else if (!first!.runId.startsWith('trial/')) studied.push(...request.jobs);
        else {
          trials.push(`${device} ${request.jobs.length}`);
          factor = slowAlone && request.jobs.length === 1 ? 100 : 1;
        }
        if (known.includes(device)) return channel.send(request);
        setImmediate(() => {
          for (const { runId } of request.jobs)
            tell({
              runId,
              sequence: 0,
              kind: 'failed',
              code: 'refused',
              message: `no ${device} here`,
              hint: undefined,
            });
        });
      },
    };
  };
  return { launch, trials, studied };
}

const stored = (id: string) => readEnvironment(test.read((history) => history.getStudy(id))).measured!;

describe('a study with device: auto', () => {
  it('trains on the fastest device and keeps what was measured', async () => {
    const { launch, studied } = trainers(['cpu', 'reference']);
    const starts: StudyStart[] = [];
    const tried: string[] = [];
    const { id, environment } = await test.run(study({ candidatesPerGraph: 1 }), launch, {
      onStart: (start) => void starts.push(start),
      onTrial: (device) => void tried.push(device),
    });
    const { trials, obstacles, chosen } = stored(id);
    expect(trials.map(({ device }) => device)).toEqual(['cpu']);
    expect(obstacles.find(({ device }) => device === 'webgpu')!.reason).toBe('no webgpu here');
    expect(chosen).toEqual({ device: 'cpu', together: 1 });
    expect(tried.slice(0, 3)).toEqual(['cpu', 'native', 'webgpu']);
    expect(starts[0]).toMatchObject({ device: 'cpu', trainers: 1, measured: { chosen } });
    expect(new Set(studied.map(({ compute }) => compute.device))).toEqual(new Set(['cpu']));
    expect(environment).toMatchObject({
      'chosen by measurement': 'cpu',
      'measured cpu': expect.stringMatching(/ms a step and candidate; 1 trainer: /),
      'not measured reference': expect.stringMatching(/^left out: /),
      'not measured cuda': 'no cuda here',
      device: expect.stringMatching(/, cpu, 1 thread/),
    });
  });

  it('takes no driver that computes other numbers than the reference engine, however fast', async () => {
    const { launch, trials } = trainers(['cpu', 'reference'], false, 'webgpu');
    const { id } = await test.run(study({ candidatesPerGraph: 1 }), launch);
    const { obstacles, chosen } = stored(id);
    expect(chosen.device).toBe('cpu');
    expect(obstacles.find(({ device }) => device === 'webgpu')!.reason).toMatch(
      /computes other numbers than the reference engine.* 0\.010 nats/,
    );
    expect(trials).not.toContain('webgpu 1');
  });

  it('trains as many candidates in one graph as serve each best, also after it was stopped', async () => {
    const stop = new AbortController();
    const slow = trainers(['cpu'], true);
    const first = test.run(study(), slow.launch, {
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'continuing' && stop.abort(),
    });
    await expect(first).rejects.toMatchObject({ code: 'interrupted' });
    expect(slow.trials.filter((trial) => trial.startsWith('cpu'))).toEqual(['cpu 1', 'cpu 2']);
    const { id } = test.read((history) => history.listStudies()[0]!);
    const { together } = stored(id).chosen;
    expect(together).toBeGreaterThan(1);
    const later = trainers(['cpu']);
    const { environment } = await test.run(study(), later.launch);
    expect(later.trials).toEqual([]);
    expect(environment['chosen by measurement']).toBe(`cpu with ${together} candidates in one graph`);
    const devices = test.read((history) => history.listRuns(id).map(({ device }) => device));
    expect(
      devices.filter((device) => device.endsWith(`${together} candidates in one graph`)).length,
    ).toBeGreaterThan(1);
  });

  it('fails when its device is gone later, and takes no other', async () => {
    const stop = new AbortController();
    const first = test.run(study({ candidatesPerGraph: 1 }), trainers(['cpu', 'reference']).launch, {
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'probing' && stop.abort(),
    });
    await expect(first).rejects.toMatchObject({ code: 'interrupted' });
    const without = trainers(['reference']);
    await expect(test.run(study(), without.launch)).rejects.toMatchObject({
      code: 'refused',
      message: 'no cpu here',
    });
    expect(without.trials).toEqual([]);
  });

  it('leaves nothing behind when no device can train it, or when it is stopped while devices are tried', async () => {
    await expect(test.run(study(), trainers([]).launch)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /^no device can train this study: cpu: no cpu here; native: no native here; webgpu: no webgpu here; /,
      ),
    });
    const stop = new AbortController();
    const stopped = test.run(study(), trainers(['cpu']).launch, {
      signal: stop.signal,
      onTrial: () => stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    expect(test.read((history) => history.listStudies())).toEqual([]);
  });

  it('leaves out devices that do not multiply in the precision of the study', async () => {
    const spec = study({ precision: 'float16', candidatesPerGraph: 1 });
    const stop = new AbortController();
    const options = { signal: stop.signal, onStart: () => stop.abort() };
    const stopped = test.run(spec, trainers(['cpu', 'reference']).launch, options);
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    const { id } = test.read((history) => history.listStudies()[0]!);
    const { obstacles, chosen } = stored(id);
    expect(obstacles.find(({ device }) => device === 'cpu')!.reason).toBe('has no products in float16');
    expect(chosen.device).toBe('reference');
  });

  it('is estimated without a device, and says that both are measured later', () => {
    const service = test.service(() => {
      throw new EspalierError('failed', 'an estimate starts no trainer');
    });
    expect(service.estimate(study())).toMatchObject({ device: 'auto', trainers: 1, measured: null });
    const open = tinyStudy({ compute: { device: 'auto' } });
    expect(service.estimate(open, runOptions())).toMatchObject({ trainers: null, estimatedSeconds: null });
  });
});

describe('the identity of a study', () => {
  const hash = (compute: NonNullable<StudySpecInput['compute']>): string =>
    prepareStudy(tinyStudy({ compute }), '').specHash;

  it('is what it was before devices could be chosen by measurement', () => {
    expect(hash({})).toBe('b90b8618ea512c5472dbf38a81dc21c7541d1593a5a1e80c7d328e0034924f17');
    expect(hash({ device: 'webgpu', trainers: 3, candidatesPerGraph: 2 })).toBe(
      '383ba04dfa5443cb880c6809aa046dbb92a1fb4780eac21fcda605d0c01c5a0a',
    );
  });

  it('is that of the file: auto is the same study wherever it is measured', () => {
    expect(hash({ device: 'auto', trainers: 2 })).toBe(hash({ device: 'auto' }));
    expect(hash({ device: 'auto' })).not.toBe(hash({ device: 'cpu' }));
  });

  it('knows kinds of devices, and neither their number nor their order', () => {
    expect(hash({ device: ['cuda:0', 'cuda:1'] })).toBe(hash({ device: 'cuda' }));
    const mixed = hash({ device: ['cuda:0', 'cuda:1', 'cpu'], mixDevices: true });
    expect(hash({ device: ['cpu', 'cuda'], mixDevices: true })).toBe(mixed);
    expect([hash({ device: 'cuda' }), hash({ device: 'cpu' })]).not.toContain(mixed);
  });
});
