import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainerEvent, TrainerJob } from '../../src-main/contract/job.ts';
import { TrainerServer } from '../../src-main/training/trainer-server.ts';
import { localTrainers } from '../lag/local-trainers.ts';
import { TestHome, tinyStudy } from '../lag/tiny-study.ts';

const home = new TestHome();
let job: TrainerJob;
/** A job whose files are really there: that of a finished probe. */
beforeAll(async () => {
  const starts = new Map<string, TrainerJob>();
  const trainers = localTrainers({
    onJob: (given) => {
      starts.set(given.runId.replace(/^[^/]*\//, ''), given);
      return given;
    },
  });
  await home.run(tinyStudy(), trainers);
  const source = home.read((history) => {
    const run = history.listRuns(history.listStudies()[0]!.id).find(({ kind }) => kind === 'source')!;
    return history.latestCheckpoint(run.id)!;
  });
  // The run is over, so its step 0 is gone.
  const { origin: _, ...given } = starts.get('source')!;
  job = {
    ...given,
    start: {
      path: `${home.home.checkpoints}/${source.hash}.safetensors`,
      hash: source.hash,
      step: source.step,
    },
    untilStep: source.step + 8,
    scheduleSteps: source.step + 8,
    evaluation: { batchCount: 2, batchSize: 2, steps: [source.step + 4] },
    checkpointSeconds: 0,
  };
});
afterAll(() => home.remove());

/** A server with its events, which resolve `until` when one of the kind has come. */
function listen(): { server: TrainerServer; events: TrainerEvent[]; until: (kind: string) => Promise<void> } {
  const events: TrainerEvent[] = [];
  const server = new TrainerServer((event) => void events.push(event));
  const until = async (kind: string): Promise<void> => {
    while (!events.some((event) => event.kind === kind)) await new Promise((done) => setTimeout(done, 5));
  };
  return { server, events, until };
}
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

describe('TrainerServer', () => {
  it('numbers the events of each job from 0 and waits with every checkpoint until it is committed', async () => {
    const { server, events, until } = listen();
    for (let round = 0; round < 2; round++) {
      events.length = 0;
      server.handle({ kind: 'run', jobs: [job] });
      for (const count of [1, 2]) {
        while (events.filter(({ kind }) => kind === 'checkpoint').length < count) await pause();
        const length = events.length;
        await pause();
        expect(events).toHaveLength(length);
        server.handle({ kind: 'acknowledge', runId: job.runId, sequence: events[length - 1]!.sequence - 1 });
        await pause();
        expect(events).toHaveLength(length);
        server.handle({ kind: 'acknowledge', runId: job.runId, sequence: events[length - 1]!.sequence });
      }
      await until('finished');
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index));
      expect(events.every(({ runId }) => runId === job.runId)).toBe(true);
    }
  });

  it('can be given the next job as soon as the last event of the one before is there', async () => {
    const events: TrainerEvent[] = [];
    const finished = await new Promise<number>((resolve) => {
      let ends = 0;
      const server = new TrainerServer((event) => {
        events.push(event);
        if (event.kind === 'checkpoint')
          server.handle({ kind: 'acknowledge', runId: job.runId, sequence: event.sequence });
        if (event.kind !== 'finished') return;
        if (++ends === 3) resolve(ends);
        else server.handle({ kind: 'run', jobs: [job] });
      });
      server.handle({ kind: 'run', jobs: [job] });
    });
    expect(finished).toBe(3);
    const losses = events.flatMap((event) => (event.kind === 'evaluation' ? event.loss : []));
    expect(losses).toHaveLength(6);
    expect(new Set(losses).size).toBe(2);
  });

  it('turns every error into a failed event and stays usable', async () => {
    const { server, events, until } = listen();
    const broken: [TrainerJob, object][] = [
      [
        { ...job, dataset: { ...job.dataset, path: `${home.home.folder}/none` } },
        { code: 'bad-input', message: expect.stringMatching(/none does not exist/) },
      ],
      [
        { ...job, start: { ...job.start, hash: '0'.repeat(64) } },
        { code: 'failed', message: expect.stringMatching(/not a usable checkpoint/) },
      ],
      [{ ...job, compute: { device: 'cuda', threads: 1 } }, { code: 'refused' }],
      [
        { ...job, dataset: { ...job.dataset, contentHash: 'other' } },
        { code: 'failed', message: expect.stringMatching(/the job expects other/) },
      ],
    ];
    for (const [given, expected] of broken) {
      events.length = 0;
      server.handle({ kind: 'run', jobs: [given] });
      await until('failed');
      expect(events.at(-1)).toMatchObject({ kind: 'failed', runId: job.runId, ...expected });
    }
    events.length = 0;
    server.handle({ kind: 'run', jobs: [{ ...job, checkpointSeconds: 3600 }] });
    await until('checkpoint');
    expect(events.at(-1)).toMatchObject({ final: true });
  });

  it('answers a cancel with cancelled, and ignores one without a job', async () => {
    const { server, events, until } = listen();
    server.handle({ kind: 'cancel', runId: job.runId });
    server.handle({ kind: 'acknowledge', runId: job.runId, sequence: 1 });
    server.handle({ kind: 'run', jobs: [job] });
    server.handle({ kind: 'cancel', runId: job.runId });
    await until('cancelled');
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'cancelled']);
  });

  it('hears a cancel between the steps of an engine that never waits', async () => {
    const { server, events, until } = listen();
    const steps = [50];
    const long = { ...job, untilStep: 50, scheduleSteps: 50, evaluation: { ...job.evaluation, steps } };
    server.handle({ kind: 'run', jobs: [{ ...long, compute: { device: 'reference', threads: 1 } }] });
    await until('progress');
    server.handle({ kind: 'cancel', runId: job.runId });
    await until('cancelled');
    expect(events.at(-1)).toMatchObject({ kind: 'cancelled', step: expect.any(Number) });
    expect(events.filter(({ kind }) => kind === 'progress').length).toBeLessThan(5);
  });
});
