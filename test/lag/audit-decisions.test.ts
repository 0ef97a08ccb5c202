import { describe, expect, it } from 'vitest';
import type { DecisionEvidence } from '../../src-main/contract/analysis.ts';
import { decisionRuleSchema } from '../../src-main/contract/decision.ts';
import { analyseStudy } from '../../src-main/lag/analysis.ts';
import { audit, facts, withDecision } from './audit-records.ts';

describe('analyseStudy of a race on the full runs', () => {
  const race = decisionRuleSchema.parse({
    rule: 'successiveHalving',
    ladder: [10, 20, 50],
    resamples: 200,
  });
  // By hand: at step 10 trap (2.4) and keep (2.6) go on; at step 20 trap (2.41) beats keep (2.45) and is left.
  const evidence: DecisionEvidence = {
    strategy: 'trap',
    rule: 'successiveHalving',
    lag: 20,
    values: [
      { strategy: 'trap', value: 2.41 },
      { strategy: 'keep', value: 2.45 },
      { strategy: 'stack', value: 2.7 },
    ],
    margin: { estimate: 0.04, low: 0.03, high: 0.05 },
    runnerUp: 'keep',
    tie: ['trap'],
    noise: '',
    noiseFloor: null,
    initialLossPicks: ['keep', 'trap'],
    metric: 'loss',
    trainedTo: { keep: 20, trap: 20, stack: 10 },
    rounds: [
      {
        step: 10,
        bracket: null,
        values: [
          { strategy: 'trap', value: 2.4 },
          { strategy: 'keep', value: 2.6 },
          { strategy: 'stack', value: 2.7 },
        ],
        leader: 'trap',
        eliminated: [{ strategy: 'stack', why: 'place 3 of 3 at step 10; the best 2 go on' }],
        spearman: null,
      },
      {
        step: 20,
        bracket: null,
        values: [
          { strategy: 'trap', value: 2.41 },
          { strategy: 'keep', value: 2.45 },
        ],
        leader: 'trap',
        eliminated: [{ strategy: 'keep', why: 'place 2 of 2 at step 20; the best 1 go on' }],
        spearman: null,
      },
    ],
    stoppedBecause: 'One candidate is left after step 20.',
  };
  const analysis = () => {
    const given = audit();
    const full = { ...given, runs: given.runs.filter((run) => run.kind !== 'probe') };
    return analyseStudy(withDecision(full, evidence), { ...facts, rule: race });
  };

  it('shows of each candidate the value the decision rests on, at its own last step', () => {
    const { candidates } = analysis();
    expect(candidates.map(({ strategy, lossAtLag, rankAtLag }) => [strategy, lossAtLag, rankAtLag])).toEqual([
      ['keep', 2.45, 2],
      ['trap', 2.41, 1],
      ['stack', 2.7, 3],
      ['scratch', null, null],
    ]);
  });

  it('compares a candidate with the chosen one where it was seen last', () => {
    const { candidates } = analysis();
    expect(candidates.map(({ margin }) => margin?.estimate ?? null)).toEqual([
      0.04,
      null,
      expect.closeTo(0.3, 6),
      null,
    ]);
  });

  it('charges the steps asked for, not the last rung for all', () => {
    // trap to the end, keep to 20, stack to 10; the ladder's last rung of 50 was never trained.
    expect(analysis().cost.steps).toBe(100 + 20 + 10);
  });

  it('has a row of its own in the agreement, beside those of the predictors', () => {
    const { agreement } = analysis();
    const own = agreement.find((row) => row.predictor === 'rule successiveHalving')!;
    // Its order trap, keep, stack is the reverse of the final one.
    expect(own).toMatchObject({ step: 20, spearman: -1, picks: ['trap'], candidateCount: 3 });
    expect(own.costShare).toBeCloseTo((20 + 20 + 10 + 100 - 20) / 300, 12);
    expect(own.regret).toBeCloseTo(0.3, 12);
  });

  it('shows no value before the decision, since the rule has not read one', () => {
    const given = audit();
    const { candidates } = analyseStudy({ ...given, decisions: [] }, { ...facts, rule: race });
    expect(new Set(candidates.map(({ lossAtLag }) => lossAtLag))).toEqual(new Set([null]));
  });
});

describe('decidingValues', () => {
  it('shows an extrapolated value as it was extrapolated, with a margin for the runner-up alone', () => {
    const by = decisionRuleSchema.parse({ rule: 'extrapolation', lag: 50, resamples: 200 });
    const { candidates } = analyseStudy(
      withDecision(audit(), {
        strategy: 'stack',
        rule: 'extrapolation',
        lag: 50,
        values: [
          { strategy: 'stack', value: 1.99 },
          { strategy: 'keep', value: 2.05 },
          { strategy: 'trap', value: 2.2 },
        ],
        margin: { estimate: 0.06, low: -0.01, high: 0.13 },
        runnerUp: 'keep',
        tie: ['stack', 'keep'],
        noise: '',
        noiseFloor: null,
        initialLossPicks: ['keep', 'trap'],
      }),
      { ...facts, rule: by },
    );
    expect(candidates.map(({ lossAtLag }) => lossAtLag)).toEqual([2.05, 2.2, 1.99, null]);
    expect(candidates.map(({ margin }) => margin)).toEqual([
      { estimate: 0.06, low: -0.01, high: 0.13 },
      null,
      null,
      null,
    ]);
  });
});

describe('metricAgreement', () => {
  it('says where a recorded metric disagrees with the loss at the end, better first in both', () => {
    const given = audit();
    // Accuracy of the final window: trap is best by it, and worst by loss.
    const accuracies: Readonly<Record<string, number>> = { keep: 0.5, trap: 0.6, stack: 0.4, scratch: 0.9 };
    const { metricAgreement, agreement } = analyseStudy(
      {
        ...given,
        evaluations: given.evaluations.map((one) => ({
          ...one,
          metrics: { 'facts.accuracy': accuracies[one.runId.replace(/-.*/, '')] ?? 0 },
        })),
      },
      facts,
    );
    expect(metricAgreement).toEqual([
      expect.objectContaining({
        metric: 'facts.accuracy',
        lowerIsBetter: false,
        candidateCount: 3,
        spearman: -1,
        bestValue: 0.6,
        picks: ['trap'],
      }),
    ]);
    expect(metricAgreement[0]!.lossRegret).toBeCloseTo(0.3, 12);
    expect(
      agreement.filter((row) => row.predictor === 'facts.accuracy at k').map(({ step }) => step),
    ).toEqual([0, 10, 20, 50]);
    expect(analyseStudy(given, facts).metricAgreement).toEqual([]);
  });
});
