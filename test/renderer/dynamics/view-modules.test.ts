import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepRanking } from '../../../src-main/contract/window/dynamics.ts';
import { bumpSpots } from '../../../src-renderer/dynamics/bump-chart.ts';
import { thinned } from '../../../src-renderer/dynamics/curves-chart.ts';
import {
  aheadInWords,
  extendedLag,
  startTie,
  verdictAt,
} from '../../../src-renderer/dynamics/decision-facts.ts';
import { forestOf } from '../../../src-renderer/dynamics/forest-rows.ts';
import { noiseWidth } from '../../../src-renderer/dynamics/ranking-rows.ts';
import { scatterSpots } from '../../../src-renderer/dynamics/scatter-chart.ts';
import { nearestSpot } from '../../../src-renderer/dynamics/spots.ts';
import { clicked, FIRST_VIEW, isShown, readView } from '../../../src-renderer/dynamics/view-state.ts';
import { atShare, formatX, shareOf, ticksOf } from '../../../src-renderer/dynamics/x-scale.ts';

const rank = (strategy: string, value: number, extra: object = {}) => ({
  strategy,
  value,
  place: 1,
  rank: 1,
  difference: null,
  isTied: false,
  ...extra,
});
const ranking = (ranks: StepRanking['ranks'], tieWidth: number | null = null): StepRanking => ({
  step: 5,
  ranks,
  tieWidth,
});

describe('where candidates are hit in the small charts', () => {
  const size = { width: 400, height: 240 };
  const look = { token: 'c1', dash: [], marker: 'circle' } as const;
  const point = (strategy: string, x: number, y: number) => ({
    strategy,
    look,
    x,
    y,
    isEmphasised: false,
    isDimmed: false,
    isNamed: false,
  });

  it('finds the nearest point of the scatter, and nothing far from all', () => {
    const spots = scatterSpots([point('a', 1, 2), point('b', 2, 1), point('c', 3, 3)], size);
    for (const { strategy, x, y } of spots) expect(nearestSpot(spots, x + 3, y - 3)).toBe(strategy);
    expect(nearestSpot(spots, 4, 4)).toBeNull();
    expect(scatterSpots([], size)).toEqual([]);
  });

  it('follows the lines of ranks between columns, where they have ranks on both sides', () => {
    const weight = { isColoured: true, width: 1, opacity: 1 };
    const line = (strategy: string, ranks: (number | null)[]) => ({
      strategy,
      look,
      weight,
      isEmphasised: false,
      ranks,
    });
    const input = {
      columns: ['0', '10', 'end'],
      lines: [line('a', [1, 2, 3]), line('b', [2, 1, 1]), line('lost', [3, null, null])],
    };
    const names = (x: number): string[] => bumpSpots(input, size, x).map(({ strategy }) => strategy);
    expect(names(0)).toEqual(['a', 'b', 'lost']);
    expect(names(100)).toEqual(['a', 'b']);
    expect(names(399)).toEqual(['a', 'b']);
    const [left, middle] = [bumpSpots(input, size, 26), bumpSpots(input, size, 26 + (400 - 26 - 106) / 4)];
    expect(middle[0]!.y).toBeCloseTo((left[0]!.y + left[1]!.y) / 2, 6);
  });
});

describe('thinned', () => {
  it('labels every line of a high axis, and so many of a low one that they do not touch', () => {
    const range = { min: 2.1, max: 2.6, interval: 0.1 };
    const at = [2.1, 2.2, 2.3, 2.4, 2.5, 2.6];
    const labels = (height: number): string[] => at.map(thinned((value) => value.toFixed(1), range, height));
    expect(labels(200)).toEqual(['2.1', '2.2', '2.3', '2.4', '2.5', '2.6']);
    expect(labels(60)).toEqual(['2.1', '', '2.3', '', '2.5', '']);
    expect(labels(20).filter((label) => label !== '')).toEqual(['2.1', '2.6']);
  });
});

describe('readView', () => {
  it('keeps what can be read and takes the first view for the rest', () => {
    const stored = JSON.stringify({
      x: 'tokens',
      lag: 40,
      y: 'sideways',
      zoom: [1],
      hidden: ['a'],
      foreign: 1,
    });
    expect(readView(stored)).toEqual({ ...FIRST_VIEW, x: 'tokens', lag: 40, hidden: ['a'] });
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(Object.keys(readView(text))).toEqual(Object.keys(FIRST_VIEW));
      }),
    );
    expect(readView(null)).toEqual(FIRST_VIEW);
    expect(readView('{"toString":{},"__proto__":{"lag":3}}')).toEqual(FIRST_VIEW);
  });
});

describe('isShown', () => {
  it('shows only the one that is alone, whatever is hidden', () => {
    const view = { ...FIRST_VIEW, solo: 'a', hidden: ['a'] };
    expect([isShown(view, 'a', false), isShown(view, 'b', false)]).toEqual([true, false]);
    expect(isShown({ ...FIRST_VIEW, hasControl: false }, 'scratch', true)).toBe(false);
  });
});

describe('clicked', () => {
  it('selects one, adds with the key held, and takes the only one away', () => {
    expect(clicked(['a'], 'b', false)).toEqual(['b']);
    expect(clicked(['a'], 'b', true)).toEqual(['a', 'b']);
    expect(clicked(['a'], 'a', false)).toEqual([]);
  });
});

describe('shareOf', () => {
  it('is undone by atShare on both scales', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (share, isLog) => {
        const scale = { from: 10, to: 4000, unit: 25, isLog };
        expect(shareOf(scale, atShare(scale, share))).toBeCloseTo(share, 9);
      }),
    );
  });
});

describe('ticksOf', () => {
  it('keeps the start, the lag and room between all', () => {
    const scale = { from: 0, to: 1000, unit: 25, isLog: true };
    const ticks = ticksOf(scale, 500, [96]);
    expect(ticks).toContain(0);
    expect(ticks).toContain(96);
    const pixels = ticks.map((tick) => shareOf(scale, tick) * 500);
    for (let index = 1; index < pixels.length; index++)
      expect(pixels[index]! - pixels[index - 1]!).toBeGreaterThan(20);
  });
});

describe('formatX', () => {
  it('says the unit where it is not steps', () => {
    expect([formatX('steps', 1000), formatX('tokens', 51_200), formatX('flops', 4.28e12)]).toEqual([
      '1\u202F000',
      '51.2 k',
      '4.28\u202FTFLOP',
    ]);
  });
});

describe('noiseWidth', () => {
  it('prefers paired repeats, and else takes the median half-width of the intervals', () => {
    const interval = (half: number) => ({ difference: { estimate: 0, low: -half, high: half } });
    const ranks = [
      rank('a', 1),
      rank('b', 2, interval(0.1)),
      rank('c', 3, interval(0.3)),
      rank('d', 3, interval(0.2)),
    ];
    expect(noiseWidth(ranking(ranks))).toEqual({ width: 0.2, from: 'intervals' });
    expect(noiseWidth(ranking(ranks, 0.006))).toEqual({ width: 0.006, from: 'repeats' });
    expect(noiseWidth(ranking([rank('a', 1)]))).toBeNull();
  });
});

describe('verdictAt', () => {
  it('counts ties, and calls a lead without one a win', () => {
    const tied = { isTied: true };
    expect(verdictAt(ranking([rank('a', 1, tied), rank('b', 1, tied), rank('c', 2)]))?.text).toBe(
      '2-way tie',
    );
    expect(verdictAt(ranking([rank('a', 1, tied), rank('b', 2)]))).toMatchObject({ tone: 'ok' });
    expect(verdictAt(null)).toBeNull();
  });
});

describe('aheadInWords', () => {
  it('does not print a difference of nothing', () => {
    expect(aheadInWords(ranking([rank('a', 2.0809), rank('b', 2.0813)]))).toBe(
      '2.081, less than 0.001 ahead of b',
    );
  });
});

describe('extendedLag', () => {
  it('doubles up to the horizon, and is nothing at it', () => {
    expect([extendedLag(200, 1000), extendedLag(600, 1000), extendedLag(1000, 1000)]).toEqual([
      400,
      1000,
      null,
    ]);
  });
});

describe('startTie', () => {
  it('counts those that share the first rank', () => {
    const ranks = [rank('a', 2, { rank: 1.5 }), rank('b', 2, { rank: 1.5 }), rank('c', 3, { rank: 3 })];
    expect(startTie(ranking(ranks))).toEqual({ count: 2, loss: 2 });
    expect(startTie(ranking([rank('a', 2, { rank: 1 }), rank('b', 3, { rank: 2 })]))).toBeNull();
  });
});

describe('forestOf', () => {
  it('draws a tie across the line at zero and others beside it', () => {
    const forest = forestOf(
      ranking([
        rank('a', 1),
        rank('b', 1.1, { difference: { estimate: 0.1, low: -0.05, high: 0.2 } }),
        rank('c', 1.4, { difference: { estimate: 0.4, low: 0.3, high: 0.5 } }),
      ]),
      100,
      240,
      5,
    );
    const [, tie, worse] = forest.rows;
    expect(tie!.low).toBeLessThan(forest.zero);
    expect(tie!.high).toBeGreaterThan(forest.zero);
    expect(worse!.low).toBeGreaterThan(forest.zero);
    for (const { low, high } of forest.rows.slice(1)) {
      expect(low).toBeGreaterThanOrEqual(100);
      expect(high).toBeLessThanOrEqual(240);
    }
  });
});
