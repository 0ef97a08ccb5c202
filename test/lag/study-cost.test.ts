import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src-main/contract/records.ts';
import { type CostInput, studyCost } from '../../src-main/lag/study-cost.ts';
import { run } from '../history/records.ts';

const HORIZON = 100;
const FLOPS_PER_STEP = 1000;

const trained = (strategy: string, kind: RunRecord['kind'], stepsDone: number, repeat = 0): RunRecord =>
  run(`s/${strategy}${repeat === 0 ? '' : `#${repeat}`}/${kind}`, 's', {
    kind,
    stepsDone,
    seconds: stepsDone / 10,
    flops: stepsDone * FLOPS_PER_STEP,
    state: 'finished',
  });

/** An audit of three strategies whose rule reads the full runs. */
function audit(over: Partial<CostInput> = {}): CostInput {
  const runs = ['a', 'b', 'c'].map((strategy) => ({ strategy, run: trained(strategy, 'full', HORIZON) }));
  return {
    decisionRuns: runs,
    lag: 40,
    trainedTo: null,
    chosenRun: runs[0]!.run,
    allRuns: runs.map((entry) => entry.run),
    candidateCount: 3,
    horizon: HORIZON,
    flopsPerStep: FLOPS_PER_STEP,
    ...over,
  };
}

describe('studyCost', () => {
  it('charges every candidate the lag where the decision does not say more', () => {
    const { steps, flops, shareOfExhaustive, flopsWithAudit } = studyCost(audit());
    expect(steps).toBe(100 + 40 + 40);
    expect(flops).toBeCloseTo(180_000, 6);
    expect(shareOfExhaustive).toBeCloseTo(0.6, 12);
    expect(flopsWithAudit).toBe(300_000);
  });

  it('charges the steps a racing rule asked of each candidate, whatever the audit trained beyond', () => {
    const { steps, seconds, flops } = studyCost(audit({ trainedTo: { a: 40, b: 10, c: 20 } }));
    expect(steps).toBe(100 + 10 + 20);
    expect(seconds).toBeCloseTo(13, 12);
    expect(flops).toBeCloseTo(130_000, 6);
  });

  it('charges a candidate that ended early no more than it was trained', () => {
    const input = audit({ trainedTo: { a: 40, b: 40, c: 40 } });
    const short = { strategy: 'b', run: trained('b', 'full', 7) };
    const { steps } = studyCost({
      ...input,
      decisionRuns: input.decisionRuns.map((entry) => (entry.strategy === 'b' ? short : entry)),
    });
    expect(steps).toBe(100 + 7 + 40);
  });

  it('charges probes and repeats as they were trained', () => {
    const input = audit({ trainedTo: { a: 40, b: 10, c: 20 } });
    const repeats = [
      { strategy: 'b', run: trained('b', 'probe', 40, 1) },
      { strategy: 'c', run: trained('c', 'probe', 40, 1) },
    ];
    expect(studyCost({ ...input, decisionRuns: [...input.decisionRuns, ...repeats] }).steps).toBe(130 + 80);
  });

  it('counts what a study under way has spent so far', () => {
    const { steps, shareOfExhaustive } = studyCost(
      audit({ decisionRuns: [{ strategy: 'a', run: trained('a', 'full', 5) }], chosenRun: null }),
    );
    expect(steps).toBe(5);
    expect(shareOfExhaustive).toBeCloseTo(5 / 300, 12);
  });
});
