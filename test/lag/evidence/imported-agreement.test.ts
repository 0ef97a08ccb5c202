import { describe, expect, it } from 'vitest';
import type { RecordedAudit } from '../../../src-main/contract/recorded-audit.ts';
import { importedAgreement } from '../../../src-main/lag/evidence/imported-agreement.ts';
import { auditOf, curve, HORIZON, point } from '../recorded-curves.ts';

type Values = Readonly<Record<string, readonly (number | null)[]>>;

/** Two metrics at steps 100 and HORIZON; null is not finite. */
function audit(bits: Values, scores: Values, controls: readonly string[] = []): RecordedAudit {
  return auditOf(
    Object.keys(bits).map((strategy) =>
      curve(strategy, () => 0, {
        isControl: controls.includes(strategy),
        points: [100, HORIZON].map((step, index) =>
          point(step, 0, { metrics: { bits: bits[strategy]![index]!, score: scores[strategy]![index]! } }),
        ),
      }),
    ),
    {
      metrics: [
        { name: 'bits', lowerIsBetter: true },
        { name: 'score', lowerIsBetter: false },
      ],
    },
  );
}

describe('importedAgreement', () => {
  const { ownFinal, firstToFinal, ties } = importedAgreement(
    audit(
      { a: [1, 1], b: [2, 3], c: [3, 2], d: [4, 4], Base: [0, 9] },
      { a: [0.5, 0.1], b: [0.5, 0.3], c: [0.2, 0.2], d: [0.1, 0.4], Base: [1, 0] },
      ['Base'],
    ),
  );
  const own = (metric: string, step: number) =>
    ownFinal.find((one) => one.metric === metric && one.step === step);

  it('correlates ranks, ties averaged, with more of a score being better, and counts no control', () => {
    // Ranks 1 2 3 4 against 1 3 2 4: 1 - 6 · 2 / (4 · 15).
    expect(own('bits', 100)).toMatchObject({ spearman: expect.closeTo(0.8, 9), candidateCount: 4 });
    // Score at 100: ranks 1.5 1.5 3 4; final: 4 2 3 1. Pearson of these ranks.
    expect(own('score', 100)!.spearman).toBeCloseTo(-3 / Math.sqrt(4.5 * 5), 12);
    expect(own('score', HORIZON)!.spearman).toBe(1);
  });

  it('compares the first value of every metric with the final value of every metric', () => {
    expect(firstToFinal).toHaveLength(4);
    const cross = firstToFinal.find((one) => one.metric === 'bits' && one.finalMetric === 'score')!;
    // Ranks 1 2 3 4 against 4 3 2 1 by score at the end: 0.1 0.3 0.2 0.4 is 4 2 3 1.
    expect(cross).toMatchObject({ step: 100, spearman: expect.closeTo(-0.8, 9) });
  });

  it('names who is tied, controls left out', () => {
    expect(ties).toEqual([{ step: 100, metric: 'score', strategies: ['a', 'b'] }]);
  });

  it('leaves out strategies without a value, and has no correlation of one strategy', () => {
    const part = importedAgreement(
      audit({ a: [1, 1], b: [null, 3], c: [3, null] }, { a: [1, 1], b: [1, 2], c: [2, 3] }),
    );
    const bits = part.ownFinal.find((one) => one.metric === 'bits' && one.step === 100)!;
    expect(bits).toMatchObject({ candidateCount: 1, spearman: null });
  });
});
