/** What is said of a field that may take several forms. */
import { describe, expect, it } from 'vitest';
import { parseStudy } from '../../src-main/contract/study-text.ts';

const problemsOf = (strategies: string): string[] => {
  const text = `name: a\nmodel: { width: 8, heads: 2, context: 8 }\nsource: { layers: 2, steps: 6 }\ntarget: { layers: 4 }\npool: { name: own, strategies: ${strategies} }\nhorizon: 60\ndecision: { rule: lossAtLag, lag: 4 }\n`;
  try {
    parseStudy({ path: 'a.yaml', text });
    return [];
  } catch (error) {
    return (error as { problems: { at: string; message: string }[] }).problems.map(
      ({ at, message }) => `${at}: ${message}`,
    );
  }
};

describe('a strategy that is none', () => {
  it.each([
    [
      '[stack, { name: p, layers: "0 1 0 1" }]',
      /strategies\[1\]\.operator: is missing; it must be one of stack, /,
    ],
    ['[stack, { operator: stak }]', /strategies\[1\]\.operator: is "stak"; it must be one of stack, /],
    ['[stack, { operator: plan, name: p }]', /strategies\[1\]\.layers: is missing; it must be /],
    [
      '[stack, { operator: plan, name: p, layers: "0 1 0 1", plan: x }]',
      /strategies\[1\]\.plan: is not a field of this kind/,
    ],
    ['[stack, 5]', /strategies\[1\]: is 5; it must be text \(a string\), or an object with fields/],
    ['[stack, [1]]', /strategies\[1\]: is \[1\]; it must be text \(a string\), or an object with fields/],
  ])('is told by the field that is wrong: %s', (strategies, message) => {
    const problems = problemsOf(strategies);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it('is nothing to say of one that is right', () => {
    expect(problemsOf('[stack, { operator: plan, name: p, layers: "0 1 0 1" }]')).toEqual([]);
  });
});
