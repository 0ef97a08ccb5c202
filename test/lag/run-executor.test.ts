import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionEvidence } from '../../src-main/contract/analysis.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { TrainerEvent } from '../../src-main/contract/job.ts';
import type { EventRecord } from '../../src-main/contract/records.ts';
import type { StudySpecInput } from '../../src-main/contract/study.ts';
import type { LocalTrainerOptions } from './local-trainers.ts';
import { localTrainers } from './local-trainers.ts';
import type { Outcome } from './tiny-study.ts';
import { outcomeOf, TestHome, tinyStudy } from './tiny-study.ts';

let test: TestHome;
beforeEach(() => {
  test = new TestHome();
});
afterEach(() => test.remove());

const compute = { trainers: 2, checkpointSeconds: 0 };
let reference: Outcome & { id: string };
beforeAll(async () => {
  const home = new TestHome();
  const { id } = await home.run(tinyStudy({ compute }), localTrainers());
  reference = { id, ...home.read((history) => outcomeOf(history, id)) };
  home.remove();
});

/** What is in the home, whatever became of the study. */
const outcome = (id = reference.id): Outcome & { id: string } => ({
  id,
  ...test.read((history) => outcomeOf(history, id)),
});
const events = (kind: string, id = reference.id): EventRecord[] =>
  test.read((history) => history.listEvents(id).filter((event) => event.kind === kind));

async function failure(promise: Promise<unknown>): Promise<EspalierError> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EspalierError);
  return error as EspalierError;
}

const isEvaluation = (event: TrainerEvent, run: string, step: number): boolean =>
  event.kind === 'evaluation' && event.runId.endsWith(run) && event.step === step;

/** Runs the tiny study until `when` holds for an event, then interrupts it; the event's trainer dies if asked to. */
async function interruptAt(
  when: (event: TrainerEvent) => boolean,
  changes: Partial<StudySpecInput> = {},
  trainerDies = false,
): Promise<void> {
  const stop = new AbortController();
  const watch = localTrainers({
    diesAt: (event) => {
      if (!when(event)) return false;
      stop.abort();
      return trainerDies;
    },
  });
  const error = await failure(test.run(tinyStudy({ compute, ...changes }), watch, { signal: stop.signal }));
  expect(error.code).toBe('interrupted');
}

describe('executeRun, crashes', () => {
  it('tries a run again from its last checkpoint after a crash, and says so', async () => {
    let crashes = 0;
    const trainers = localTrainers({
      diesAt: (event) => isEvaluation(event, '/random/probe', 9) && crashes++ === 0,
    });
    await test.run(tinyStudy({ compute }), trainers);
    expect(crashes).toBe(2); // it came again
    expect(outcome()).toEqual(reference);
    expect(events('run-retried').map(({ message }) => message)).toEqual([
      `${reference.id}/random/probe: the trainer process ended unexpectedly (signal SIGKILL); it goes on from step 6 with the same numbers`,
    ]);
    const starts = trainers.jobs.filter(({ runId }) => runId.endsWith('random/probe'));
    expect(starts.map(({ start }) => start.step)).toEqual([0, 6]);
    expect(starts[1]!.secondsBefore).toBeGreaterThan(0);
    test.read((history) => expect(history.getRun(`${reference.id}/random/probe`).attempts).toBe(2));
  });

  it('goes on through any number of crashes as long as each try gets further', async () => {
    const seen = new Set<string>();
    const diesAt: LocalTrainerOptions['diesAt'] = (event) => {
      if (event.kind !== 'evaluation' || event.step === 0) return false;
      const place = `${event.runId} ${event.step}`;
      const isNew = !seen.has(place);
      seen.add(place);
      return isNew;
    };
    await test.run(tinyStudy({ compute }), localTrainers({ diesAt }));
    expect(outcome()).toEqual(reference);
    expect(events('run-retried')).toHaveLength(seen.size);
    expect(seen.size).toBeGreaterThan(20);
  });

  it('gives a run up after two crashes at one place, ranks it last and goes on with the others', async () => {
    const trainers = localTrainers({ diesAt: (event) => isEvaluation(event, '/identity/probe', 9) });
    await test.run(tinyStudy({ compute }), trainers);
    const { runs, state, decision } = outcome();
    expect(state).toBe('finished');
    expect(runs['identity/probe']).toMatchObject({
      state: 'failed',
      reason: 'the trainer process ended unexpectedly (signal SIGKILL)',
      stepsDone: 6,
    });
    const { strategy, values } = decision as DecisionEvidence;
    expect(strategy).not.toBe('identity'); // it would have won
    expect((reference.decision as DecisionEvidence).strategy).toBe('identity');
    expect(values.at(-1)).toEqual({ strategy: 'identity', value: null });
    for (const name of ['stack', 'random', 'noisy'])
      expect(runs[`${name}/probe`]).toEqual(reference.runs[`${name}/probe`]);
    expect(events('run-failed')).toHaveLength(1);
    expect(events('run-retried')).toHaveLength(1);
  });

  it('stops, to go on another time, where a trainer dies twice for want of memory', async () => {
    const diesOf = 'signal SIGABRT: out of memory';
    const trainers = localTrainers({ diesAt: (event) => isEvaluation(event, '/identity/probe', 9), diesOf });
    const error = await failure(test.run(tinyStudy({ compute }), trainers));
    expect(error).toMatchObject({
      code: 'refused',
      message: `the trainer ran out of memory (the trainer process ended unexpectedly (${diesOf}))`,
    });
    expect(outcome().runs['identity/probe']!.state).toBe('waiting');
    await test.run(tinyStudy({ compute }), localTrainers());
    expect(outcome()).toEqual(reference);
  });

  it('does not try a failed run again once the decision is made without it', async () => {
    const diesAt = (event: TrainerEvent): boolean => isEvaluation(event, '/random/probe', 9);
    const stop = new AbortController();
    const broken = localTrainers({ diesAt });
    const onProgress = ({ phase }: { phase: string }): void => void (phase === 'continuing' && stop.abort());
    await failure(test.run(tinyStudy({ compute }), broken, { signal: stop.signal, onProgress }));
    const { decision } = outcome();
    const sound = localTrainers();
    await test.run(tinyStudy({ compute }), sound);
    expect(outcome().decision).toEqual(decision);
    expect(outcome().runs['random/probe']!.state).toBe('failed');
    expect(sound.jobs.map(({ runId }) => runId)).toEqual([
      `${reference.id}/${(decision as DecisionEvidence).strategy}/full`,
    ]);
  });

  it('fails the study when the chosen one cannot go on, and goes on with it when run again', async () => {
    const diesAt = (event: TrainerEvent): boolean => isEvaluation(event, '/full', 16);
    const error = await failure(test.run(tinyStudy({ compute }), localTrainers({ diesAt })));
    expect(error.code).toBe('failed');
    expect(error.message).toMatch(
      /^the chosen strategy identity could not be trained to the end: the trainer/,
    );
    expect(outcome().state).toBe('failed');
    await test.run(tinyStudy({ compute }), localTrainers());
    expect(outcome()).toEqual(reference);
  });
});

describe('executeRun, divergence', () => {
  /** Gives one run another limit, as if its losses were higher. */
  const limit = (run: string, divergenceLoss: number) =>
    localTrainers({ onJob: (job) => (job.runId.endsWith(run) ? { ...job, divergenceLoss } : job) });

  it('marks a diverged run, explains it, ranks it last and goes on with the others', async () => {
    for (const decision of [undefined, { rule: 'lossAtLag', lag: 12 }, { rule: 'initialLoss' }] as const) {
      const name = decision ? 'identity/full' : 'identity/probe';
      const spec = tinyStudy({ compute, ...(decision ? { decision } : {}) });
      const { id } = await test.run(spec, limit(`/${name}`, 1.5));
      const result = outcome(id);
      const { reason } = result.runs[name]!;
      expect(result.runs[name]).toMatchObject({ state: 'diverged', stepsDone: 0 });
      expect(reason).toMatch(/^the validation loss became 1\.97\d, above the limit of 1\.50 at step 0$/);
      expect(events('run-diverged', id).map(({ message }) => message)).toEqual([`${id}/${name}: ${reason}`]);
      expect((result.decision as DecisionEvidence).values.at(-1)).toEqual({
        strategy: 'identity',
        value: null,
      });
      expect(result.state).toBe('finished');
    }
  });

  it('fails the study when all candidates diverge, and fails it again without training', async () => {
    const recipe = { batchSize: 4, warmupSteps: 2, learningRate: 10 };
    const spec = tinyStudy({ compute, recipe, divergenceLoss: 3 });
    const error = await failure(test.run(spec, localTrainers()));
    expect(error.code).toBe('failed');
    expect(error.message).toBe(
      'All 4 candidates diverged or failed before step 12; at least one must have a finite loss to be chosen.',
    );
    const trainers = localTrainers();
    expect((await failure(test.run(spec, trainers))).message).toBe(error.message);
    expect(trainers.jobs).toEqual([]);
    const study = test.read((history) => history.listStudies()[0]!);
    expect(study).toMatchObject({ state: 'failed', reason: error.message });
    expect(outcome(study.id).runs['stack/probe']!.reason).toMatch(/ became .* at step \d+$/);
  });

  it('does not choose a candidate that went above the limit at the lag itself', async () => {
    // Nothing is evaluated between the start and the lag, where the loss is finite and above the limit.
    const trainers = localTrainers({
      onJob: (job) =>
        job.runId.endsWith('/noisy/probe')
          ? {
              ...job,
              recipe: { ...job.recipe, learningRate: 1 },
              evaluation: { ...job.evaluation, steps: [] },
              divergenceLoss: 2.2,
            }
          : job,
    });
    await test.run(tinyStudy({ compute }), trainers);
    const { runs, decision } = outcome();
    expect(runs['noisy/probe']).toMatchObject({ state: 'diverged', stepsDone: 12 });
    expect(runs['noisy/probe']!.reason).toMatch(/above the limit of 2.20 at step 12$/);
    expect((decision as DecisionEvidence).values.at(-1)).toEqual({ strategy: 'noisy', value: null });
  });

  it('fails a study whose chosen model diverges on the way to the horizon; an audit reports it', async () => {
    const onJob: LocalTrainerOptions['onJob'] = (job) =>
      job.runId.endsWith('/identity/full') ? { ...job, divergenceLoss: 0.5 } : job;
    const error = await failure(test.run(tinyStudy({ compute }), localTrainers({ onJob })));
    expect(error.code).toBe('failed');
    expect(error.message).toMatch(/^the chosen strategy identity could not be trained to the end: the valid/);
    const audit = await test.run(tinyStudy({ compute, mode: 'audit' }), localTrainers({ onJob }));
    expect(audit.state).toBe('finished');
    expect(audit.candidates.find(({ isChosen }) => isChosen)).toMatchObject({ finalLoss: null });
  });

  it('fails a study whose source diverges', async () => {
    const error = await failure(test.run(tinyStudy({ divergenceLoss: 0.5 }), localTrainers()));
    expect(error.code).toBe('failed');
    expect(error.message).toMatch(/^the source model could not be trained: the validation loss became/);
  });
});

describe('executeRun, devices', () => {
  it('refuses a device that is not there, saying what was looked for, and trains nothing', async () => {
    const trainers = localTrainers();
    const error = await failure(test.run(tinyStudy({ compute: { device: 'cuda' } }), trainers));
    expect(error.code).toBe('refused');
    expect(error.message).toMatch(
      /^Device cuda is not available: (onnxruntime-node|the CUDA files of onnxruntime-node)/,
    );
    expect(error.hint).toMatch(/--device cpu/);
    const study = test.read((history) => history.listStudies()[0]!);
    expect(study).toMatchObject({ state: 'failed', reason: error.message });
    const { runs } = outcome(study.id);
    expect(Object.values(runs).flatMap((run) => run.evaluations)).toEqual([]);
    expect(trainers.jobs).toHaveLength(1);
  });
});

describe('executeRun, interruption', () => {
  it('stops where it is told to, and ends with the same bytes when run again', async () => {
    const places: ((event: TrainerEvent) => boolean)[] = [
      ({ kind }) => kind === 'started',
      (event) => isEvaluation(event, '/source', 8),
      (event) => event.kind === 'finished' && event.runId.endsWith('/random/probe'),
      (event) => isEvaluation(event, '/noisy/probe', 12),
      (event) => event.kind === 'started' && event.runId.endsWith('/identity/full'),
      (event) => isEvaluation(event, '/identity/full', 16),
    ];
    for (const place of places) {
      await interruptAt(place);
      expect(outcome().state).toBe('interrupted');
      const states = Object.values(outcome().runs).map(({ state }) => state);
      expect(states).not.toContain('running');
    }
    await test.run(tinyStudy({ compute }), localTrainers());
    expect(outcome()).toEqual(reference);
  });

  it('refuses a second writer while a study runs, naming the process, and lets others read', async () => {
    let refused: Promise<EspalierError> | null = null;
    let seen: string[] = [];
    await test.run(tinyStudy({ compute }), localTrainers(), {
      onProgress: ({ phase }) => {
        if (phase !== 'probing' || refused !== null) return;
        refused = failure(test.run(tinyStudy({ seed: 9 }), localTrainers()));
        seen = test
          .service(localTrainers())
          .list()
          .map(({ study }) => study.state);
      },
    });
    const error = await refused!;
    expect(error.code).toBe('refused');
    expect(error.message).toContain(`process ${process.pid};`);
    expect(seen).toEqual(['running']);
  });

  it('stops all runs and keeps the history when a repeated computation gives other numbers', async () => {
    const late = { compute: { trainers: 2, checkpointSeconds: 3600 } };
    await interruptAt((event) => isEvaluation(event, '/stack/probe', 9), late, true);
    const before = outcome().runs['stack/probe']!.evaluations;
    const onJob: LocalTrainerOptions['onJob'] = (job) =>
      job.runId.endsWith('/stack/probe') ? { ...job, batchSeed: job.batchSeed + 1 } : job;
    const error = await failure(test.run(tinyStudy(late), localTrainers({ onJob })));
    expect(error.code).toBe('failed');
    expect(error.message).toMatch(/must give the same numbers/);
    expect(before.length).toBeGreaterThan(2);
    expect(outcome().runs['stack/probe']!.evaluations).toEqual(before);
    await test.run(tinyStudy(late), localTrainers());
    expect({ ...outcome(), id: reference.id }).toEqual(reference);
  });
});

describe('executeRun, checkpoints', () => {
  const removeFiles = (): void => {
    for (const name of test.checkpointFiles()) rmSync(join(test.home.checkpoints, name));
  };

  it('computes again what was in checkpoint files that are gone', async () => {
    const cases = [
      { when: '/stack/probe', step: 9, changes: {} },
      { when: '/full', step: 16, changes: { seed: 5 } },
      { when: '/full', step: 16, changes: { decision: { rule: 'lossAtLag', lag: 12 } } },
    ] as const;
    for (const { when, step, changes: given } of cases) {
      const changes = { compute, ...given };
      const other = new TestHome();
      const { id } = await other.run(tinyStudy(changes), localTrainers());
      const expected = { id, ...other.read((history) => outcomeOf(history, id)) };
      other.remove();

      await interruptAt((event) => isEvaluation(event, when, step), changes, true);
      removeFiles();
      await test.run(tinyStudy(changes), localTrainers());
      expect(outcome(id)).toEqual(expected);
      const lost = events('checkpoint-lost', id).map(({ message }) => message);
      expect(lost).toContainEqual(
        expect.stringMatching(/source: the file of its checkpoint at step 20 is gone/),
      );
      expect(lost.length).toBeGreaterThan(1);
    }
  });

  it('computes again what was in checkpoint files that are damaged', async () => {
    await interruptAt((event) => isEvaluation(event, '/stack/probe', 9));
    for (const name of test.checkpointFiles()) {
      const path = join(test.home.checkpoints, name);
      const bytes = readFileSync(path);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(path, bytes);
    }
    await test.run(tinyStudy({ compute }), localTrainers());
    expect(outcome()).toEqual(reference);
    expect(events('checkpoint-lost')[0]!.message).toMatch(/its SHA-256 is/);
  });

  it('deletes files that nothing refers to when a study starts, and no others', async () => {
    await test.run(tinyStudy({ seed: 9 }), localTrainers());
    const needed = test.checkpointFiles();
    const orphans = [`${'0a'.repeat(32)}.safetensors`, `.espalier-${'1'.repeat(36)}.tmp`];
    const foreign = ['notes.txt', 'mine.safetensors', `${'0a'.repeat(32)}.safetensors.bak`];
    for (const name of [...orphans, ...foreign]) writeFileSync(join(test.home.checkpoints, name), 'x');
    const stop = new AbortController();
    stop.abort();
    await failure(test.run(tinyStudy({ compute }), localTrainers(), { signal: stop.signal }));
    expect(test.checkpointFiles()).toEqual([...needed, 'mine.safetensors'].sort());
    for (const name of foreign) expect(existsSync(join(test.home.checkpoints, name)), name).toBe(true);
    for (const name of orphans) expect(existsSync(join(test.home.checkpoints, name)), name).toBe(false);
    // A study that is finished starts nothing, so nothing is cleared.
    writeFileSync(join(test.home.checkpoints, orphans[0]!), 'x');
    await test.run(tinyStudy({ seed: 9 }), localTrainers());
    expect(existsSync(join(test.home.checkpoints, orphans[0]!))).toBe(true);
  });
});
