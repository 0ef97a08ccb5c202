/** The evidence page: what is committed is what the recorded curves give, and its own statistics are right. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evidenceFiles } from '../../docs/evidence/paper-study.ts';
import { sequentialHalving } from '../../docs/evidence/sequential-halving.ts';
import { meanOf, written } from '../../docs/evidence/statistics.ts';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';

const root = `${import.meta.dirname}/../..`;

describe('docs/evidence.md', () => {
  it('and its plots are, byte for byte, what the recorded curves give', async () => {
    for (const [path, text] of await evidenceFiles())
      expect([relative(root, path), readFileSync(path, 'utf8') === text]).toEqual([
        relative(root, path),
        true,
      ]);
  }, 120_000);

  it('holds no number that could not be computed', async () => {
    for (const [path, text] of await evidenceFiles())
      expect([relative(root, path), /NaN|undefined|Infinity/.exec(text)?.[0]]).toEqual([
        relative(root, path),
        undefined,
      ]);
  }, 120_000);
});

/** Loss of each strategy at steps 10, 20 and 40 (the end). */
function auditOf(curves: Record<string, readonly [number, number, number]>): RecordedAudit {
  return {
    id: 'a',
    name: 'a',
    seed: 1,
    horizon: 40,
    metrics: [{ name: 'loss', lowerIsBetter: true }],
    flopsPerStep: 1,
    facts: {
      sourceLayers: 1,
      targetLayers: 2,
      width: 8,
      activation: 'relu',
      corpus: 'c',
      pool: 'p',
      families: {},
    },
    curves: Object.entries(curves).map(([strategy, losses]) => ({
      strategy,
      isControl: false,
      exactness: 'none',
      schedule: 'final',
      scheduleSteps: 40,
      repeat: 0,
      isDiverged: false,
      points: losses.map((loss, index) => ({
        step: [10, 20, 40][index]!,
        metrics: { loss },
        batchLosses: null,
        trainingLoss: null,
        gradientNorm: null,
        weightDistance: null,
        tokens: null,
        flops: null,
      })),
    })),
  };
}

describe('sequentialHalving', () => {
  it('compares each trial with those before it at every rung', () => {
    const audit = auditOf({
      first: [3, 2.5, 2.0], // alone at both rungs: goes on to the end
      worse: [4, 1.0, 1.0], // the worse of two at step 10: stops there
      better: [2, 2.6, 1.5], // best of three at step 10; the worse of two at step 20: stops there
      last: [2.5, 2.4, 1.8], // second of four at step 10, where two go on; best of three at step 20
    });
    const outcome = sequentialHalving(audit, [10, 20], 2);
    expect(outcome.strategy).toBe('last');
    expect(outcome.regret).toBeCloseTo(0.8, 12);
    expect(outcome.costShare).toBe((40 + 10 + 20 + 40) / 160);
  });
});

describe('meanOf', () => {
  it('is the t interval of the mean', () => {
    // 2.776445 (97.5 % quantile of t with 4 degrees of freedom) times the standard error √(16.5 / 5).
    const { mean, half } = meanOf([1, 2, 4, 7, 11]);
    expect(mean).toBe(5);
    expect(half).toBeCloseTo(5.04366, 4);
    expect(written([1, 2, 4, 7, 11], 1)).toBe('5.0 ± 5.0');
    expect(written([null])).toBe('–');
  });
});
