import { describe, expect, it } from 'vitest';
import type { PolicyAnalysis, StackingAnalysis } from '../../src-main/contract/stacking-analysis.ts';
import {
  initialInWords,
  stackingAnswer,
  stackingFindings,
  stackingLimits,
} from '../../src-main/report/stacking-findings.ts';
import { policyLooks } from '../../src-main/report/stacking-looks.ts';
import { emptyStackingSample, partialStackingSample, stackingSample } from './stacking-samples.ts';

const change = (
  analysis: StackingAnalysis,
  over: Readonly<Record<string, Partial<PolicyAnalysis>>>,
): StackingAnalysis => ({
  ...analysis,
  policies: analysis.policies.map((policy) => ({ ...policy, ...over[policy.name] })),
});

describe('stackingAnswer', () => {
  it('names the lowest with its lead, when that is more than noise', () => {
    expect(stackingAnswer(stackingSample())).toBe(
      'lag (search free) ends lowest, at 1.8000, 0.1000 ahead of always stack, more than the noise of the validation batches.',
    );
  });

  it('calls a tie a tie', () => {
    const margin = { estimate: 0.1, low: -0.01, high: 0.2 };
    expect(stackingAnswer(change(stackingSample(), { 'always stack': { margin } }))).toBe(
      'lag (search free) ends lowest, at 1.8000, but it is tied with always stack: the interval of the difference contains 0.',
    );
  });

  it('claims nothing about noise that was not measured', () => {
    const margin = null;
    const answer = stackingAnswer(change(stackingSample(), { 'always stack': { margin } }));
    expect(answer).toBe('lag (search free) ends lowest, at 1.8000, 0.1000 ahead of always stack.');
  });

  it('says how many have ended while some have not', () => {
    const analysis = partialStackingSample();
    expect(stackingAnswer(analysis)).toBe(
      'always stack ends lowest, at 1.9000 among the 1 of 4 policies that have ended.',
    );
  });

  it('tells a study in which all were lost from one that has not come so far', () => {
    const lost = (analysis: StackingAnalysis): StackingAnalysis => ({
      ...analysis,
      policies: analysis.policies.map((policy) => ({ ...policy, finalLoss: null, margin: null, rank: null })),
    });
    expect(stackingAnswer(lost(stackingSample()))).toBe('No policy came to its end.');
    expect(stackingAnswer(lost(partialStackingSample('running')))).toBe('No policy has come to its end yet.');
    expect(stackingAnswer(lost(partialStackingSample('interrupted')))).toBe(
      'No policy has come to its end yet. The study is interrupted: stopped by the user.',
    );
    expect(stackingAnswer(emptyStackingSample())).toBe('The study has not started.');
  });
});

describe('stackingFindings', () => {
  it('holds each policy that chooses against the best fixed one, with what its search cost', () => {
    const findings = stackingFindings(stackingSample());
    expect(findings[1]).toBe(
      'lag (search free) ends 0.1000 below the best fixed policy, always stack, with its search on top of the budget (22\u202F% more).',
    );
    expect(findings[2]).toBe(
      'lag (search charged) ends 0.0500 above the best fixed policy, always stack, with its search paid out of the same budget (22\u202F% of it).',
    );
  });

  it('does not make much of a difference below the noise of such differences', () => {
    const close = change(stackingSample(), {
      'lag (search charged)': { finalLoss: 1.905, margin: { estimate: 0.105, low: 0.09, high: 0.12 } },
    });
    expect(stackingFindings(close)[2]).toMatch(/±0\.0150 of noise, so this one is too small to count\.$/);
  });

  it('says so when a policy did not search, and when there is no fixed one to compare with', () => {
    const unsearched = change(stackingSample(), { 'lag (search free)': { search: null, searchFlops: 0 } });
    expect(stackingFindings(unsearched)[1]).toMatch(/, without any search\.$/);
    const alone = stackingSample();
    const findings = stackingFindings({
      ...alone,
      policies: alone.policies.filter(({ policy }) => policy !== 'fixed'),
    });
    expect(findings[1]).toMatch(/^lag \(search free\) ends at 1\.8000, with its search on top/);
  });

  it('tells a shared choice once, with its ties', () => {
    const choices = stackingFindings(stackingSample()).filter((text) => text.includes(' layers: '));
    expect(choices).toEqual([
      'lag (search charged) and lag (search free), 2 to 4 layers: idRandTop; initial loss would have picked it too.',
      'lag (search charged) and lag (search free), 4 to 8 layers: stack, tied with idRandTop; initial loss would have picked idRandTop.',
    ]);
  });

  it('gives the reason for every policy that was lost, also while the study runs', () => {
    expect(stackingFindings(partialStackingSample())).toContain(
      'always idRandTop did not come to its end (diverged after 130 steps): the training loss became NaN at step 30.',
    );
  });

  it('holds only finished sentences, in every state', () => {
    for (const analysis of [stackingSample(), partialStackingSample(), emptyStackingSample()])
      for (const finding of stackingFindings(analysis)) {
        expect(finding).toMatch(/\.$/);
        expect(finding).not.toMatch(/undefined|NaN %|null|\.\.|–/);
      }
  });
});

describe('initialInWords', () => {
  it('tells agreement, a tie at k = 0, another pick and a missing measurement apart', () => {
    expect(initialInWords('a', ['a'])).toBe('initial loss would have picked it too');
    expect(initialInWords('a', ['a', 'b'])).toBe('initial loss could not tell it from b');
    expect(initialInWords('a', ['b', 'c'])).toBe('initial loss would have picked b or c');
    expect(initialInWords('a', [])).toBe('no initial loss was measured');
  });
});

describe('stackingLimits', () => {
  it('does not speak of intervals that there are not', () => {
    expect(stackingLimits(stackingSample())).toContain('Intervals cover');
    expect(stackingLimits(emptyStackingSample())).toContain('was not measured');
  });
});

describe('policyLooks', () => {
  it('gives no two of a dozen policies the same look, whatever their results', () => {
    const policies = [
      ...['a', 'b', 'c'].map((name) => ({ name, policy: 'lag' as const })),
      ...['d', 'e', 'f', 'g', 'h', 'i'].map((name) => ({ name, policy: 'fixed' as const })),
      ...['j', 'k'].map((name) => ({ name, policy: 'once' as const })),
      { name: 'l', policy: 'scratch' as const },
    ];
    const looks = [...policyLooks(policies).values()].map((look) => JSON.stringify(look));
    expect(new Set(looks).size).toBe(policies.length);
  });
});
