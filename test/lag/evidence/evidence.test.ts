import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Advice, Recommendation } from '../../../src-main/contract/evidence.ts';
import type { AuditFacts, RecordedAudit } from '../../../src-main/contract/recorded-audit.ts';
import { evidenceOf } from '../../../src-main/lag/evidence/evidence.ts';
import { auditOf, curve, HORIZON } from '../recorded-curves.ts';

const FACTS: AuditFacts = {
  sourceLayers: 2,
  targetLayers: 4,
  width: 64,
  activation: 'relu',
  corpus: 'whales',
  pool: null,
  families: { a: 'copy', b: 'copy', c: 'zero' },
};
const QUICK = { seed: 3, resamples: 200 };

/** An audit whose curves are flat at these final losses; null for a run that is lost on the way. */
function flat(
  id: string,
  finals: Readonly<Record<string, number | null>>,
  changes: Partial<AuditFacts> = {},
): RecordedAudit {
  return auditOf(
    Object.entries(finals).map(([strategy, loss]) =>
      curve(strategy, () => loss ?? 9, loss === null ? { isDiverged: true } : {}),
    ),
    { id, facts: { ...FACTS, ...changes } },
  );
}

const adviceOf = (recommendation: Recommendation): Advice => {
  if ('insufficient' in recommendation) throw new Error(recommendation.insufficient);
  return recommendation.advice;
};

describe('evidenceOf', () => {
  it('counts wins, ranks and regrets of strategies and families as by hand', () => {
    const report = evidenceOf(
      [
        flat('1', { a: 2, b: 3, c: 4 }),
        flat('2', { a: 3, b: 2, c: 4 }),
        flat('3', { a: 2, b: 2, c: null }, { corpus: 'speeches' }),
        flat('4', { a: 2.5, c: 2 }),
      ],
      {},
      QUICK,
    );
    expect(report).toMatchObject({ metric: 'loss', settings: 3, leftOut: [] });
    const rows = report.strategies.map((row) => ({
      name: row.name,
      audits: row.audits,
      settings: row.settings,
      wins: row.winRate.mean * row.audits,
      ranks: row.rankShare.mean * row.audits,
      regrets: row.regret.mean * row.audits,
      chance: row.chance,
      lost: row.lost,
    }));
    expect(rows).toEqual([
      {
        name: 'b',
        audits: 3,
        settings: 2,
        wins: 1.5,
        ranks: expect.closeTo((2 + 1 + 1.5) / 3, 9),
        regrets: expect.closeTo(1, 9),
        chance: expect.closeTo(1 / 3, 9),
        lost: 0,
      },
      {
        name: 'a',
        audits: 4,
        settings: 3,
        wins: 1.5,
        ranks: expect.closeTo((1 + 2 + 1.5) / 3 + 2 / 2, 9),
        regrets: expect.closeTo(1.5, 9),
        chance: expect.closeTo((3 * (1 / 3) + 1 / 2) / 4, 9),
        lost: 0,
      },
      {
        // Lost in audit 3, where all others end equal: the worst there has regret 0.
        name: 'c',
        audits: 4,
        settings: 3,
        wins: 1,
        ranks: expect.closeTo(1 + 1 + 1 + 1 / 2, 9),
        regrets: expect.closeTo(4, 9),
        chance: expect.closeTo((3 * (1 / 3) + 1 / 2) / 4, 9),
        lost: 1,
      },
    ]);
    const copy = report.families.find(({ name }) => name === 'copy')!;
    expect(copy.audits).toBe(4);
    expect(copy.winRate.mean).toBe(3 / 4);
    expect(copy.regret.mean).toBeCloseTo((0.5 + 0.5 + 0 + 0.5) / 4, 9);
    expect(copy.chance).toBeCloseTo((3 * (2 / 3) + 1 / 2) / 4, 9);
  });

  it('wins add up to the number of audits, whatever the audits are', () => {
    const loss = fc.option(
      fc.integer({ min: 20, max: 30 }).map((value) => value / 10),
      { freq: 6 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.record({ a: loss, b: loss, c: loss }), { minLength: 1, maxLength: 8 }),
        (pools) => {
          const { strategies, audits, leftOut } = evidenceOf(
            pools.map((pool, index) => flat(String(index), pool)),
            {},
            { seed: 1, resamples: 20 },
          );
          const wins = strategies.reduce((sum, { winRate, audits: count }) => sum + winRate.mean * count, 0);
          expect(wins).toBeCloseTo(audits.length, 6);
          expect(audits.length + leftOut.length).toBe(pools.length);
          for (const { rankShare, regret } of strategies) {
            expect(rankShare.mean).toBeGreaterThan(0);
            expect(rankShare.mean).toBeLessThanOrEqual(1);
            expect(regret.mean).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('looks at the audits that match every part of the filter, and says why others do not', () => {
    const audits = [
      flat('whales', { a: 2, b: 3, c: 4 }),
      flat('speeches', { a: 3, b: 2, c: 4 }, { corpus: 'speeches', activation: 'gelu', targetLayers: 8 }),
      flat('unknown', { a: 3, b: 2 }, { corpus: null, sourceLayers: null }),
      flat('lonely', { a: 3, b: null }),
    ];
    const idsOf = (filter: object): string[] => evidenceOf(audits, filter, QUICK).audits.map(({ id }) => id);
    expect(idsOf({})).toEqual(['whales', 'speeches', 'unknown']);
    expect(idsOf({ corpus: 'Whales' })).toEqual(['whales']);
    expect(idsOf({ ratio: 4 })).toEqual(['speeches']);
    expect(idsOf({ activation: 'gelu', corpus: 'whales' })).toEqual([]);
    expect(idsOf({ pool: ['b', 'c'] })).toEqual(['whales', 'speeches']);
    expect(idsOf({ metric: 'accuracy' })).toEqual([]);
    expect(evidenceOf(audits, { corpus: 'whales' }, QUICK).leftOut).toEqual([
      { id: 'speeches', why: 'its corpus is speeches, not whales' },
      { id: 'unknown', why: 'its corpus is not known' },
      { id: 'lonely', why: 'only one of its runs has a final loss' },
    ]);
    const pool = evidenceOf(audits, { pool: ['b', 'c'] }, QUICK);
    expect(pool.strategies.map(({ name, winRate }) => [name, winRate.mean])).toEqual([
      ['b', 1],
      ['c', 0],
    ]);
  });

  it('judges by a metric of which more is better', () => {
    const scored = (id: string, scores: Readonly<Record<string, number>>): RecordedAudit => {
      const audit = flat(id, Object.fromEntries(Object.keys(scores).map((name) => [name, 2])));
      return {
        ...audit,
        metrics: [...audit.metrics, { name: 'score', lowerIsBetter: false }],
        curves: audit.curves.map((one) => ({
          ...one,
          points: one.points.map((at) => ({
            ...at,
            metrics: { ...at.metrics, score: scores[one.strategy]! },
          })),
        })),
      };
    };
    const { strategies, rules } = evidenceOf([scored('1', { a: 0.5, b: 0.75 })], { metric: 'score' }, QUICK);
    expect(strategies.map(({ name, regret }) => [name, regret.mean])).toEqual([
      ['b', 0],
      ['a', 0.25],
    ]);
    expect(rules.find(({ rule, lagShare }) => rule === 'lossAtLag' && lagShare === 0.1)).toMatchObject({
      spearman: { mean: 1 },
      regret: { mean: 0 },
      hitRate: { mean: 1 },
    });
  });

  it('tells a lag that is too early from one that is late enough', () => {
    // Order turns round at step 60 of 400: wrong at 10 %, right at 50 %.
    const turning = (id: string): RecordedAudit =>
      auditOf(
        [1, 2, 3, 4].map((place) =>
          curve(`s${place}`, (step) => (step < 60 ? 5 - place / 10 : 2 + place / 10)),
        ),
        { id, facts: FACTS },
      );
    const { rules } = evidenceOf([turning('1'), turning('2')], {}, QUICK);
    const at = (lagShare: number) =>
      rules.find((row) => row.rule === 'lossAtLag' && row.lagShare === lagShare)!;
    expect(at(0.1)).toMatchObject({ audits: 2, settings: 1, spearman: { mean: -1 }, hitRate: { mean: 0 } });
    expect(at(0.1).regret.mean).toBeCloseTo(0.3, 6);
    expect(at(0.5)).toMatchObject({ spearman: { mean: 1 }, regret: { mean: 0 }, hitRate: { mean: 1 } });
    expect(at(0.1).cost.mean).toBeCloseTo((4 * 40 + 360) / (4 * HORIZON), 9);
  });
});

describe('recommendation', () => {
  const many = (count: number, finalsOf: (index: number) => Record<string, number>, changes = {}) =>
    Array.from({ length: count }, (_, index) =>
      flat(`${JSON.stringify(changes)}${index}`, finalsOf(index), changes),
    );

  it('names the strategy with the least regret, its runner-up, and after how many audits that one overtakes', () => {
    // b is worse than a by 0.1 or 0.3, four times each: mean 0.2, deviation √(8 · 0.01 / 7).
    const audits = many(8, (index) => ({ a: 2, b: index % 2 === 0 ? 2.1 : 2.3, c: 3 }));
    const { recommendation } = evidenceOf(audits, {}, QUICK);
    const advice = adviceOf(recommendation.strategy);
    expect(advice).toMatchObject({ name: 'a', audits: 8, settings: 1, isSure: true, otherwise: [] });
    expect(advice.runnerUp).toMatchObject({ name: 'b', audits: 8 });
    expect(advice.runnerUp!.difference.mean).toBeCloseTo(0.2, 6);
    const deviation = Math.sqrt((8 * 0.01) / 7);
    expect(advice.runnerUp!.overtakesAfter).toBe(Math.floor((8 * 0.2) / deviation) + 1);
    expect(adviceOf(recommendation.family).name).toBe('copy');
  });

  it('is not sure where two change places, and says in which part another stands first', () => {
    const audits = [
      ...many(4, () => ({ a: 2, b: 2.3, c: 3 })),
      ...many(3, () => ({ a: 2.3, b: 2, c: 3 }), { activation: 'gelu' }),
    ];
    const advice = adviceOf(evidenceOf(audits, {}, QUICK).recommendation.strategy);
    expect(advice).toMatchObject({ name: 'a', settings: 2, isSure: false, runnerUp: { name: 'b' } });
    expect(advice.runnerUp!.difference.low).toBeLessThan(0);
    expect(advice.otherwise).toEqual([{ where: 'activation gelu', name: 'b', audits: 3 }]);
    const gelu = evidenceOf(audits, { activation: 'gelu' }, QUICK).recommendation;
    expect(gelu.strategy).toEqual({
      insufficient: '3 audits tell of strategies; at least 5 must, for a recommendation.',
    });
  });

  it('recommends no strategy that was in few of the audits, however well it did there', () => {
    const audits = many(12, (index) => ({ a: 2.2, b: 2.3, ...(index < 5 ? { c: 2 } : {}) }));
    const { strategies, recommendation } = evidenceOf(audits, {}, QUICK);
    expect(strategies[0]!.name).toBe('c');
    expect(adviceOf(recommendation.strategy).name).toBe('a');
  });

  it('takes the cheapest of rules that pick equally well', () => {
    const advice = adviceOf(
      evidenceOf(
        many(5, () => ({ a: 2, b: 2.3, c: 3 })),
        {},
        QUICK,
      ).recommendation.rule,
    );
    expect(advice.name).toBe('initialLoss');
    expect(advice.runnerUp).toMatchObject({ difference: { mean: 0 }, overtakesAfter: null });
    expect(advice.isSure).toBe(false);
  });

  it('says that there is too little in place of recommending', () => {
    const { recommendation } = evidenceOf([], {}, QUICK);
    expect(recommendation.strategy).toEqual({
      insufficient: 'No audits tell of strategies; at least 5 must, for a recommendation.',
    });
    const oneName = many(
      6,
      (index): Record<string, number> => (index % 2 === 0 ? { a: 2, b: 3 } : { c: 2, d: 3 }),
    );
    expect(evidenceOf(oneName, {}, QUICK).recommendation.strategy).toEqual({
      insufficient:
        'None of the strategies took part in at least half of the 6 audits and in 5; two must, to be compared.',
    });
  });
});
