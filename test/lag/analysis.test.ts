import { describe, expect, it } from 'vitest';
import { decisionRuleSchema } from '../../src-main/contract/decision.ts';
import { analyseStudy, type StudyRecords } from '../../src-main/lag/analysis.ts';
import { audit, decided, facts, records } from './audit-records.ts';

describe('analyseStudy', () => {
  it('ranks candidates at k = 0, at the lag and at the end, controls left out and ties averaged', () => {
    const { candidates } = analyseStudy(audit(), facts);
    const columns = candidates.map((c) => [c.strategy, c.rankInitial, c.rankAtLag, c.rankFinal]);
    expect(columns).toEqual([
      ['keep', 1.5, 2, 2],
      ['trap', 1.5, 3, 3],
      ['stack', 3, 1, 1],
      ['scratch', null, null, null],
    ]);
    expect(candidates[2]).toMatchObject({ isChosen: true, margin: null, finalLoss: 2, lossAtLag: 2.2 });
    expect(candidates[0]!.margin!.estimate).toBeCloseTo(0.1, 6);
    expect(candidates[3]!.margin!.estimate).toBeCloseTo(1.8, 6);
  });

  it('scores the tie at k = 0 by the mean of its regrets, against the final losses', () => {
    const { agreement } = analyseStudy(audit(), facts);
    const steps = Object.entries(Object.groupBy(agreement, (row) => row.predictor));
    // Nothing extrapolates from so few points, and no weight distance or gradient norm was recorded.
    expect(steps.map(([name, rows]) => [name, rows!.map(({ step }) => step)])).toEqual([
      ['initial loss', [0]],
      ['loss at k', [10, 20, 50]],
      ['window mean', [10, 20, 50]],
      ['area under the curve', [10, 20, 50]],
      ['cooldown probe', [20]],
    ]);
    const [initial] = agreement;
    expect(initial!.picks).toEqual(['keep', 'trap']);
    expect(initial!.regret).toBeCloseTo((0.1 + 0.3) / 2, 12);
    expect(initial!.worstRegret).toBeCloseTo(0.3, 12);
    // Ranks 1.5 1.5 3 against 2 3 1: Pearson of the ranks by hand is -√3/2.
    expect(initial!.spearman).toBeCloseTo(-Math.sqrt(3) / 2, 12);
    expect(initial!.spearmanInterval).toBeNull();
    expect(agreement.at(-1)).toMatchObject({ spearman: 1, kendallTauB: 1, regret: 0, candidateCount: 3 });
  });

  it('states cost shares by (n·k + F - k)/(n·F) and, for cooldown probes, (n·k + F)/(n·F)', () => {
    const { agreement } = analyseStudy(audit(), facts);
    const share = (predictor: string, step: number): number =>
      agreement.find((row) => row.predictor === predictor && row.step === step)!.costShare;
    expect(share('initial loss', 0)).toBeCloseTo(1 / 3, 12);
    expect(share('loss at k', 20)).toBeCloseTo((3 * 20 + 80) / 300, 12);
    expect(share('cooldown probe', 20)).toBeCloseTo((3 * 20 + 100) / 300, 12);
  });

  it('counts probes and the chosen continuation as cost, and the audit apart', () => {
    const { cost } = analyseStudy(audit(), facts);
    expect(cost.flops).toBe((3 * 20 + 100) * 1000);
    expect(cost.exhaustiveFlops).toBe(300_000);
    expect(cost.shareOfExhaustive).toBeCloseTo(160 / 300, 12);
    expect(cost.flopsWithAudit).toBe((4 * 20 + 4 * 100) * 1000);
    expect(cost.steps).toBe(160);
  });

  it('reads a rule on the final schedule from the full runs, each counted up to the lag', () => {
    const given = audit();
    const plain: StudyRecords = {
      ...given,
      runs: given.runs.filter((run) => run.kind !== 'probe'),
      evaluations: given.evaluations.filter((evaluation) => !evaluation.runId.endsWith('probe')),
    };
    const lossAtLag = decisionRuleSchema.parse({ rule: 'lossAtLag', lag: 20, resamples: 200 });
    const { cost, candidates } = analyseStudy(decided(plain, lossAtLag), { ...facts, rule: lossAtLag });
    expect(candidates.map((candidate) => candidate.lossAtLag)).toEqual([2.45, 2.41, 2.5, 3.9]);
    expect(cost.flops).toBeCloseTo((2 * 20 + 100) * 1000, 6);
  });

  it('gives a valid partial analysis of a study that has not decided', () => {
    const given = records(
      {
        a: { probe: 2.3, initial: 2.5 },
        lost: { probe: Number.NaN, initial: 2.6, state: 'diverged' },
      },
      'select',
    );
    const analysis = analyseStudy(given, facts);
    expect(analysis).toMatchObject({ decision: null, agreement: [] });
    expect(analysis.candidates[1]).toMatchObject({
      state: 'diverged',
      reason: 'loss became NaN',
      lossAtLag: null,
      rankAtLag: null,
      rankInitial: 2,
      finalLoss: null,
    });
    expect(analysis.candidates[1]!.probeCurve).toEqual([
      { step: 0, loss: 2.6 },
      { step: 20, loss: null },
    ]);
    // JSON has no NaN: a number that is not finite would come back as null.
    expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
  });

  it('has no loss at the lag for a probe that diverged there with a finite loss', () => {
    const lost = { probe: 90, initial: 2.2, state: 'diverged' as const };
    const analysis = analyseStudy(records({ a: { probe: 2, initial: 2.1 }, lost }, 'select'), facts);
    expect(analysis.candidates.map(({ lossAtLag }) => lossAtLag)).toEqual([2, null]);
  });

  it('leaves a candidate without a final loss out of the agreement', () => {
    const given = audit();
    const cut: StudyRecords = {
      ...given,
      evaluations: given.evaluations.filter(
        (evaluation) => !(evaluation.runId === 'trap-full' && evaluation.step > 10),
      ),
    };
    const { agreement } = analyseStudy(cut, facts);
    expect(new Set(agreement.map((row) => row.candidateCount))).toEqual(new Set([2]));
  });

  it('gives no rank at the lag, and no agreement, while a strategy is still to come', () => {
    const given = audit();
    const underWay: StudyRecords = {
      ...given,
      study: { ...given.study, state: 'running' },
      decisions: [],
      runs: given.runs.map((run) => (run.candidateId === 'trap' ? { ...run, state: 'running' } : run)),
      evaluations: given.evaluations.filter(
        (evaluation) => !(evaluation.runId.startsWith('trap') && evaluation.step >= 20),
      ),
    };
    const { candidates, agreement } = analyseStudy(underWay, facts);
    expect(candidates.map((candidate) => candidate.rankInitial)).toEqual([1.5, 1.5, 3, null]);
    expect(candidates.map((candidate) => candidate.rankAtLag)).toEqual([null, null, null, null]);
    expect(candidates.map((candidate) => candidate.rankFinal)).toEqual([null, null, null, null]);
    expect(agreement).toEqual([]);
    const over = analyseStudy({ ...underWay, study: given.study }, facts);
    expect(over.candidates.map((candidate) => candidate.rankAtLag)).toEqual([2, null, 1, null]);
    expect(over.agreement[0]!.candidateCount).toBe(2);
  });

  it('shows repeats in the cost but not as candidates', () => {
    const given = records(
      { a: { probe: 2.3, initial: 2.5 }, again: { probe: 2.31, initial: 2.5, repeat: 1 } },
      'select',
    );
    const analysis = analyseStudy(given, facts);
    expect(analysis.candidates.map((candidate) => candidate.strategy)).toEqual(['a']);
    expect(analysis.cost.flops).toBe(40_000);
    expect(analysis.cost.exhaustiveFlops).toBe(100_000);
  });

  it('does not depend on the order of records', () => {
    const given = audit();
    const reversed: StudyRecords = {
      ...given,
      candidates: given.candidates.toReversed(),
      runs: given.runs.toReversed(),
      evaluations: given.evaluations.toReversed(),
    };
    expect(analyseStudy(reversed, facts)).toEqual(analyseStudy(given, facts));
  });

  it('refuses a stored decision that is not evidence', () => {
    const given = audit();
    const damaged = { ...given, decisions: [{ ...given.decisions[0]!, evidenceJson: '{"strategy":1}' }] };
    expect(() => analyseStudy(damaged, facts)).toThrow(expect.objectContaining({ code: 'failed' }));
    expect(() => analyseStudy(given, { ...facts, horizon: 0 })).toThrow('horizon is 0');
  });
});
