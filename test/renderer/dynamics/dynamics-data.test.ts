import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  DynamicsCurves,
  DynamicsNews,
  DynamicsOverview,
} from '../../../src-main/contract/window/dynamics.ts';
import {
  curveOf,
  dataOf,
  firstSchedule,
  withFiner,
  withNews,
} from '../../../src-renderer/dynamics/dynamics-data.ts';

const run = (strategy: string | null, state: 'running' | 'finished' = 'running') => ({
  id: strategy ?? 'source',
  strategy,
  schedule: 'final' as const,
  state,
  reason: null,
  stepsDone: 0,
  stepsPlanned: 100,
  seconds: 0,
  flops: 0,
});
const overview = {
  studyId: 's',
  mode: 'select',
  state: 'running',
  rule: { name: 'lossAtLag', lag: 10, schedule: 'final', inWords: '', confidence: 0.95 },
  decision: null,
  candidates: ['a', 'b'].map((strategy) => ({ strategy, plan: '0', look: {}, isControl: false })),
  runs: [run(null), run('a'), run('b')],
} as unknown as DynamicsOverview;
const empty: DynamicsCurves = {
  curves: [],
  bands: [],
  points: 0,
  total: 0,
  rankable: { final: [], cooldown: [] },
  cursor: '',
  isSample: false,
};
const point = (runId: string, step: number) => ({
  runId,
  step,
  loss: 1 / (1 + step),
  lost: null,
  seconds: step,
});
const news = (points: DynamicsNews['points']): DynamicsNews => ({
  cursor: '',
  points,
  runs: [],
  state: 'running',
  isDecided: false,
});

describe('how far a run has come', () => {
  const stepsOf = (data: ReturnType<typeof dataOf>): number[] =>
    data.overview.runs.map(({ stepsDone }) => stepsDone);

  it('is its last evaluation while it runs, whatever its record says', () => {
    const before = dataOf(overview, empty);
    expect(stepsOf(before)).toEqual([0, 0, 0]);
    const after = withNews(before, news([point('a', 0), point('a', 40)]));
    expect(stepsOf(after)).toEqual([0, 40, 0]);
    expect(after.overview.runs[1]?.seconds).toBe(40);
    // The record comes again, as it was written at the last checkpoint.
    expect(stepsOf(withNews(after, { ...news([]), runs: [run('a')] }))).toEqual([0, 40, 0]);
  });

  it('is what its record says once it is over', () => {
    const over = { ...run('a', 'finished'), stepsDone: 30 };
    const before = dataOf(overview, empty);
    expect(stepsOf(withNews(before, { ...news([point('a', 40)]), runs: [over] }))).toEqual([0, 30, 0]);
  });
});

describe('withFiner', () => {
  const curveOfSteps = (steps: readonly number[]) => ({
    runId: 'a',
    steps,
    values: steps.map((step) => 1 / (1 + step)),
    seconds: steps,
    lost: [],
    total: 101,
  });
  const thinned = dataOf(overview, {
    ...empty,
    curves: [curveOfSteps([0, 20, 40, 60, 80, 100])],
    points: 6,
    total: 101,
  });

  it('has every point of the finer range once, and the thinned ones outside', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const inside = Array.from({ length: to - from + 1 }, (_, index) => from + index);
        const { steps, values } = curveOf(
          withFiner(thinned, { from, to, curves: [curveOfSteps(inside)] }),
          'a',
          'final',
        );
        const outside = [0, 20, 40, 60, 80, 100].filter((step) => step < from || step > to);
        expect(steps).toEqual([...inside, ...outside].sort((a, b) => a - b));
        expect(values).toEqual(steps.map((step) => 1 / (1 + step)));
      }),
    );
  });

  it('leaves a curve as it is that has nothing in the range', () => {
    const { curves } = withFiner(thinned, { from: 30, to: 35, curves: [curveOfSteps([])] });
    expect(curves.get('a')).toEqual(thinned.curves.get('a'));
  });
});

describe('withNews', () => {
  it('holds every point once, however the stream was cut and repeated', () => {
    const points = [0, 5, 10, 20].flatMap((step) => [point('a', step), point('b', step)]);
    fc.assert(
      fc.property(fc.array(fc.nat(points.length), { maxLength: 5 }), (cuts) => {
        let data = dataOf(overview, empty);
        const ends = [...cuts.sort((a, b) => a - b), points.length];
        let from = 0;
        for (const end of ends) {
          data = withNews(data, news(points.slice(from, end)));
          // Told again after a connection was lost.
          data = withNews(data, news(points.slice(from, end)));
          from = end;
        }
        expect(curveOf(data, 'a', 'final').steps).toEqual([0, 5, 10, 20]);
        expect(curveOf(data, 'b', 'final').seconds).toEqual([0, 5, 10, 20]);
        expect(data.rankable.final).toEqual([0, 5, 10, 20]);
      }),
    );
  });

  it('ranks no step that a running candidate has not measured', () => {
    const data = withNews(dataOf(overview, empty), news([point('a', 0), point('a', 5), point('b', 0)]));
    expect(data.rankable.final).toEqual([0]);
  });

  it('keeps a divergence with its step', () => {
    const data = withNews(dataOf(overview, empty), news([{ ...point('a', 7), loss: null, lost: 'nan' }]));
    expect(curveOf(data, 'a', 'final')).toMatchObject({ values: [null], lost: [{ step: 7, kind: 'nan' }] });
  });
});

describe('firstSchedule', () => {
  it('shows what the rule reads while it is trained', () => {
    expect(firstSchedule(dataOf(overview, empty))).toBe('final');
  });
});
