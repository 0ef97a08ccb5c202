import { describe, expect, it } from 'vitest';
import type { TimelineCandidate, TimelinePolicy } from '../../../src-main/contract/window/timeline.ts';
import { computeChart } from '../../../src-renderer/timeline/compute-chart.ts';
import {
  blockPaths,
  growthDrawing,
  laneRows,
  originInWords,
} from '../../../src-renderer/timeline/growth-drawing.ts';
import { headerLabels } from '../../../src-renderer/timeline/header-labels.ts';
import { lanesOf } from '../../../src-renderer/timeline/lanes.ts';
import { placementOf } from '../../../src-renderer/timeline/placement.ts';
import { smallCurves } from '../../../src-renderer/timeline/small-curves.ts';
import { readTimelineView, timelineHash } from '../../../src-renderer/timeline/view-address.ts';
import { choiceInWords } from '../../../src-renderer/words/timeline.ts';

const look = { token: 'c1', dash: [], marker: 'circle' } as const;

/** Two stages trained, a third to come; a search before the second. */
function policyOf(over: Partial<TimelinePolicy> = {}): TimelinePolicy {
  const stage = (number: number, layers: number, plan: string | null, steps: number) => ({
    stage: number,
    layers,
    plan,
    strategy: plan === null ? null : 'stack',
    state: steps === 10 ? ('finished' as const) : ('waiting' as const),
    stepsPlanned: 10,
    flopsPerStep: 10,
    spent: { flops: steps * 10, steps, seconds: steps },
    initialLoss: null,
    endLoss: null,
  });
  const point = (growingPoint: number, steps: number) => ({
    growingPoint,
    fromLayers: 2 ** growingPoint,
    toLayers: 2 ** (growingPoint + 1),
    strategy: null,
    choice: null,
    candidates: [],
    search: { flops: steps * 10, steps, seconds: steps },
  });
  return {
    name: 'lag',
    specName: 'lag',
    policy: 'lag',
    search: 'charged',
    look,
    state: 'running',
    reason: null,
    stages: [stage(0, 1, null, 10), stage(1, 2, '0 r', 10), stage(2, 4, null, 0)],
    growingPoints: [point(0, 5), point(1, 0)],
    trainingFlops: 200,
    searchFlops: 50,
    finalLoss: 2,
    margin: null,
    ...over,
  };
}

describe('growthDrawing', () => {
  const policy = policyOf();
  const lanes = lanesOf(policy.stages);
  const placement = placementOf(policy, 'steps');
  const drawing = growthDrawing(lanes, placement, { width: 350, end: 35, pitch: 20 });

  it('draws what was trained to scale, and outlines of what is planned', () => {
    const done = drawing.blocks.filter(({ look: how }) => how === 'done');
    expect(done.map(({ row, stage, x, width }) => [row, stage, x, width])).toEqual([
      [0, 0, 0, 100],
      [0, 1, 150, 100],
      [1, 1, 150, 100],
    ]);
    const planned = drawing.blocks.filter(({ look: how }) => how === 'planned');
    expect(planned.map(({ row, stage, x }) => [row, stage, x])).toEqual(
      [0, 1, 2, 3].map((row) => [row, 2, 250]),
    );
  });

  it('starts a layer without parent at a dotted circle at its growing point', () => {
    expect(drawing.shoots).toHaveLength(1);
    expect(drawing.shoots[0]!.seed).toEqual({ x: 100, y: 50 });
  });

  it('hatches the search over the layers of the stage it leads to', () => {
    expect(drawing.searches).toEqual([{ growingPoint: 0, x: 100, y: 40, width: 50, height: 40 }]);
  });

  it('leads a copy from the lane of its parent', () => {
    const copied = lanesOf([
      { layers: 1, plan: null, strategy: null },
      { layers: 2, plan: '0 0', strategy: 's' },
    ]);
    const { shoots } = growthDrawing(copied, placement, { width: 350, end: 35, pitch: 20 });
    expect(shoots[0]!.seed).toBeNull();
    expect(shoots[0]!.path).toMatch(/^M\S+ 30C.* 100 10H150$/);
  });

  it('leads an average from the lanes of both its parents', () => {
    const averaged = lanesOf([
      { layers: 2, plan: null, strategy: null },
      { layers: 3, plan: '0 0+1 1', strategy: 's' },
    ]);
    const { shoots } = growthDrawing(averaged, placement, { width: 350, end: 35, pitch: 20 });
    expect(shoots.map(({ path, seed }) => [/^M\S+ (\d+)C.* (\d+)H150$/.exec(path)?.slice(1), seed])).toEqual([
      [['50', '30'], null],
      [['10', '30'], null],
    ]);
    expect(new Set(shoots.map(({ key }) => key)).size).toBe(2);
    expect(laneRows(averaged, policy)[1]).toEqual([
      1,
      2,
      2,
      1,
      '0 and 1',
      'average of 0 and 1',
      's',
      1,
      null,
    ]);
  });

  it('has the same in rows, the top layer first', () => {
    expect(laneRows(lanes, policy)).toEqual([
      [1, 2, 2, 1, null, 'random', 'stack', 1, null],
      [0, 1, 1, 0, null, 'from the start', null, 2, null],
    ]);
  });
});

describe('originInWords', () => {
  it.each([
    [null, 'from the start'],
    [{ body: { kind: 'random' }, identity: true }, 'random, identity'],
    [{ body: { kind: 'copy', layer: 3 }, outScale: 0.5 }, 'copy of 3, scaled'],
    [{ body: { kind: 'average', layer: 3, and: 2 }, noise: 0.1 }, 'average of 2 and 3, with noise'],
    [{ body: { kind: 'average', layer: 2, and: 3 }, identity: true }, 'identity average of 2 and 3'],
    [{ body: { kind: 'copy', layer: 3 }, identity: true }, 'identity copy of 3'],
    [{ body: { kind: 'copy', layer: 0 }, noise: 0.1 }, 'copy of 0, with noise'],
    [{ body: { kind: 'zero' } }, 'zeros'],
  ] as const)('%j is %s', (made, words) => {
    expect(originInWords(made)).toBe(words);
  });
});

describe('headerLabels', () => {
  it('never lets two names touch, and always has the selected growing point', () => {
    const stages = Array.from({ length: 60 }, (_, stage) => ({ ...policyOf().stages[0]!, stage }));
    const growingPoints = Array.from({ length: 59 }, (_, growingPoint) => ({
      ...policyOf().growingPoints[1]!,
      growingPoint,
    }));
    const placement = placementOf({ stages, growingPoints }, 'steps');
    const { points } = headerLabels(placement, 1, 600, 31);
    const shown = points.filter(({ isHidden }) => !isHidden);
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.map(({ growingPoint }) => growingPoint)).toContain(31);
    const gaps = shown.slice(1).map(({ x }, index) => x - shown[index]!.x);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(50);
  });
});

describe('computeChart', () => {
  it('puts the hollow mark where the policy would stand without its search', () => {
    const chart = computeChart(
      [policyOf(), policyOf({ name: 'x', policy: 'fixed', searchFlops: 0 })],
      400,
      300,
    )!;
    const [lag, fixed] = chart.points;
    expect(lag!.withoutSearch).toBeLessThan(lag!.x);
    expect(fixed!.withoutSearch).toBeNull();
    expect(fixed!.x).toBe(lag!.withoutSearch);
  });

  it('keeps every name inside the chart', () => {
    const policies = Array.from({ length: 12 }, (_, index) =>
      policyOf({ name: `always somethingLong${index}`, finalLoss: 2 + index / 100, searchFlops: index * 9 }),
    );
    const { points, plot } = computeChart(policies, 400, 300)!;
    for (const { label } of points) {
      if (!label) continue;
      const length = label.text.length * 6.2;
      const [from, to] = label.anchor === 'start' ? [label.x, label.x + length] : [label.x - length, label.x];
      expect(from).toBeGreaterThanOrEqual(0);
      expect(to).toBeLessThanOrEqual(400);
      expect(label.y).toBeLessThanOrEqual(plot.bottom);
    }
  });

  it('keeps the names of policies that search apart from each other', () => {
    const policies = [
      policyOf({ name: 'lag (search charged)', finalLoss: 2.24, trainingFlops: 150, searchFlops: 0 }),
      policyOf({ name: 'lag (search free)', finalLoss: 2.2, trainingFlops: 150, searchFlops: 33 }),
      policyOf({ name: 'scratch', policy: 'scratch', finalLoss: 2.4, trainingFlops: 150, searchFlops: 0 }),
    ];
    for (const width of [300, 404]) {
      const { points } = computeChart(policies, width, 220)!;
      const heights = points.map(({ label }) => label!.y).sort((a, b) => a - b);
      expect(Math.min(...heights.slice(1).map((y, at) => y - heights[at]!))).toBeGreaterThanOrEqual(13);
    }
  });

  it('is nothing before a policy has ended', () => {
    expect(computeChart([policyOf({ finalLoss: null })], 400, 300)).toBeNull();
  });
});

const candidate = (
  strategy: string,
  losses: readonly (number | null)[],
  over: Partial<TimelineCandidate> = {},
): TimelineCandidate => ({
  strategy,
  plan: '0 1',
  look,
  isControl: false,
  state: 'finished',
  value: losses.at(-1) ?? null,
  isChosen: false,
  isTied: false,
  curve: losses.map((loss, index) => ({ step: index * 10, loss })),
  ...over,
});

describe('blockPaths', () => {
  it('joins what looks the same and keeps every block', () => {
    const block = (age: number, look: 'done' | 'planned', x: number) => ({
      key: '',
      row: 0,
      stage: 0,
      x,
      y: 1,
      width: 10,
      height: 2,
      age,
      look,
    });
    const paths = blockPaths([
      block(0, 'done', 0),
      block(1, 'done', 5),
      block(0, 'done', 20),
      block(0, 'planned', 40),
    ]);
    expect(paths).toEqual([
      { look: 'done', age: 0, path: 'M0 1h10v2h-10zM20 1h10v2h-10z' },
      { look: 'done', age: 1, path: 'M5 1h10v2h-10z' },
      { look: 'planned', age: 0, path: 'M40 1h10v2h-10z' },
    ]);
  });
});

describe('smallCurves', () => {
  const size = { width: 200, height: 100, labels: 80 };

  it('draws distances to the best at each step, so the leader at the end lies on the top line', () => {
    const { curves, lastStep } = smallCurves([candidate('a', [2, 2]), candidate('b', [3, 1])], size)!;
    expect(lastStep).toBe(10);
    expect(curves.map(({ behind }) => behind)).toEqual([1, 0]);
    expect(curves[1]!.end).toEqual({ x: 120, y: 8 });
  });

  it('has no line through a lost value, and nothing at all with one candidate', () => {
    const { curves } = smallCurves(
      [candidate('a', [2, null]), candidate('b', [3, 1]), candidate('c', [3, 2])],
      size,
    )!;
    expect(curves[0]!.behind).toBeNull();
    expect(smallCurves([candidate('a', [2, 1])], size)).toBeNull();
  });

  it('names as many as its height holds, the first of them whatever it is', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((name, index) => candidate(name, [3, 1 + index]));
    const named = (height: number): number =>
      smallCurves(all, { ...size, height })!.curves.filter(({ labelY }) => labelY !== null).length;
    expect([named(100), named(40), named(20)]).toEqual([4, 3, 1]);
  });
});

describe('timelineHash', () => {
  it('is read back', () => {
    const view = { policy: 'lag (search free)', point: 3, axis: 'seconds' } as const;
    expect(readTimelineView(timelineHash('#/study/x/timeline?old=1', view))).toEqual(view);
  });

  it('leaves out what cannot be read', () => {
    expect(readTimelineView('#/study/x/timeline?point=-1&x=miles')).toEqual({
      policy: null,
      point: null,
      axis: null,
    });
    expect(timelineHash('#/study/x/timeline', { policy: null, point: null, axis: 'flops' })).toBe(
      '#/study/x/timeline',
    );
  });
});

describe('choiceInWords', () => {
  const choice = {
    strategy: 'a',
    lag: 100,
    tie: ['a'],
    runnerUp: 'b',
    margin: { estimate: 0.01, low: 0.005, high: 0.02 },
    picks: ['b'],
    format: (value: number) => value.toFixed(3),
  };

  it('says the margin of a win and who was best at the start', () => {
    expect(choiceInWords(choice)).toBe(
      'a leads b by 0.010 (0.005 to 0.020) at k = 100. Best at the start was b.',
    );
  });

  it('never calls a tie a win', () => {
    expect(choiceInWords({ ...choice, tie: ['a', 'b'], picks: ['a', 'b'] })).toBe(
      'a is within noise of b at k = 100. At the start it was level with 1 more.',
    );
  });
});
