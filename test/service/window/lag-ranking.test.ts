import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionRuleSchema } from '../../../src-main/contract/decision.ts';
import type { EvaluationRecord } from '../../../src-main/contract/records.ts';
import { type SelectionCandidate, selectStrategy } from '../../../src-main/lag/selection.ts';
import { rankAtStep } from '../../../src-main/service/window/lag-ranking.ts';

const TERMS = { seed: 7, confidence: 0.95, resamples: 100 };

function evaluation(step: number, batchLosses: readonly number[]): EvaluationRecord {
  return {
    runId: 'run',
    step,
    loss: batchLosses.reduce((sum, loss) => sum + loss, 0) / batchLosses.length,
    batchLosses: Float32Array.from(batchLosses),
    trainingLoss: null,
    gradientNorm: null,
    learningRate: null,
    weightDistance: null,
    seconds: 0,
  };
}

function candidate(
  position: number,
  evaluations: readonly EvaluationRecord[],
  extra: Partial<SelectionCandidate> = {},
): SelectionCandidate {
  return { strategy: `s${position}`, position, isControl: false, state: 'finished', evaluations, ...extra };
}

const pools = fc
  .array(fc.array(fc.double({ min: 1, max: 1.2, noNaN: true }), { minLength: 6, maxLength: 6 }), {
    minLength: 2,
    maxLength: 6,
  })
  .map((pool) =>
    pool.map((losses, position) => candidate(position, [evaluation(0, losses), evaluation(40, losses)])),
  );

describe('rankAtStep', () => {
  it('ties the very candidates that a decision at the same step ties', () => {
    const rule = decisionRuleSchema.parse({ rule: 'lossAtLag', lag: 40, resamples: 100 });
    fc.assert(
      fc.property(pools, (pool) => {
        const decision = selectStrategy(pool, rule, TERMS.seed);
        const { ranks } = rankAtStep(pool, 40, TERMS);
        expect(ranks.filter(({ isTied }) => isTied).map(({ strategy }) => strategy)).toEqual(decision.tie);
        expect(ranks.map(({ strategy }) => strategy)).toEqual(
          decision.values.map(({ strategy }) => strategy),
        );
        expect(ranks[1]!.difference).toEqual(decision.margin);
      }),
      { numRuns: 40 },
    );
  });

  it('ranks at the growing point itself', () => {
    const pool = [candidate(0, [evaluation(0, [2, 2.2])]), candidate(1, [evaluation(0, [1, 1.2])])];
    expect(rankAtStep(pool, 0, TERMS).ranks.map(({ strategy, place }) => [strategy, place])).toEqual([
      ['s1', 1],
      ['s0', 2],
    ]);
  });

  it('counts a candidate that diverged later where it was measured, and puts it last afterwards', () => {
    const pool = [
      candidate(0, [evaluation(0, [1, 1]), evaluation(40, [Number.NaN, Number.NaN])], { state: 'diverged' }),
      candidate(1, [evaluation(0, [2, 2]), evaluation(40, [1.5, 1.5])]),
    ];
    expect(rankAtStep(pool, 0, TERMS).ranks[0]!.strategy).toBe('s0');
    expect(rankAtStep(pool, 40, TERMS).ranks.at(-1)).toMatchObject({
      strategy: 's0',
      place: null,
      value: null,
    });
  });

  it('states the tie width that paired repeats give, and none without repeats', () => {
    const values = (repeats: readonly number[]): Partial<SelectionCandidate> => ({ repeatValues: repeats });
    const pool = [
      candidate(0, [evaluation(40, [1, 1])], values([1.01])),
      candidate(1, [evaluation(40, [1.01, 1.01])], values([1])),
    ];
    // Paired differences are -0.01 and 0.01: standard deviation 0.01·√2, times the normal quantile 1.95996.
    expect(rankAtStep(pool, 40, TERMS).tieWidth).toBeCloseTo(0.01 * Math.SQRT2 * 1.95996, 6);
    expect(rankAtStep(pool, 40, TERMS).ranks.map(({ place }) => place)).toEqual([1, 1]);
    const single = pool.map(({ repeatValues: _, ...rest }) => rest);
    expect(rankAtStep(single, 40, TERMS).tieWidth).toBeNull();
  });

  it('refuses a step that a running candidate has not reached', () => {
    const pool = [candidate(0, [evaluation(40, [1, 1])]), candidate(1, [], { state: 'running' })];
    expect(() => rankAtStep(pool, 40, TERMS)).toThrow('no evaluation at step 40');
  });
});
