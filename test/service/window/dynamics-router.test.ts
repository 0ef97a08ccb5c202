import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DynamicsNews } from '../../../src-main/contract/window/dynamics.ts';
import type { NewStudy } from '../../../src-main/history/history.ts';
import { makeWindowContext, type WindowContext } from '../../../src-main/service/window/context.ts';
import { dynamicsRouter } from '../../../src-main/service/window/dynamics-router.ts';
import { localTrainers } from '../../lag/local-trainers.ts';
import { tinyStacking } from '../../lag/tiny-stacking.ts';
import { runOptions, TestHome, tinyStudy } from '../../lag/tiny-study.ts';

const test = new TestHome();
let context: WindowContext;
const serviceOf = () => createRouterClient(dynamicsRouter(context));
let service: ReturnType<typeof serviceOf>;
const ids = { audit: '', select: '', stacking: '' };

beforeAll(async () => {
  context = makeWindowContext(test.home, () => localTrainers());
  const { studies } = context;
  ids.audit = (await studies.run(tinyStudy({ name: 'audit', mode: 'audit' }), '', runOptions())).id;
  const atLag = { rule: 'lossAtLag', lag: 8, resamples: 100 } as const;
  ids.select = (await studies.run(tinyStudy({ decision: atLag, repeats: 2 }), '', runOptions())).id;
  ids.stacking = (await studies.run(tinyStacking(), '', runOptions())).id;
  service = serviceOf();
}, 120_000);
afterAll(() => test.remove());

describe('dynamics.overview', () => {
  it('lists the candidates in pool order with their look, and both runs of an audit', async () => {
    const found = await service.overview({ studyId: ids.audit });
    expect(found.candidates.map(({ strategy }) => strategy)).toEqual([
      'stack',
      'random',
      'identity',
      'noisy',
    ]);
    expect(new Set(found.candidates.map(({ look }) => JSON.stringify(look))).size).toBe(4);
    expect(found.runs.filter(({ strategy }) => strategy === 'stack').map((run) => run.schedule)).toEqual([
      'cooldown',
      'final',
    ]);
    expect(found.runs.filter(({ strategy }) => strategy === null)).toHaveLength(1);
    const analysis = context.studies.analyse(ids.audit);
    if (analysis.mode === 'stacking') throw new Error('not an audit');
    expect(found.decision).toEqual(analysis.decision);
    expect(found.flopsPerStep).toBeCloseTo(analysis.target.flopsPerStep, 6);
    expect(found).toMatchObject({ horizon: 24, tokensPerStep: 64, sourceLayers: 2, targetLayers: 4 });
  });

  it('opens any growing point of a stacking study at which strategies were probed', async () => {
    const first = await service.overview({ studyId: ids.stacking });
    expect(first.places.length).toBeGreaterThan(1);
    expect(first.place).toEqual(first.places[0]);
    const place = first.places.at(-1)!;
    const last = await service.overview({ studyId: ids.stacking, ...pick(place) });
    expect(last.place).toEqual(place);
    expect(last.candidates.length).toBeGreaterThan(1);
    const analysis = context.studies.analyse(ids.stacking);
    if (analysis.mode !== 'stacking') throw new Error('not a stacking study');
    const point = analysis.policies
      .flatMap(({ growingPoints }) => growingPoints)
      .find(
        ({ growingPoint, probes }) =>
          growingPoint === place.growingPoint &&
          probes.some(({ strategy }) => strategy === last.candidates[0]!.strategy),
      )!;
    expect([last.sourceLayers, last.targetLayers]).toEqual([point.fromLayers, point.toLayers]);
    const { curves } = await service.curves({ studyId: ids.stacking, ...pick(place) });
    const run = last.runs.find(({ strategy }) => strategy === point.probes[0]!.strategy)!;
    expect(curves.find(({ runId }) => runId === run.id)?.values).toEqual(
      point.probes[0]!.curve.map(({ loss }) => loss),
    );
  });

  it('refuses an unknown study and a growing point without probes', async () => {
    await expect(service.overview({ studyId: 'nowhere' })).rejects.toThrow('nowhere');
    await expect(service.overview({ studyId: ids.stacking, growingPoint: 900 })).rejects.toThrow(
      'growing point 901',
    );
  });
});

describe('dynamics.landscape', () => {
  it('says why there is none, as the sentence and what to do', async () => {
    const { analysis, refusal } = await service.landscape({ studyId: ids.stacking });
    expect(analysis).toBeNull();
    expect(refusal?.sentence).toMatch(/of mode stacking/);
    expect(refusal?.hint).toMatch(/study of its own/);
    const imported = await service.landscape({ studyId: 'import-1' });
    expect(imported.refusal?.sentence).toMatch(/imported/);
    await expect(service.landscape({ studyId: 'nowhere' })).rejects.toThrow('nowhere');
  });
});

describe('dynamics.curves', () => {
  it('holds what the analysis of the study holds', async () => {
    const { curves, points, total } = await service.curves({ studyId: ids.audit });
    const { runs } = await service.overview({ studyId: ids.audit });
    const analysis = context.studies.analyse(ids.audit);
    if (analysis.mode === 'stacking') throw new Error('not an audit');
    expect(points).toBe(total);
    for (const { strategy, probeCurve, fullCurve } of analysis.candidates)
      for (const [schedule, curve] of [
        ['cooldown', probeCurve],
        ['final', fullCurve],
      ] as const) {
        const run = runs.find((one) => one.strategy === strategy && one.schedule === schedule)!;
        const found = curves.find(({ runId }) => runId === run.id)!;
        expect(found.steps.map((step, index) => ({ step, loss: found.values[index] }))).toEqual(curve);
      }
  });

  it('holds the spread over repeats around the curve that is drawn, and none without repeats', async () => {
    expect((await service.curves({ studyId: ids.audit })).bands).toEqual([]);
    const { bands, curves } = await service.curves({ studyId: ids.select });
    const { runs } = await service.overview({ studyId: ids.select });
    expect(bands.map(({ strategy }) => strategy)).toEqual(['stack', 'random', 'identity', 'noisy']);
    for (const { strategy, schedule, seeds, steps, low, high } of bands) {
      expect(seeds).toBe(3);
      const run = runs.find((one) => one.strategy === strategy && one.schedule === schedule)!;
      const curve = curves.find(({ runId }) => runId === run.id)!;
      for (const [index, step] of steps.entries()) {
        const value = curve.values[curve.steps.indexOf(step)]!;
        expect(low[index]!).toBeLessThanOrEqual(value);
        expect(high[index]!).toBeGreaterThanOrEqual(value);
      }
      expect(steps.some((_, index) => low[index]! < high[index]!)).toBe(true);
    }
  });

  it('thins to the pixels asked for, and says how many points there are', async () => {
    const thin = await service.curves({ studyId: ids.audit, pixels: 1 });
    expect(thin.points).toBeLessThan(thin.total);
    expect(thin.rankable).toEqual((await service.curves({ studyId: ids.audit })).rankable);
  });

  it('samples a point of each column, the first and the last among them, and says so', async () => {
    const full = await service.curves({ studyId: ids.audit });
    const sample = await service.curves({ studyId: ids.audit, pixels: 3, isSample: true });
    expect([full.isSample, sample.isSample]).toEqual([false, true]);
    expect(sample.points).toBeLessThan(full.points);
    for (const { runId, steps, values } of sample.curves) {
      const whole = full.curves.find((curve) => curve.runId === runId)!;
      expect([steps[0], steps.at(-1)]).toEqual([whole.steps[0], whole.steps.at(-1)]);
      expect(values).toEqual(steps.map((step) => whole.values[whole.steps.indexOf(step)]));
    }
    const other = await service.curves({ studyId: ids.audit, metric: 'gradientNorm', isSample: true });
    expect(other.isSample).toBe(false);
  });

  it('gives other quantities too', async () => {
    const { curves } = await service.curves({ studyId: ids.audit, metric: 'gradientNorm' });
    expect(curves[0]!.values[0]).toBeNull();
    expect(curves[0]!.values.at(-1)).toBeGreaterThan(0);
    expect(curves[0]!.lost).toEqual([]);
  });

  it('refuses a range that does not ascend', async () => {
    await expect(service.curves({ studyId: ids.audit, from: 9, to: 3 })).rejects.toThrow('from step 9 to 3');
  });
});

describe('dynamics.rankings', () => {
  it('at the step of the decision is the decision, ties and intervals included', async () => {
    for (const [studyId, schedule] of [
      [ids.audit, 'cooldown'],
      [ids.select, 'final'],
    ] as const) {
      const { decision } = await service.overview({ studyId });
      const [ranking] = await service.rankings({ studyId, schedule, steps: [decision!.lag] });
      expect(ranking!.ranks.map(({ strategy, value }) => ({ strategy, value }))).toEqual(decision!.values);
      const tied = ranking!.ranks.filter(({ isTied }) => isTied).map(({ strategy }) => strategy);
      expect(tied).toEqual(decision!.tie);
      expect(ranking!.ranks[1]!.difference).toEqual(decision!.margin);
    }
  });

  it('ranks every step that is rankable, and none beyond', async () => {
    const { rankable } = await service.curves({ studyId: ids.audit });
    const rankings = await service.rankings({
      studyId: ids.audit,
      schedule: 'final',
      steps: [...rankable.final],
    });
    expect(rankings.every((ranking) => ranking !== null)).toBe(true);
    expect(await service.rankings({ studyId: ids.audit, schedule: 'final', steps: [25] })).toEqual([null]);
  });

  it('shares the mean rank among strategies that keep the function, and keeps the pool order', async () => {
    const [start] = await service.rankings({ studyId: ids.audit, schedule: 'final', steps: [0] });
    const ranks = new Map(start!.ranks.map(({ strategy, rank }) => [strategy, rank]));
    expect([...ranks.values()].reduce((sum, rank) => sum! + rank!, 0)).toBe(10);
  });
});

describe('dynamics.findings', () => {
  it('are those of the analysis, and empty where not everything was trained', async () => {
    const analysis = context.studies.analyse(ids.audit);
    if (analysis.mode === 'stacking') throw new Error('not an audit');
    const found = await service.findings({ studyId: ids.audit });
    expect(found.agreement).toEqual(analysis.agreement);
    expect(found.finals.map(({ rank }) => rank)).toEqual(analysis.candidates.map((one) => one.rankFinal));
    expect((await service.findings({ studyId: ids.select })).agreement).toEqual([]);
    expect((await service.findings({ studyId: ids.stacking })).finals).toEqual([]);
  });
});

describe('dynamics.watch', () => {
  it('tells every evaluation exactly once, however often the reader breaks off, while a study is written', async () => {
    const studyId = 'live';
    const steps = [0, 5, 10, 20, 40];
    const runIds = ['source', 'a', 'b'];
    const read: string[] = [];
    let cursor = '';
    /** Reads items until one holds a point, takes only that, and breaks off. */
    const readOne = async (): Promise<DynamicsNews> => {
      const controller = new AbortController();
      for await (const news of await service.watch({ studyId, cursor }, { signal: controller.signal })) {
        cursor = news.cursor;
        read.push(...news.points.map(({ runId, step }) => `${runId} ${step}`));
        if (news.points.length === 0) continue;
        controller.abort();
        return news;
      }
      throw new Error('the stream ended');
    };
    beginStudy(studyId);
    const written: string[] = [];
    for (const step of steps)
      for (const run of runIds) {
        record(`${studyId}/${run}`, step);
        written.push(`${studyId}/${run} ${step}`);
        // Written by hand, so nobody tells; another process would not either.
        await readOne();
        expect(read).toEqual(written);
      }
    // The same again: a resumed run repeats what it had recorded before it stopped.
    record(`${studyId}/a`, 20);
    record(`${studyId}/a`, 80);
    await readOne();
    expect(read).toEqual([...written, `${studyId}/a 80`]);
    expect(new Set(read).size).toBe(read.length);
  }, 60_000);

  it('goes on where the curves ended', async () => {
    beginStudy('later');
    record('later/source', 0);
    record('later/a', 0);
    const { cursor, curves } = await service.curves({ studyId: 'later' });
    expect(curves.map(({ steps }) => steps)).toEqual([[0], [0], []]);
    record('later/b', 0);
    record('later/a', 7, Number.NaN);
    const [first] = await take(service.watch({ studyId: 'later', cursor }), 1);
    expect(first!.points.map(({ runId, step, lost }) => [runId, step, lost])).toEqual([
      ['later/a', 7, 'nan'],
      ['later/b', 0, null],
    ]);
    expect((await service.curves({ studyId: 'later' })).curves[1]).toMatchObject({
      steps: [0, 7],
      values: [1, null],
      lost: [{ step: 7, kind: 'nan' }],
    });
  });

  it('tells a change of a run and of the study without an evaluation', async () => {
    beginStudy('state');
    const stream = service.watch({ studyId: 'state', cursor: '' });
    const items: DynamicsNews[] = [];
    for await (const news of await stream) {
      items.push(news);
      if (items.length === 1)
        test.change((history) => history.updateRun('state/a', { state: 'running', stepsDone: 3 }));
      if (items.length === 2) test.change((history) => history.updateStudyState('state', 'failed', 'gone'));
      if (items.length === 3) break;
    }
    expect(items[1]!.runs.map(({ id, stepsDone }) => [id, stepsDone])).toEqual([['state/a', 3]]);
    expect([items[2]!.runs, items[2]!.state]).toEqual([[], 'failed']);
  }, 20_000);

  it('refuses a cursor of another study', async () => {
    await expect(take(service.watch({ studyId: 'state', cursor: '1,2,3,4,5' }), 1)).rejects.toThrow('5 runs');
    await expect(take(service.watch({ studyId: 'state', cursor: 'x' }), 1)).rejects.toThrow();
  });
});

const pick = ({ policy, growingPoint }: { policy: string; growingPoint: number }) => ({
  policy,
  growingPoint,
});

async function take<Item>(stream: Promise<AsyncIterable<Item>>, count: number): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of await stream) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}

/** A running study of two candidates, as another process writes it. */
function beginStudy(id: string): void {
  test.change((history) => {
    const { state: _, createdAt: _1, updatedAt: _2, reason: _3, ...like } = history.getStudy(ids.audit);
    const study: NewStudy = { ...like, id, specHash: id };
    history.createStudy(study);
    history.updateStudyState(id, 'running');
    const [first] = history.listCandidates(ids.audit);
    history.addCandidates(
      ['a', 'b'].map((strategy, position) => ({
        ...first!,
        id: `${id}/${strategy}`,
        studyId: id,
        strategy,
        position,
      })),
    );
    const [source] = history.listRuns(ids.audit);
    for (const [name, candidateId] of [
      ['source', null],
      ['a', `${id}/a`],
      ['b', `${id}/b`],
    ] as const)
      history.createRun({
        ...source!,
        id: `${id}/${name}`,
        studyId: id,
        candidateId,
        kind: candidateId === null ? 'source' : 'probe',
        state: 'waiting',
        stepsDone: 0,
        seconds: 0,
        flops: 0,
      });
  });
}

function record(runId: string, step: number, loss = 1): void {
  test.change((history) =>
    history.recordEvaluations([
      {
        runId,
        step,
        loss,
        batchLosses: Float32Array.of(loss, loss),
        trainingLoss: null,
        gradientNorm: null,
        learningRate: null,
        weightDistance: null,
        seconds: step / 10,
      },
    ]),
  );
}
