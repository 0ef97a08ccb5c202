/** The timeline of real studies: what is drawn must be what was recorded and accounted. */
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StudyAnalysis } from '../../../src-main/contract/analysis.ts';
import type { StackingAnalysis } from '../../../src-main/contract/stacking-analysis.ts';
import type { TimelineStudy } from '../../../src-main/contract/window/timeline.ts';
import { makeWindowContext, type WindowContext } from '../../../src-main/service/window/context.ts';
import { smallCurve } from '../../../src-main/service/window/timeline-of-stacking.ts';
import { timelineOfStudy } from '../../../src-main/service/window/timeline-of-study.ts';
import { searchSoFar, spentSoFar } from '../../../src-main/service/window/timeline-reached.ts';
import { timelineRouter } from '../../../src-main/service/window/timeline-router.ts';
import { localTrainers } from '../../lag/local-trainers.ts';
import { tinyStacking } from '../../lag/tiny-stacking.ts';
import { runOptions, TestHome, tinyStudy } from '../../lag/tiny-study.ts';

const test = new TestHome();
let context: WindowContext;
const found: { audit: TimelineStudy; select: TimelineStudy; stacking: TimelineStudy } = {} as never;

const read = (studyId: string) => createRouterClient(timelineRouter(context)).read({ studyId });

beforeAll(async () => {
  context = makeWindowContext(test.home, () => localTrainers());
  const { studies } = context;
  const atLag = { rule: 'lossAtLag', lag: 8, resamples: 100 } as const;
  found.audit = await read(
    (await studies.run(tinyStudy({ name: 'audit', mode: 'audit' }), '', runOptions())).id,
  );
  found.select = await read(
    (await studies.run(tinyStudy({ decision: atLag, repeats: 2 }), '', runOptions())).id,
  );
  found.stacking = await read((await studies.run(tinyStacking(), '', runOptions())).id);
}, 120_000);
afterAll(() => test.remove());

const curveTo = (step: number) => [
  { step: 0, loss: 2 },
  { step, loss: 1 },
];

describe('work that goes on', () => {
  it('has come as far as its last evaluation, and never behind its record', () => {
    const spent = { steps: 10, flops: 100, seconds: 5 };
    const running = { state: 'running', curve: curveTo(40), flopsPerStep: 10 } as const;
    expect(spentSoFar(spent, running)).toEqual({ steps: 40, flops: 400, seconds: 5 });
    expect(spentSoFar(spent, { ...running, curve: curveTo(4) })).toBe(spent);
    expect(spentSoFar(spent, { ...running, state: 'cancelled' })).toBe(spent);
  });

  it('counts the search of a growing point by the evaluations of its probes', () => {
    const analysis = context.studies.analyse(found.stacking.id) as StackingAnalysis;
    const point = analysis.policies.find(({ policy }) => policy === 'lag')!.growingPoints[0]!;
    expect(searchSoFar(point, 7)).toMatchObject({ steps: point.searchSteps, flops: point.searchFlops });
    const probes = point.probes.map((probe, index) => ({
      ...probe,
      state: index === 0 ? ('running' as const) : ('waiting' as const),
      curve: index === 0 ? curveTo(6) : [],
    }));
    const begun = { ...point, probes, searchSteps: 2, searchFlops: 14 };
    expect(searchSoFar(begun, 7)).toMatchObject({ steps: 6, flops: 42 });
  });

  it('shows a study that probes as searching, with what its probes have cost until now', () => {
    const analysis = context.studies.analyse(found.select.id) as StudyAnalysis;
    const runs = context.reader.read((history) => history.listRuns(found.select.id))!;
    const [first] = analysis.candidates;
    const begun: StudyAnalysis = {
      ...analysis,
      state: 'running',
      decision: null,
      cost: { ...analysis.cost, flops: 0, steps: 0, seconds: 0 },
      candidates: analysis.candidates.map((one) => ({
        ...one,
        isChosen: false,
        fullCurve: one === first ? curveTo(6) : [],
      })),
    };
    const atWork = runs.map((run) => ({
      ...run,
      ...(run.kind === 'source' ? {} : { stepsDone: 0, flops: 0, seconds: 0 }),
      state: run.candidateId === `${analysis.id}/${first!.strategy}` ? ('running' as const) : run.state,
    }));
    const [lag] = timelineOfStudy(begun, atWork, '').policies;
    expect(lag).toMatchObject({ name: 'LAG', state: 'running', finalLoss: null });
    expect(lag!.growingPoints[0]!.search).toMatchObject({
      steps: 6,
      flops: 6 * analysis.target.flopsPerStep,
    });
    const waiting = atWork.map((run) =>
      run.state === 'running' ? { ...run, state: 'waiting' as const } : run,
    );
    expect(timelineOfStudy(begun, waiting, '').policies[0]!.state).toBe('waiting');
  });
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('timeline.read of a stacking study', () => {
  it('has stages and searches that add up to what every policy was accounted', () => {
    const analysis = context.studies.analyse(found.stacking.id) as StackingAnalysis;
    expect(found.stacking.policies.map(({ name }) => name)).toEqual(
      analysis.policies.map(({ name }) => name),
    );
    for (const [index, policy] of found.stacking.policies.entries()) {
      const accounted = analysis.policies[index]!;
      expect(sum(policy.stages.map(({ spent }) => spent.flops))).toBeCloseTo(accounted.trainingFlops, 0);
      expect(sum(policy.growingPoints.map(({ search }) => search.flops))).toBe(accounted.searchFlops);
      expect(policy.finalLoss).toBe(accounted.finalLoss);
      for (const { spent, flopsPerStep } of policy.stages)
        expect(spent.flops).toBe(spent.steps * flopsPerStep);
    }
  });

  it('counts steps and seconds of a search out of the runs of its probes', () => {
    const searching = found.stacking.policies.find(({ policy }) => policy === 'lag')!;
    for (const { search, candidates } of searching.growingPoints) {
      expect(search.steps).toBe(sum(candidates.map(({ curve }) => curve.at(-1)!.step)));
      expect(search.seconds).toBeGreaterThan(0);
    }
    expect(searching.stages.every(({ spent }) => spent.seconds > 0)).toBe(true);
  });

  it('marks exactly the candidate that went on, with the plan its next stage has', () => {
    for (const { growingPoints, stages } of found.stacking.policies)
      for (const point of growingPoints) {
        if (point.candidates.length === 0) continue;
        const [chosen, ...more] = point.candidates.filter(({ isChosen }) => isChosen);
        expect(more).toEqual([]);
        const stage = stages[point.growingPoint + 1]!;
        expect([chosen!.strategy, chosen!.plan]).toEqual([stage.strategy, stage.plan]);
        expect(chosen!.value).toBe(Math.min(...point.candidates.map(({ value }) => value!)));
      }
  });

  it('gives a policy the name under which Dynamics finds its growing points', async () => {
    const names = found.stacking.policies
      .filter(({ search }) => search !== null)
      .map(({ specName }) => specName);
    const planned = context.histories.read((history) =>
      history.listDecisions(found.stacking.id).map(({ policy }) => policy),
    );
    expect(planned).toEqual(expect.arrayContaining(names as string[]));
  });
});

describe('timeline.read of a study with one growing point', () => {
  it('has two stages, the source and the chosen candidate', () => {
    const [lag, ...others] = found.select.policies;
    expect(others).toEqual([]);
    expect(lag!.stages.map(({ layers, strategy }) => [layers, strategy])).toEqual([
      [2, null],
      [4, lag!.growingPoints[0]!.strategy],
    ]);
    expect(lag!.growingPoints[0]!.choice?.lag).toBe(8);
    expect(lag!.growingPoints[0]!.candidates.filter(({ isChosen }) => isChosen)).toHaveLength(1);
  });

  it('counts what every run of the study cost but the source and the choice as search, repeats included', () => {
    const [lag] = found.select.policies;
    const runs = context.histories.read((history) => history.listRuns(found.select.id));
    const all = sum(runs.map(({ flops }) => flops));
    expect(lag!.trainingFlops + lag!.searchFlops).toBeCloseTo(all, 0);
  });

  it('sets each candidate of an audit beside the choice, grown without search', () => {
    const [lag, ...others] = found.audit.policies;
    expect(others.map(({ name }) => name)).toEqual([
      'always stack',
      'always random',
      'always identity',
      'always noisy',
    ]);
    const same = others.find(({ name }) => name === `always ${lag!.growingPoints[0]!.strategy}`)!;
    expect(same.finalLoss).toBe(lag!.finalLoss);
    expect(same.searchFlops).toBe(0);
    expect(lag!.trainingFlops).toBe(same.trainingFlops);
    expect(lag!.searchFlops).toBeGreaterThan(0);
  });

  it('refuses an unknown study', async () => {
    await expect(read('nowhere')).rejects.toThrow('nowhere');
  });
});

describe('smallCurve', () => {
  it('keeps the first and the last point and at most 40', () => {
    const curve = Array.from({ length: 1000 }, (_, step) => ({ step, loss: step }));
    const small = smallCurve(curve);
    expect(small).toHaveLength(40);
    expect([small[0], small.at(-1)]).toEqual([curve[0], curve.at(-1)]);
    expect(new Set(small).size).toBe(40);
  });
});
