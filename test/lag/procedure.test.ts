import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decisionEvidenceSchema,
  decisionRuleSchema,
  lagOf,
  stepsReadBy,
} from '../../src-main/contract/decision.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { EvaluationRecord } from '../../src-main/contract/records.ts';
import { type Contestant, nextMove } from '../../src-main/lag/procedure.ts';
import { selectStrategy } from '../../src-main/lag/selection.ts';
import { anyRule, batchesOf, HORIZON, LiveField, type Runner, ruleOf, STEPS } from './recorded-curves.ts';

/** Curves that fall, cross and diverge; losses from a table, so that any order of looks sees the same. */
const anyRunners: fc.Arbitrary<Runner[]> = fc
  .array(
    fc.record({
      start: fc.integer({ min: 2000, max: 4000 }),
      slope: fc.integer({ min: -10, max: 40 }),
      divergesAt: fc.option(fc.constantFrom(1, 10, 60, 200, 390), { freq: 6, nil: undefined }),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((all) =>
    all.map(({ start, slope, divergesAt }, index) => ({
      strategy: `s${index}`,
      lossAt: (step) => (start - slope * Math.sqrt(step)) / 1000,
      ...(divergesAt !== undefined && { divergesAt }),
    })),
  );

function outcomeOf(action: () => unknown): EspalierError | null {
  try {
    action();
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(EspalierError);
    return error as EspalierError;
  }
}

describe('nextMove', () => {
  it('asks for nothing twice and nothing beyond the horizon, ends, and chooses among the contestants', () => {
    fc.assert(
      fc.property(anyRule, anyRunners, (rule, runners) => {
        const field = new LiveField(runners);
        let evidence: ReturnType<LiveField['decide']> | null = null;
        const error = outcomeOf(() => {
          evidence = field.decide(rule, { margins: false });
        });
        const reached = new Map<string, number>();
        const isCooldown = rule.rule === 'cooldown';
        for (const move of field.moves) {
          expect(move.schedule).toBe(isCooldown ? 'cooldown' : 'final');
          expect(move.strategies.length).toBeGreaterThan(0);
          for (const { strategy, untilStep } of move.strategies) {
            expect(untilStep).toBeGreaterThan(reached.get(strategy) ?? -1);
            expect(untilStep).toBeLessThanOrEqual(Math.min(HORIZON, lagOf(rule)));
            reached.set(strategy, untilStep);
          }
        }
        if (error) {
          // Only a pool of which nothing is left has no decision.
          expect(error.message).toMatch(/^All \d+ candidates diverged/);
          expect(runners.every(({ divergesAt }) => divergesAt !== undefined)).toBe(true);
          return;
        }
        const { strategy, trainedTo, values, tie } = evidence!;
        const winner = runners.find((runner) => runner.strategy === strategy)!;
        expect(values.map((entry) => entry.strategy).sort()).toEqual(
          runners.map((one) => one.strategy).sort(),
        );
        expect(tie[0]).toBe(strategy);
        expect(trainedTo![strategy]).toBeLessThanOrEqual(lagOf(rule));
        if (winner.divergesAt !== undefined) expect(trainedTo![strategy]).toBeLessThan(winner.divergesAt);
        for (const { strategy: name, divergesAt = Number.POSITIVE_INFINITY } of runners)
          expect(trainedTo![name]).toBe(Math.min(reached.get(name) ?? 0, divergesAt));
        // Decision and the rest of the winner's run never cost more than training everybody, probes left out.
        const decision = Object.values(trainedTo!).reduce((sum, steps) => sum + steps, 0);
        const rest = HORIZON - (isCooldown ? 0 : trainedTo![strategy]!);
        expect(decision + rest).toBeLessThanOrEqual(
          runners.length * HORIZON + (isCooldown ? runners.length * lagOf(rule) : 0),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('decides the same whatever was trained beyond its steps, and however often it is asked', () => {
    fc.assert(
      fc.property(anyRule, anyRunners, (rule, runners) => {
        const healthy = runners.map(({ strategy, lossAt }) => ({ strategy, lossAt }));
        const field = new LiveField(healthy);
        const evidence = field.decide(rule);
        for (const { strategy } of healthy) field.trained.set(strategy, HORIZON);
        expect(field.decide(rule)).toEqual(evidence);
        expect(new LiveField(healthy).decide(rule)).toEqual(evidence);
      }),
      { numRuns: 60 },
    );
  });

  it('chooses the same with and without margins', () => {
    fc.assert(
      fc.property(anyRule, anyRunners, (rule, runners) => {
        const healthy = runners.map(({ strategy, lossAt }) => ({ strategy, lossAt }));
        const [full, quick] = [true, false].map((margins) =>
          new LiveField(healthy).decide(rule, { margins }),
        );
        const { strategy, values, trainedTo, rounds, lag } = full!;
        expect(quick).toMatchObject({ strategy, values, trainedTo, rounds, lag });
      }),
      { numRuns: 60 },
    );
  });

  it('leaves evidence that is read back as it was written', () => {
    fc.assert(
      fc.property(anyRule, anyRunners, (rule, runners) => {
        const healthy = runners.map(({ strategy, lossAt }) => ({ strategy, lossAt }));
        const evidence = new LiveField(healthy).decide(rule, { margins: false });
        expect(decisionEvidenceSchema.parse(JSON.parse(JSON.stringify(evidence)))).toEqual(evidence);
      }),
      { numRuns: 60 },
    );
  });

  it('decides by the older rules as selectStrategy does', () => {
    const runners = [0.3, 0.1, 0.2].map(
      (loss, index): Runner => ({
        strategy: `s${index}`,
        lossAt: (step) => 2 + loss - step / 2000,
      }),
    );
    for (const rule of [
      ruleOf('cooldown', { lag: 100 }),
      ruleOf('lossAtLag', { lag: 100 }),
      ruleOf('initialLoss'),
      ruleOf('windowMean', { lag: 100, window: 60 }),
    ]) {
      const evaluations = (lossAt: Runner['lossAt']): EvaluationRecord[] =>
        STEPS.filter((step) => step <= lagOf(rule)).map((step) => ({
          runId: '',
          step,
          loss: lossAt(step),
          batchLosses: batchesOf(lossAt(step)),
          trainingLoss: null,
          gradientNorm: null,
          learningRate: null,
          weightDistance: null,
          seconds: 0,
        }));
      const selected = selectStrategy(
        runners.map(({ strategy, lossAt }, position) => ({
          strategy,
          position,
          isControl: false,
          state: 'finished' as const,
          evaluations: evaluations(lossAt),
        })),
        rule,
        7,
      );
      expect(new LiveField(runners).decide(rule)).toEqual({
        ...selected,
        metric: 'loss',
        trainedTo: Object.fromEntries(runners.map(({ strategy }) => [strategy, lagOf(rule)])),
        rounds: null,
        stoppedBecause: null,
      });
    }
  });

  it('neither asks for controls nor chooses one', () => {
    const field = new LiveField([
      { strategy: 'scratch', lossAt: () => 1, isControl: true },
      { strategy: 'a', lossAt: () => 2.1 },
      { strategy: 'b', lossAt: () => 2 },
    ]);
    for (const rule of [
      ruleOf('lossAtLag', { lag: 100 }),
      ruleOf('successiveHalving', { ladder: [50, 100] }),
    ]) {
      const evidence = field.decide(rule);
      expect(evidence.strategy).toBe('b');
      expect(Object.keys(evidence.trainedTo!)).toEqual(['a', 'b']);
    }
    expect(field.trained.has('scratch')).toBe(false);
  });

  it('refuses looks beyond the horizon and where nothing is evaluated, before anything is trained', () => {
    const runners: Runner[] = [{ strategy: 'a', lossAt: () => 2 }];
    const beyond = ruleOf('successiveHalving', { ladder: [100, 500] });
    expect(() => new LiveField(runners).decide(beyond)).toThrow(/looks at step 500; .* horizon of 400/);
    const between = ruleOf('confidenceRace', { every: 30, maxLag: 90 });
    const field = new LiveField(runners);
    expect(() => field.decide(between)).toThrow(/looks at step 30, 60, 90, where runs are not evaluated/);
    expect(field.moves).toEqual([]);
  });

  it('compares a named metric, more of an accuracy being better, and refuses one that was not measured', () => {
    const contestant = (strategy: string, position: number, accuracy: number): Contestant => ({
      strategy,
      position,
      isControl: false,
      state: 'finished',
      trainedTo: 50,
      probe: [],
      evaluations: [0, 50].map((step) => ({
        runId: '',
        step,
        loss: accuracy,
        batchLosses: batchesOf(accuracy),
        trainingLoss: null,
        gradientNorm: null,
        learningRate: null,
        weightDistance: null,
        seconds: 0,
        metrics: { 'copy.accuracy': accuracy },
      })),
    });
    const pool = [contestant('poor', 0, 0.2), contestant('good', 1, 0.7)];
    const decide = (metric: string, rule: 'lossAtLag' | 'successiveHalving'): ReturnType<typeof nextMove> =>
      nextMove(ruleOf(rule, { ...(rule === 'lossAtLag' ? { lag: 50 } : { ladder: [50] }), metric }), pool, {
        horizon: HORIZON,
        seed: 1,
        evaluationSteps: [50],
      });
    for (const rule of ['lossAtLag', 'successiveHalving'] as const)
      expect(decide('copy.accuracy', rule)).toMatchObject({
        kind: 'decide',
        evidence: {
          strategy: 'good',
          metric: 'copy.accuracy',
          values: [
            { strategy: 'good', value: 0.7 },
            { strategy: 'poor', value: 0.2 },
          ],
        },
      });
    expect(() => decide('sums.accuracy', 'lossAtLag')).toThrow(
      /metric sums\.accuracy was not measured at step 50; measured are loss, copy\.accuracy/,
    );
  });
});

describe('nextMove, rules that read other quantities', () => {
  const losses: Readonly<Record<string, (step: number) => number>> = {
    slow: (step) => 2.2 - step / 400,
    quick: (step) => 2 - step / 4000,
  };
  const runners = Object.entries(losses).map(([strategy, lossAt]): Runner => ({ strategy, lossAt }));

  it('areaUnderCurve: is the integral over the lag, computed here from the straight lines', () => {
    const { strategy, values } = new LiveField(runners).decide(ruleOf('areaUnderCurve', { lag: 100 }));
    expect(strategy).toBe('quick');
    expect(values[0]!.value).toBeCloseTo(2 - 50 / 4000, 5);
    expect(values[1]!.value).toBeCloseTo(2.2 - 50 / 400, 5);
  });

  it('extrapolation: prefers the steeper curve that loss at the lag does not', () => {
    expect(new LiveField(runners).decide(ruleOf('lossAtLag', { lag: 75 })).strategy).toBe('quick');
    const evidence = new LiveField(runners).decide(ruleOf('extrapolation', { lag: 75 }));
    expect(evidence.strategy).toBe('slow');
    expect(evidence.margin!.low).toBeLessThanOrEqual(evidence.margin!.estimate);
    expect(evidence.noise).toMatch(/^Compared is the loss at step 400 by a power law/);
  });

  it('extrapolation: falls back to the loss at the lag for all, and says so, with too few evaluations', () => {
    const evidence = new LiveField(runners).decide(ruleOf('extrapolation', { lag: 50, from: 40 }));
    expect(evidence.strategy).toBe('quick');
    expect(evidence.noise).toMatch(
      /^No power law could be fitted to slow, quick .* by their loss at step 50 instead/,
    );
    expect(evidence.values[0]!.value).toBeCloseTo(losses.quick!(50), 5);
  });

  it('gradientNorm and weightDistance: take the smallest, and refuse where it was not recorded', () => {
    expect(new LiveField(runners).decide(ruleOf('gradientNorm', { lag: 300 })).strategy).toBe('slow');
    const equal = new LiveField(runners).decide(ruleOf('weightDistance', { lag: 100 }));
    expect(equal).toMatchObject({ strategy: 'slow', tie: ['slow', 'quick'], margin: null });
    expect(equal.noise).toMatch(/no parts by validation batch/);
  });
});

describe('stepsReadBy', () => {
  it('stays within the lag, ascends, and ends at it', () => {
    fc.assert(
      fc.property(anyRule, (rule) => {
        const steps = stepsReadBy(rule);
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        expect(steps.at(-1) ?? 0).toBe(lagOf(rule));
        expect(steps.every((step) => Number.isInteger(step) && step >= 1)).toBe(true);
      }),
    );
  });
});

describe('decisionRuleSchema', () => {
  const message = (rule: object): string =>
    decisionRuleSchema
      .safeParse(rule)
      .error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join() ?? 'valid';

  it('adds no field to the rules of earlier versions, whose studies are known by the hash of their text', () => {
    expect(Object.keys(decisionRuleSchema.parse({ rule: 'cooldown', lag: 5 }))).toEqual([
      'rule',
      'lag',
      'confidence',
      'resamples',
    ]);
  });

  it('refuses ladders that do not ascend, half a ladder, two ladders, and looks that make no sense', () => {
    const halving = { rule: 'successiveHalving' };
    expect(message({ ...halving, ladder: [10, 10] })).toBe(
      'ladder: rung 10 follows 10; the steps must ascend',
    );
    expect(message({ ...halving, firstRung: 10 })).toMatch(/^ladder: is missing/);
    expect(message({ ...halving, ladder: [1], maxLag: 5 })).toMatch(/^ladder: stands beside/);
    expect(message({ ...halving, firstRung: 10, maxLag: 5 })).toMatch(/^firstRung: 10 is beyond maxLag/);
    expect(message({ ...halving, firstRung: 5, maxLag: 10 })).toBe('valid');
    for (const rule of ['confidenceRace', 'automaticLag']) {
      expect(message({ rule, every: 1, minLag: 9, maxLag: 5 })).toMatch(/^minLag: 9 is beyond maxLag/);
      expect(message({ rule, every: 1, maxLag: 2000 })).toMatch(/^every: .* more than 1000 looks/);
    }
    expect(message({ rule: 'hyperband', minLag: 9, maxLag: 5 })).toMatch(/^minLag/);
    expect(message({ rule: 'extrapolation', lag: 5, from: 5 })).toMatch(/^from: .* before the lag of 5/);
  });
});
