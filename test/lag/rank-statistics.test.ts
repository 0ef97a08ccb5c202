import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averageRanks,
  kendallTauB,
  ranksOfPresent,
  spearman,
  TIE_TOLERANCE,
  topOneRegret,
} from '../../src-main/lag/rank-statistics.ts';
import golden from '../fixtures/scipy/rank-statistics.json' with { type: 'json' };

const losses = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 20 });
const pairs = losses.chain((x) =>
  fc.tuple(
    fc.constant(x),
    fc.array(fc.integer({ min: 0, max: 12 }), { minLength: x.length, maxLength: x.length }),
  ),
);

/** Equal to 1e-12, and null exactly where SciPy is undefined. */
function expectClose(actual: number | null, expected: number | null): void {
  if (expected === null) expect(actual).toBeNull();
  else expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(1e-12);
}

describe('averageRanks', () => {
  it.each(golden.ranks)('equals scipy.stats.rankdata: $name', ({ x, ranksX }) => {
    expect(averageRanks(x)).toEqual(ranksX);
  });

  it('averages losses that differ by float noise only', () => {
    expect(averageRanks([2.1530001, 2.153, 2.1529999, 2.3], TIE_TOLERANCE)).toEqual([2, 2, 2, 4]);
  });

  it('keeps the sum of ranks n(n+1)/2 whatever the ties and the tolerance', () => {
    fc.assert(
      fc.property(losses, fc.integer({ min: 0, max: 3 }), (values, tolerance) => {
        const sum = averageRanks(values, tolerance).reduce((total, rank) => total + rank, 0);
        expect(sum).toBeCloseTo((values.length * (values.length + 1)) / 2, 9);
      }),
    );
  });

  it('ranks an infinite loss last and refuses NaN', () => {
    expect(averageRanks([Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY])).toEqual([2.5, 1, 2.5]);
    expect(() => averageRanks([1, Number.NaN])).toThrow('NaN');
  });
});

describe('ranksOfPresent', () => {
  it('leaves null in place and ranks the others without a gap', () => {
    expect(ranksOfPresent([3, null, 1, null, 2])).toEqual([3, null, 1, null, 2]);
    expect(ranksOfPresent([null, null])).toEqual([null, null]);
  });
});

describe('spearman', () => {
  it.each(golden.ranks)('equals scipy.stats.spearmanr: $name', (row) => {
    expectClose(spearman(row.x, row.y), row.spearman);
  });

  it('is symmetric, lies in [-1, 1] and does not see a strictly increasing map', () => {
    fc.assert(
      fc.property(pairs, ([x, y]) => {
        const value = spearman(x, y);
        expectClose(spearman(y, x), value);
        expectClose(
          spearman(
            x.map((v) => v ** 3 + 5),
            y,
          ),
          value,
        );
        if (value !== null) expect(Math.abs(value)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('refuses lists of unequal length', () => {
    expect(() => spearman([1, 2], [1])).toThrow('equally long');
  });
});

describe('kendallTauB', () => {
  it.each(golden.ranks)('equals scipy.stats.kendalltau: $name', (row) => {
    expectClose(kendallTauB(row.x, row.y), row.kendallTauB);
  });

  it('changes its sign when one side is reversed', () => {
    fc.assert(
      fc.property(pairs, ([x, y]) => {
        const value = kendallTauB(x, y);
        expectClose(
          kendallTauB(
            x.map((v) => -v),
            y,
          ),
          value === null ? null : -value,
        );
      }),
    );
  });
});

describe('topOneRegret', () => {
  it('averages the regret of all candidates tied at the top and names the worst', () => {
    const regret = topOneRegret([2.153, 2.15300004, 2.157, 2.15299996], [1.9, 1.92, 1.89, 1.95])!;
    expect(regret.picks).toEqual([0, 1, 3]);
    expect(regret.expected).toBeCloseTo((0.01 + 0.03 + 0.06) / 3, 12);
    expect(regret.worst).toBeCloseTo(0.06, 12);
  });

  it('is 0 for a predictor that is the final loss, and never negative', () => {
    fc.assert(
      fc.property(pairs, ([x, y]) => {
        expect(topOneRegret(x, x)).toMatchObject({ expected: 0, worst: 0 });
        const regret = topOneRegret(x, y)!;
        expect(regret.expected).toBeGreaterThanOrEqual(0);
        expect(regret.worst).toBeGreaterThanOrEqual(regret.expected - 1e-12);
      }),
    );
  });

  it('is null for an empty pool', () => {
    expect(topOneRegret([], [])).toBeNull();
  });
});
