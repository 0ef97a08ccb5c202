/** Landscapes of real studies of seconds: numbers against what the study itself recorded, resuming, refusals. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  LandscapeAnalysisName,
  LandscapePartRecord,
  LandscapeSettings,
} from '../../src-main/contract/landscape.ts';
import { LANDSCAPE_ANALYSES, landscapeSettingsSchema } from '../../src-main/contract/landscape.ts';
import type { ProgramRunner } from '../../src-main/engine/program-runner.ts';
import { openHistory } from '../../src-main/history/open-history.ts';
import { resolveHome } from '../../src-main/service/home.ts';
import type { LandscapeOptions } from '../../src-main/service/landscape-service.ts';
import { LandscapeService } from '../../src-main/service/landscape-service.ts';
import { localTrainers } from '../lag/local-trainers.ts';
import { TestHome, tinyStudy } from '../lag/tiny-study.ts';

const SMALL = {
  batches: 2,
  points: 3,
  directions: 2,
  planePoints: 3,
  iterations: 4,
  tokens: 64,
} satisfies Partial<LandscapeSettings>;
const settings = landscapeSettingsSchema.parse(SMALL);

function optionsFor(changes: Partial<LandscapeOptions> = {}): LandscapeOptions {
  return {
    settings,
    analyses: LANDSCAPE_ANALYSES,
    strategies: ['stack', 'identity', 'source'],
    threads: 1,
    signal: new AbortController().signal,
    onProgress: () => {},
    ...changes,
  };
}

/** Everything but clock times, in key order. */
const numbersOf = (parts: readonly LandscapePartRecord[]): string[] =>
  parts
    .map(({ analysis, subject, part, settingsJson, resultJson, flops }) =>
      [analysis, subject, part, settingsJson, resultJson, flops].join(' | '),
    )
    .sort();

/** A home with one finished audit; copies of it are measured. */
const original = new TestHome();
const places: string[] = [];
let studyId = '';

function freshHome(): string {
  const place = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'espalier-landscape-'));
  cpSync(original.home.folder, place, { recursive: true });
  places.push(place);
  return place;
}

const serviceOf = (home: string, runner?: ProgramRunner): LandscapeService =>
  new LandscapeService(
    resolveHome(home),
    () => localTrainers(),
    runner ? { openRunner: async () => runner } : {},
  );

function partsIn(home: string): LandscapePartRecord[] {
  const history = openHistory(home, { mode: 'read' });
  try {
    return history.listLandscapeParts(studyId);
  } finally {
    history.close();
  }
}

beforeAll(async () => {
  studyId = (await original.run(tinyStudy({ mode: 'audit' }), localTrainers())).id;
});
afterAll(() => {
  original.remove();
  for (const place of places) rmSync(place, { recursive: true, force: true });
});

describe('LandscapeService.measure', () => {
  it('agrees to the last bit with the losses that the study recorded, at the growing point and at the lag', async () => {
    const home = freshHome();
    const { analysis } = await serviceOf(home).measure(
      studyId,
      optionsFor({
        settings: { ...settings, batches: 4 },
        analyses: ['depth', 'barriers'],
        strategies: 'all',
      }),
    );
    const history = openHistory(home, { mode: 'read' });
    const recorded = (run: string, step: number): number =>
      history.listEvaluations(`${studyId}/${run}`).find((evaluation) => evaluation.step === step)!.loss;
    const wholeOf = (subject: string): number | null =>
      analysis.depth.find((one) => one.subject === subject)!.whole;
    try {
      // The tiny study evaluates on four batches, as many as are asked for here.
      for (const strategy of ['stack', 'random', 'identity', 'noisy']) {
        expect(wholeOf(`${strategy}@start`)).toBe(recorded(`${strategy}/full`, 0));
        // Step 12 is the lag of a cooldown probe; the run on the final schedule is evaluated there too.
        expect(wholeOf(`${strategy}@lag`)).toBe(recorded(`${strategy}/full`, 12));
        const toEnd = analysis.barriers.find(
          ({ from, to }) => from.subject === `${strategy}@start` && to.subject === `${strategy}@end`,
        )!;
        expect(toEnd.losses.at(-1)).toBe(recorded(`${strategy}/full`, 24));
      }
      expect(wholeOf('source')).toBe(recorded('source', 20));
    } finally {
      history.close();
    }
  });

  it('finds a function-preserving growth equal to its source and its new layers idle', async () => {
    const home = freshHome();
    const { analysis } = await serviceOf(home).measure(
      studyId,
      optionsFor({ analyses: ['depth', 'similarity'] }),
    );
    const identity = analysis.depth.find(({ subject }) => subject === 'identity@start')!;
    const source = analysis.depth.find(({ subject }) => subject === 'source')!;
    expect(identity.whole).toBe(source.whole);
    expect(identity.skip.filter(({ change }) => change!.estimate === 0)).toHaveLength(2);
    const { cka } = analysis.similarity.find(({ subject }) => subject === 'identity@start')!;
    expect(cka).toHaveLength(3);
    expect(cka[0]).toHaveLength(5);
    expect(cka[2]![4]).toBeCloseTo(1, 9);
    expect(cka[0]![0]).toBeCloseTo(1, 9);
  });

  it('computes nothing and writes nothing the second time, and only what is new for more directions', async () => {
    const home = freshHome();
    const first = await serviceOf(home).measure(studyId, optionsFor());
    expect(first.parts.stored).toBe(0);
    const before = partsIn(home);
    expect(before.filter(({ analysis }) => analysis !== 'models')).toHaveLength(first.parts.computed);
    const idle: ProgramRunner = {
      device: 'cpu',
      description: 'must not be used',
      compile: () => Promise.reject(new Error('something was computed')),
    };
    const again = await serviceOf(home, idle).measure(studyId, optionsFor());
    expect(again.parts).toEqual({ computed: 0, stored: first.parts.computed });
    expect(again.analysis).toEqual(first.analysis);
    expect(partsIn(home)).toEqual(before);
    expect(serviceOf(home).stored(studyId)).toEqual(first.analysis);

    const more = await serviceOf(home).measure(
      studyId,
      optionsFor({ settings: { ...settings, directions: 3 } }),
    );
    expect(more.parts).toEqual({ computed: 5, stored: first.parts.computed });
    expect(more.analysis.slices).toHaveLength(15);
  });

  it('charges no candidate: runs and their cost stay as they were', async () => {
    const home = freshHome();
    const runsIn = () => {
      const history = openHistory(home, { mode: 'read' });
      try {
        return history.listRuns(studyId);
      } finally {
        history.close();
      }
    };
    const before = runsIn();
    const { analysis } = await serviceOf(home).measure(studyId, optionsFor({ analyses: ['depth'] }));
    expect(runsIn()).toEqual(before);
    expect(analysis.flops).toBeGreaterThan(0);
    expect(existsSync(join(home, 'landscape', studyId))).toBe(false);
  });

  it('stopped again and again, ends with the rows of an undisturbed probe', async () => {
    const undisturbed = freshHome();
    await serviceOf(undisturbed).measure(studyId, optionsFor());
    const home = freshHome();
    let stops = 0;
    for (;;) {
      const controller = new AbortController();
      let seen = 0;
      try {
        await serviceOf(home).measure(
          studyId,
          optionsFor({
            signal: controller.signal,
            onProgress: () => {
              if (++seen > 80) controller.abort();
            },
          }),
        );
        break;
      } catch (error) {
        expect(error).toMatchObject({ code: 'interrupted' });
        stops++;
      }
    }
    expect(stops).toBeGreaterThan(3);
    expect(numbersOf(partsIn(home))).toEqual(numbersOf(partsIn(undisturbed)));
  });

  it('killed at random moments, ends with the rows of an undisturbed probe', async () => {
    const undisturbed = freshHome();
    await serviceOf(undisturbed).measure(
      studyId,
      optionsFor({ analyses: ['gradients', 'depth', 'barriers'] }),
    );
    const home = freshHome();
    const runChild = (killAfter: number | null): Promise<boolean> =>
      new Promise((resolve) => {
        const child = spawn(
          process.execPath,
          [join(import.meta.dirname, 'landscape-child.ts'), home, studyId, JSON.stringify(SMALL)],
          { stdio: ['ignore', 'pipe', 'inherit'] },
        );
        let [lines, isDone] = [0, false];
        createInterface({ input: child.stdout }).on('line', (line) => {
          if (line === 'done') isDone = true;
          else if (++lines === killAfter) child.kill('SIGKILL');
        });
        child.on('close', () => resolve(isDone));
      });
    expect(await runChild(4)).toBe(false);
    expect(await runChild(12)).toBe(false);
    const kept = partsIn(home).length;
    expect(kept).toBeGreaterThanOrEqual(12);
    expect(await runChild(null)).toBe(true);
    expect(numbersOf(partsIn(home))).toEqual(numbersOf(partsIn(undisturbed)));
  }, 180_000);

  it('uses the same numbers in the reference runner, up to float32', async () => {
    const measure = async (device: LandscapeSettings['device']) => {
      const analyses: LandscapeAnalysisName[] = ['sharpness', 'gradients', 'slices'];
      const reading = optionsFor({
        settings: { ...settings, device },
        analyses,
        strategies: ['stack'],
      });
      return (await serviceOf(freshHome()).measure(studyId, reading)).analysis;
    };
    const [single, exact] = [await measure('cpu'), await measure('reference')];
    for (const [index, { largest }] of single.sharpness.entries())
      expect(largest!.estimate / exact.sharpness[index]!.largest!.estimate).toBeCloseTo(1, 3);
    for (const [index, { squaredNorm }] of single.gradients.entries())
      expect(squaredNorm! / exact.gradients[index]!.squaredNorm!).toBeCloseTo(1, 3);
    for (const [index, { losses }] of single.slices.entries())
      losses.forEach((loss, place) => {
        expect(loss).toBeCloseTo(exact.slices[index]!.losses[place]!, 4);
      });
  });

  it('says why a model that diverges before the lag is missing, and goes on with the others', async () => {
    const home = freshHome();
    const trainers = () =>
      localTrainers({
        onJob: (job) => (job.runId.includes('stack@lag') ? { ...job, divergenceLoss: 1e-9 } : job),
      });
    const { analysis } = await new LandscapeService(resolveHome(home), trainers).measure(
      studyId,
      optionsFor({ analyses: ['gradients', 'barriers'] }),
    );
    expect(analysis.missing).toHaveLength(1);
    expect(analysis.missing[0]!.subject).toBe('stack@lag');
    expect(analysis.missing[0]!.reason).toContain('above the limit');
    expect(analysis.gradients.map(({ subject }) => subject)).toEqual([
      'source',
      'stack@start',
      'identity@start',
      'identity@lag',
    ]);
    expect(analysis.barriers.some(({ to }) => to.subject === 'stack@lag')).toBe(false);
  });

  it('refuses an unknown strategy, naming the known ones', async () => {
    await expect(
      serviceOf(freshHome()).measure(studyId, optionsFor({ strategies: ['stack', 'nobody'] })),
    ).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('"nobody"'),
      hint: expect.stringContaining('identity'),
    });
  });

  it('refuses a study that is not finished', async () => {
    const home = new TestHome();
    const controller = new AbortController();
    controller.abort();
    await expect(home.run(tinyStudy(), localTrainers(), { signal: controller.signal })).rejects.toMatchObject(
      { code: 'interrupted' },
    );
    const id = home.read((history) => history.listStudies()[0]!.id);
    await expect(serviceOf(home.home.folder).measure(id, optionsFor())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('interrupted'),
    });
    home.remove();
  });
});

describe('landscape parts in the history', () => {
  const part = {
    analysis: 'depth',
    subject: 'stack@start',
    part: 'skip',
    settingsJson: '{}',
    resultJson: '{"whole":1,"layers":[]}',
    seconds: 1,
    flops: 2,
  };

  it('keep the first record of equal results and refuse another result', () => {
    const history = openHistory(freshHome(), { mode: 'write' });
    const first = history.recordLandscapePart({ ...part, studyId });
    expect(history.recordLandscapePart({ ...part, studyId, seconds: 99 })).toEqual(first);
    expect(history.listLandscapeParts(studyId)).toEqual([first]);
    expect(() =>
      history.recordLandscapePart({ ...part, studyId, resultJson: '{"whole":2,"layers":[]}' }),
    ).toThrow('came again with another result');
    history.close();
  });

  it('go with their study', () => {
    const history = openHistory(freshHome(), { mode: 'write' });
    history.recordLandscapePart({ ...part, studyId });
    history.removeStudy(studyId);
    expect(history.listLandscapeParts(studyId)).toEqual([]);
    history.close();
  });

  it('are refused for a study that does not exist', () => {
    const history = openHistory(freshHome(), { mode: 'write' });
    expect(() => history.recordLandscapePart({ ...part, studyId: 'nobody' })).toThrow();
    history.close();
  });
});
