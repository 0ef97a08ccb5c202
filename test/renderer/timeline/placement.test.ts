import { describe, expect, it } from 'vitest';
import type { TimelineStage } from '../../../src-main/contract/window/timeline.ts';
import { axisLabels } from '../../../src-renderer/timeline/axis-labels.ts';
import { placementOf } from '../../../src-renderer/timeline/placement.ts';

const stage = (number: number, over: Partial<TimelineStage> = {}): TimelineStage => ({
  stage: number,
  layers: 2 ** number,
  strategy: null,
  plan: null,
  state: 'finished',
  stepsPlanned: 10,
  flopsPerStep: 100,
  spent: { flops: 1000, steps: 10, seconds: 5 },
  initialLoss: null,
  endLoss: null,
  ...over,
});
const nothing = { flops: 0, steps: 0, seconds: 0 };
const point = (growingPoint: number, search = { flops: 300, steps: 3, seconds: 2 }) => ({
  growingPoint,
  fromLayers: 1,
  toLayers: 2,
  strategy: null,
  choice: null,
  candidates: [],
  search,
});

describe('placementOf', () => {
  it('puts the search to scale between the stages, on every axis', () => {
    const policy = { stages: [stage(0), stage(1)], growingPoints: [point(0)] };
    expect(placementOf(policy, 'flops').growingPoints).toEqual([{ growingPoint: 0, at: 1000, to: 1300 }]);
    expect(placementOf(policy, 'steps').stages.map(({ from, to }) => [from, to])).toEqual([
      [0, 10],
      [13, 23],
    ]);
    expect(placementOf(policy, 'seconds').end).toBe(12);
  });

  it('gives a stage under way its planned width, and time to come by the compute of what was trained', () => {
    const running = stage(1, { state: 'running', spent: { flops: 400, steps: 4, seconds: 2 } });
    const policy = { stages: [stage(0), running], growingPoints: [point(0, nothing)] };
    const [, placed] = placementOf(policy, 'flops').stages;
    expect([placed!.done, placed!.to]).toEqual([1400, 2000]);
    expect(placementOf(policy, 'seconds').end).toBeCloseTo(5 + 1000 * (7 / 1400), 9);
  });

  it('has nothing after a stage that was lost', () => {
    const lost = stage(0, { state: 'diverged', spent: { flops: 200, steps: 2, seconds: 1 } });
    expect(placementOf({ stages: [lost, stage(1)], growingPoints: [point(0)] }, 'flops')).toEqual({
      stages: [{ stage: lost, from: 0, done: 200, to: 200 }],
      growingPoints: [],
      end: 200,
    });
  });
});

describe('axisLabels', () => {
  it('labels compute in the unit of its end', () => {
    const { unit, ticks } = axisLabels('flops', 4.3e12, 8);
    expect(unit).toBe('TFLOP');
    expect(ticks.map(({ text }) => text)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('labels time in the largest unit that is passed twice', () => {
    expect(axisLabels('seconds', 119, 5).unit).toBe('s');
    expect(axisLabels('seconds', 600, 5)).toMatchObject({ unit: 'min' });
  });

  it('stays at zero where nothing is spent or planned', () => {
    expect(axisLabels('steps', 0, 5).ticks).toEqual([{ at: 0, text: '0' }]);
  });
});
