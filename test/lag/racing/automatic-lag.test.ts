import { describe, expect, it } from 'vitest';
import { LiveField, type Runner, ruleOf } from '../recorded-curves.ts';

/** Ranks of a, b, c, d by look: settled from step 150 on. */
const PLACES: Readonly<Record<string, readonly number[]>> = {
  a: [4, 1, 2, 2, 2, 2],
  b: [1, 4, 1, 1, 1, 1],
  c: [2, 3, 3, 3, 4, 3],
  d: [3, 2, 4, 4, 3, 4],
};
const pool: Runner[] = Object.entries(PLACES).map(([strategy, places]) => ({
  strategy,
  lossAt: (step) => 2 + 0.1 * places[Math.max(0, Math.ceil(step / 50) - 1)]!,
}));
const rule = (fields: object): ReturnType<typeof ruleOf<'automaticLag'>> =>
  ruleOf('automaticLag', { every: 50, maxLag: 300, ...fields });

describe('automaticLag', () => {
  it('stops at the first look that completes the stable ones, and keeps the series', () => {
    const evidence = new LiveField(pool).decide(rule({ stable: 2, threshold: 0.7 }));
    expect(evidence.lag).toBe(250);
    expect(evidence.rounds!.map(({ step, spearman }) => [step, spearman])).toEqual([
      [50, null],
      [100, expect.closeTo(-1, 12)],
      [150, expect.closeTo(-0.4, 12)],
      [200, expect.closeTo(1, 12)],
      [250, expect.closeTo(0.8, 12)],
    ]);
    expect(evidence).toMatchObject({
      strategy: 'b',
      stoppedBecause: 'The ranking was stable at 2 looks in a row up to step 250.',
      trainedTo: { a: 250, b: 250, c: 250, d: 250 },
    });
  });

  it('starts counting again after a disagreement, and says when nothing settled', () => {
    const evidence = new LiveField(pool).decide(rule({ stable: 2, threshold: 0.9 }));
    expect(evidence.lag).toBe(300);
    expect(evidence.stoppedBecause).toBe('The ranking had not settled by step 300, the last look.');
  });

  it('does not call a ranking stable while the leader changes beyond noise', () => {
    const swapping = Array.from({ length: 8 }, (_, place): Runner => {
      const swapped = place === 0 ? 1 : place === 1 ? 0 : place;
      return {
        strategy: `s${place}`,
        lossAt: (step) => 2 + 0.1 * ((step / 50) % 2 === 0 ? place : swapped),
      };
    });
    const evidence = new LiveField(swapping).decide(rule({ stable: 1, threshold: 0.9 }));
    expect(evidence.rounds!.slice(1).every(({ spearman }) => spearman! > 0.95)).toBe(true);
    expect(evidence.lag).toBe(300);
  });

  it('takes leaders that are equal for the same leader', () => {
    const equal = pool.map((runner, index) => ({
      ...runner,
      lossAt: (step: number) => (index < 2 ? 2 + ((index + step / 50) % 2) * 5e-5 : 2 + index),
    }));
    expect(new LiveField(equal).decide(rule({ stable: 1, threshold: 0.9 })).lag).toBe(100);
  });
});
