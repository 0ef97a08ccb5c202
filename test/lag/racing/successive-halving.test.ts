import { describe, expect, it } from 'vitest';
import { rungsOf } from '../../../src-main/contract/decision.ts';
import { bracketsOf } from '../../../src-main/lag/racing/hyperband.ts';
import { LiveField, type Runner, ruleOf } from '../recorded-curves.ts';

/** Names say the places at steps 20, 50 and 100; at 0.01 nats a place. */
const runner = (strategy: string, at20: number, at50 = 9, at100 = 9): Runner => ({
  strategy,
  lossAt: (step) => 2 + 0.01 * (step <= 20 ? at20 : step <= 50 ? at50 : at100),
});

describe('successiveHalving', () => {
  const five = [
    runner('a', 3, 2, 1),
    runner('b', 1, 1, 2),
    runner('c', 2, 3),
    runner('late', 4),
    runner('e', 5),
  ];
  const rule = ruleOf('successiveHalving', { ladder: [20, 50, 100], eta: 2 });

  it('keeps ⌈5/2⌉ = 3, then ⌈3/2⌉ = 2, and takes the best of the last rung', () => {
    const field = new LiveField(five);
    const evidence = field.decide(rule);
    expect(evidence.strategy).toBe('a');
    expect(
      field.moves.map(({ strategies }) => strategies.map((one) => `${one.strategy} ${one.untilStep}`)),
    ).toEqual([
      ['a 20', 'b 20', 'c 20', 'late 20', 'e 20'],
      ['a 50', 'b 50', 'c 50'],
      ['a 100', 'b 100'],
    ]);
    expect(evidence.trainedTo).toEqual({ a: 100, b: 100, c: 50, late: 20, e: 20 });
    expect(evidence.values.map(({ strategy }) => strategy)).toEqual(['a', 'b', 'c', 'late', 'e']);
    expect(evidence.rounds!.map(({ eliminated }) => eliminated.map(({ strategy }) => strategy))).toEqual([
      ['late', 'e'],
      ['c'],
      [],
    ]);
    expect(evidence.rounds![0]!.eliminated[0]!.why).toBe('place 4 of 5 at step 20; the best 3 go on');
    expect(evidence).toMatchObject({ lag: 100, runnerUp: 'b', stoppedBecause: 'Step 100 is the last rung.' });
    expect(evidence.margin!.estimate).toBeCloseTo(0.01, 5);
  });

  it('ends as soon as one is left, without the rungs above', () => {
    const field = new LiveField(five);
    const evidence = field.decide(ruleOf('successiveHalving', { ladder: [20, 50, 100], eta: 5 }));
    expect(evidence).toMatchObject({
      strategy: 'b',
      lag: 20,
      stoppedBecause: 'One candidate is left after step 20.',
    });
    expect(field.moves).toHaveLength(1);
  });

  it('takes the best of an earlier rung when all that went on are lost', () => {
    const field = new LiveField([
      { ...runner('x', 1), divergesAt: 60 },
      { ...runner('y', 2), divergesAt: 70 },
      runner('z', 3),
      runner('w', 4),
    ]);
    const evidence = field.decide(ruleOf('successiveHalving', { ladder: [20, 100], eta: 2 }));
    expect(evidence.strategy).toBe('z');
    expect(evidence.values.slice(2)).toEqual([
      { strategy: 'x', value: null },
      { strategy: 'y', value: null },
    ]);
    expect(evidence.trainedTo).toEqual({ x: 60, y: 70, z: 20, w: 20 });
  });
});

describe('rungsOf', () => {
  it('multiplies the first rung by eta up to maxLag, which is always the last', () => {
    const rungs = (firstRung: number, maxLag: number, eta: number): number[] =>
      rungsOf(ruleOf('successiveHalving', { firstRung, maxLag, eta }));
    expect(rungs(25, 200, 2)).toEqual([25, 50, 100, 200]);
    expect(rungs(10, 100, 3)).toEqual([10, 30, 90, 100]);
    expect(rungs(100, 100, 3)).toEqual([100]);
  });
});

describe('bracketsOf', () => {
  it('has the candidates and steps of algorithm 1 of Li et al. 2018 for R = 81, eta = 3', () => {
    const brackets = bracketsOf(ruleOf('hyperband', { maxLag: 81, minLag: 1, eta: 3 }));
    expect(brackets).toEqual([
      { index: 4, counts: [81, 27, 9, 3, 1], rungs: [1, 3, 9, 27, 81] },
      { index: 3, counts: [34, 11, 3, 1], rungs: [3, 9, 27, 81] },
      { index: 2, counts: [15, 5, 1], rungs: [9, 27, 81] },
      { index: 1, counts: [8, 2], rungs: [27, 81] },
      { index: 0, counts: [5], rungs: [81] },
    ]);
  });

  it('makes four brackets when minLag is left out, and none below one step', () => {
    expect(bracketsOf(ruleOf('hyperband', { maxLag: 200, eta: 2 })).map(({ rungs }) => rungs[0])).toEqual([
      25, 50, 100, 200,
    ]);
    expect(bracketsOf(ruleOf('hyperband', { maxLag: 2, eta: 3 })).map(({ rungs }) => rungs)).toEqual([[2]]);
  });
});

describe('hyperband', () => {
  const late: Runner = { strategy: 'late', lossAt: (step) => (step < 150 ? 3 : 1.5) };
  const others = Array.from(
    { length: 11 },
    (_, index): Runner => ({ strategy: `s${index}`, lossAt: (step) => 2.5 + index / 100 - step / 1000 }),
  );
  const rule = ruleOf('hyperband', { maxLag: 200, minLag: 25, eta: 2 });

  it('trains a shared curve once, in moves that only ever go further', () => {
    const field = new LiveField([late, ...others]);
    const evidence = field.decide(rule);
    const until = new Map<string, number>();
    for (const { strategies } of field.moves)
      for (const { strategy, untilStep } of strategies) {
        expect(untilStep).toBeGreaterThan(until.get(strategy) ?? 0);
        until.set(strategy, untilStep);
      }
    // Evaluated in several brackets, charged for the longest stretch alone.
    expect(evidence.trainedTo).toEqual(Object.fromEntries(until));
    expect(new Set(evidence.rounds!.map(({ bracket }) => bracket))).toEqual(new Set([3, 2, 1, 0]));
  });

  it('looks at every candidate, however many there are', () => {
    const many = Array.from(
      { length: 30 },
      (_, index): Runner => ({ strategy: `m${index}`, lossAt: () => 2 + index / 100 }),
    );
    const evidence = new LiveField(many).decide(rule);
    expect(evidence.rounds![0]).toMatchObject({ step: 25, bracket: 3 });
    expect(evidence.rounds![0]!.values).toHaveLength(30);
    expect(Math.min(...Object.values(evidence.trainedTo!))).toBe(25);
  });

  it('finds a late starter where a bracket gives it the steps, as halving alone does not', () => {
    const finds = (seed: number): boolean =>
      new LiveField([late, ...others]).decide(rule, { seed }).strategy === 'late';
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    // The last bracket trains 4 of the 12 to the end: about a third of the draws hold it.
    const share = seeds.filter(finds).length / seeds.length;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.6);
    const halving = ruleOf('successiveHalving', { ladder: [25, 50, 100, 200], eta: 2 });
    expect(new LiveField([late, ...others]).decide(halving).strategy).toBe('s0');
  });

  it('draws the same brackets for a seed, and keeps the others’ tickets when a candidate is added', () => {
    const first = new LiveField(others);
    expect(first.decide(rule)).toEqual(new LiveField(others).decide(rule));
    const entrants = (runners: readonly Runner[]): string[] =>
      new LiveField(runners)
        .decide(rule)
        .rounds!.filter(({ bracket }) => bracket === 0)
        .flatMap(({ values }) => values.map(({ strategy }) => strategy));
    const [small, large] = [entrants(others), entrants([...others, late])];
    expect(small).toHaveLength(4);
    expect(small.filter((strategy) => !large.includes(strategy)).length).toBeLessThanOrEqual(1);
  });
});
