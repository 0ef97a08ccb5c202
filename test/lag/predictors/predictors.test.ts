import { describe, expect, it } from 'vitest';
import { predictorRows } from '../../../src-main/lag/predictors/predictor-rows.ts';
import { PREDICTOR_NAMES, PREDICTORS } from '../../../src-main/lag/predictors/predictors.ts';
import { auditOf, batchesOf, curve, HORIZON, point } from '../recorded-curves.ts';

/** Falls in a straight line, with a known standard error over batches. */
const line = curve('line', (step) => 3 - step / 1000);
const at = (name: keyof typeof PREDICTORS, k: number) => PREDICTORS[name].predict(line, k, HORIZON);
const batches = batchesOf(0);
const batchError = Math.sqrt(batches.reduce((sum, one) => sum + one * one, 0) / 7 / 8);

describe('PREDICTORS', () => {
  it('have the value of their formula on a straight line', () => {
    expect(at('initialLoss', 100)!.value).toBe(3);
    expect(at('lossAtK', 100)!.value).toBe(2.9);
    // Evaluations after step 75 up to 100: only the one at 100. After 225 up to 300: 250 and 300.
    expect(at('windowMean', 100)!.value).toBe(2.9);
    expect(at('windowMean', 300)!.value).toBeCloseTo(2.725, 12);
    expect(at('areaUnderCurve', 100)!.value).toBeCloseTo(2.95, 12);
    expect(at('gradientNorm', 100)!.value).toBe(2.9);
    expect(at('weightDistance', 100)!.value).toBe(0.1);
    expect(at('extrapolation', 200)!.value).toBeGreaterThan(2.6);
    expect(at('extrapolation', 200)!.value).toBeLessThan(2.8);
  });

  it('have the standard error over batches that shared offsets leave in any weighted mean', () => {
    for (const name of ['lossAtK', 'windowMean', 'areaUnderCurve'] as const)
      expect(at(name, 100)!.uncertainty, name).toBeCloseTo(batchError, 5);
    expect(at('gradientNorm', 100)!.uncertainty).toBeNull();
  });

  it('read nothing beyond k and have no value at a step that was not evaluated', () => {
    const ruined = {
      ...line,
      points: line.points.map((one) => (one.step > 100 ? point(one.step, Number.NaN) : one)),
    };
    for (const name of PREDICTOR_NAMES) {
      expect(PREDICTORS[name].predict(ruined, 100, HORIZON), name).toEqual(at(name, 100));
      if (name !== 'initialLoss') expect(at(name, 99), name).toBeNull();
    }
  });
});

describe('predictorRows', () => {
  const slopes = [1, 2, 3, 4, 5];
  // Whoever starts worst falls fastest and ends best.
  const curves = slopes.map((slope) => curve(`s${slope}`, (step) => 2 + slope / 10 - (slope * step) / 1000));
  const probes = slopes.map((slope) =>
    curve(`s${slope}`, () => 2 - slope / 10, { schedule: 'cooldown', scheduleSteps: 50 }),
  );
  const rows = predictorRows(auditOf([...curves, ...probes]), [0, 50, 200], { resamples: 0 });
  const row = (predictor: string, step: number) =>
    rows.find((one) => one.predictor === predictor && one.step === step);

  it('has a row for every predictor and step, with the rank correlation that the curves were made for', () => {
    expect(row('initial loss', 0)).toMatchObject({ spearman: -1, picks: ['s1'], costShare: 0.2 });
    expect(row('loss at k', 50)).toMatchObject({ spearman: -1, regret: expect.closeTo(4 * 0.285, 6) });
    expect(row('loss at k', 200)!.spearman).toBe(1);
    expect(row('extrapolation', 200)!.spearman).toBe(1);
    // The areas are equal by design: no ranking, and every candidate is a pick.
    expect(row('area under the curve', 200)).toMatchObject({
      spearman: null,
      picks: ['s1', 's2', 's3', 's4', 's5'],
    });
    expect(row('cooldown probe', 50)).toMatchObject({
      spearman: 1,
      costShare: (5 * 50 + 400) / 2000,
      spearmanInterval: null,
    });
    expect(row('cooldown probe', 200)).toBeUndefined();
    expect(rows.filter(({ predictor }) => predictor === 'initial loss')).toHaveLength(1);
  });

  it('has rows of other metrics, and intervals on demand', () => {
    const scored = curves.map((one, index) => ({
      ...one,
      points: one.points.map((two) => ({ ...two, metrics: { ...two.metrics, 'copy.accuracy': index / 10 } })),
    }));
    const metrics = [
      { name: 'loss', lowerIsBetter: true },
      { name: 'copy.accuracy', lowerIsBetter: false },
    ];
    const found = predictorRows(auditOf(scored, { metrics }), [50], { resamples: 100 }).find(
      ({ predictor }) => predictor === 'copy.accuracy at k',
    );
    expect(found).toMatchObject({ spearman: 1, picks: ['s5'], spearmanInterval: { estimate: 1, high: 1 } });
  });
});
