import { describe, expect, it } from 'vitest';
import type { DecisionEvidence, DecisionRound, StudyAnalysis } from '../../src-main/contract/analysis.ts';
import { RULE_NAMES } from '../../src-main/contract/decision.ts';
import { agreementCsv } from '../../src-main/report/csv-tables.ts';
import { agreementOfRule, metricFindings, ruleInWords, valueHeader } from '../../src-main/report/findings.ts';
import { htmlReport } from '../../src-main/report/html-report.ts';
import { markdownReport } from '../../src-main/report/markdown-report.ts';
import { roundTable } from '../../src-main/report/round-table.ts';
import { auditSample } from './samples.ts';

const round = (step: number, over: Partial<DecisionRound> = {}): DecisionRound => ({
  step,
  bracket: null,
  values: [
    { strategy: 'stack', value: 2.1 },
    { strategy: 'dead', value: 2.2 },
  ],
  leader: 'stack',
  eliminated: [],
  spearman: null,
  ...over,
});

const WHY = 'place 2 of 2 at step 20; the best 1 go on';

/** The audit, had it been decided by a race. */
function raced(over: Partial<DecisionEvidence> = {}): StudyAnalysis {
  const analysis = auditSample();
  return {
    ...analysis,
    decision: {
      ...analysis.decision!,
      rule: 'successiveHalving',
      rounds: [round(10), round(20, { eliminated: [{ strategy: 'dead', why: WHY }] })],
      stoppedBecause: 'One candidate is left after step 20.',
      trainedTo: { stack: 20, dead: 20 },
      ...over,
    },
  };
}

describe('ruleInWords', () => {
  it('knows every rule, and gives an unknown one by its name', () => {
    for (const rule of RULE_NAMES) expect(ruleInWords({ rule, lag: 50 })).not.toMatch(/^the rule /);
    expect(ruleInWords({ rule: 'somethingNew', lag: 50 })).toBe('the rule somethingNew at step 50');
  });

  it('names the metric that was compared', () => {
    expect(ruleInWords({ rule: 'cooldown', lag: 50, metric: 'facts.accuracy' })).toBe(
      'the facts.accuracy after a cooldown probe of 50 steps',
    );
  });
});

describe('valueHeader', () => {
  it('gives a step only to values that were read at that step', () => {
    const { decision } = auditSample();
    expect(valueHeader(decision)).toBe('k = 200');
    expect(valueHeader({ ...decision!, rule: 'extrapolation' })).toBe('Predicted, k = 200');
    expect(valueHeader(raced().decision)).toBe('Last look');
    expect(valueHeader(null)).toBe('Lag');
  });
});

describe('roundTable', () => {
  it('is null for a rule that looks once', () => {
    expect(roundTable(auditSample().decision!)).toBeNull();
  });

  it('says who was dropped when and why, and who was lost', () => {
    const lost = {
      values: [
        { strategy: 'stack', value: 2.1 },
        { strategy: 'dead', value: null },
      ],
    };
    const table = roundTable(raced({ rounds: [round(10, lost), round(20)] }).decision!)!;
    expect(table.rows.map((cells) => cells.at(-1))).toEqual(['dead (lost)', '–']);
    expect(roundTable(raced().decision!)!.rows[1]!.at(-1)).toBe(`dead (${WHY})`);
    expect(table.header).not.toContain('Bracket');
    expect(roundTable(raced({ rounds: [round(10, { bracket: 2 })] }).decision!)!.header).toContain('Bracket');
  });

  it('leaves out, and counts, looks at which nothing happened when there are many', () => {
    const rounds = Array.from({ length: 100 }, (_, index) =>
      round(index + 1, index === 49 ? { eliminated: [{ strategy: 'dead', why: WHY }] } : {}),
    );
    const { rows, leftOut } = roundTable(raced({ rounds }).decision!)!;
    expect(rows.map(([step]) => step)).toEqual(['1', '50', '100']);
    expect(leftOut).toBe(97);
  });
});

describe('the report of an audit', () => {
  it('shows the looks of a race and why it stopped, in HTML and Markdown', () => {
    for (const text of [htmlReport(raced()), markdownReport(raced())]) {
      expect(text).toContain(WHY);
      expect(text).toContain('One candidate is left after step 20.');
    }
    expect(htmlReport(auditSample())).not.toContain('Why it looked no further');
  });

  it('has the row of every predictor at every step, in HTML, Markdown and CSV', () => {
    const analysis = auditSample();
    const predictors = new Set(analysis.agreement.map(({ predictor }) => predictor));
    expect(predictors.size).toBeGreaterThan(4);
    const html = htmlReport(analysis);
    const markdown = markdownReport(analysis);
    for (const predictor of predictors) {
      expect(html).toContain(`${predictor}: agreement with the final losses`);
      const rows = analysis.agreement.filter((row) => row.predictor === predictor).length;
      expect(markdown.split('\n').filter((line) => line.startsWith(`| ${predictor} |`))).toHaveLength(rows);
    }
    expect(agreementCsv(analysis).trimEnd().split('\r\n')).toHaveLength(1 + analysis.agreement.length);
  });

  it('says which metric would choose another strategy, and at what cost in loss', () => {
    const metric = {
      metric: 'facts.accuracy',
      lowerIsBetter: false,
      candidateCount: 12,
      spearman: 0.25,
      kendallTauB: 0.2,
      bestValue: 0.6,
      picks: ['dead'],
      lossRegret: 0.0346,
    };
    const differing = { ...auditSample(), metricAgreement: [metric] };
    const sentence =
      'facts.accuracy would choose dead at the end, whose final loss is 0.0346 above the lowest (ρ .25 with the final loss, n = 12).';
    expect(metricFindings(differing)).toEqual([sentence]);
    expect(htmlReport(differing)).toContain(sentence);
    expect(
      metricFindings({ ...differing, metricAgreement: [{ ...metric, picks: ['idCopyTop'] }] })[0],
    ).toMatch(/agrees with the loss on the best strategy \(/);
    expect(htmlReport(auditSample())).not.toContain('Other metrics at the end');
  });
});

describe('agreementOfRule', () => {
  it('is the row of the rule itself where there is one, and nothing for a race without', () => {
    const { agreement, decision } = auditSample();
    expect(agreementOfRule(agreement, decision!)!.predictor).toBe('cooldown probe');
    expect(agreementOfRule(agreement, raced({ lag: 50 }).decision!)).toBeUndefined();
    const own = { ...agreement[0]!, predictor: 'rule successiveHalving', step: 20 };
    expect(agreementOfRule([...agreement, own], raced().decision!)).toBe(own);
  });
});
