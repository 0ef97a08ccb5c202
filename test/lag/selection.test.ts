import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DecisionRule, decisionRuleSchema, lagOf } from '../../src-main/contract/decision.ts';
import type { EvaluationRecord } from '../../src-main/contract/records.ts';
import { pairedNoiseFloor, type SelectionCandidate, selectStrategy } from '../../src-main/lag/selection.ts';

const cooldown = decisionRuleSchema.parse({ rule: 'cooldown', lag: 200, resamples: 200 });

function evaluation(step: number, batchLosses: readonly number[]): EvaluationRecord {
  return {
    runId: 'run',
    step,
    loss: batchLosses.reduce((sum, loss) => sum + loss, 0) / batchLosses.length,
    batchLosses: Float32Array.from(batchLosses),
    trainingLoss: null,
    gradientNorm: null,
    learningRate: null,
    weightDistance: null,
    seconds: 0,
  };
}

/** Batch losses whose mean is `mean`, with a spread all candidates share. */
function batches(mean: number, wiggle: readonly number[] = []): number[] {
  return Array.from(
    { length: 16 },
    (_, batch) => mean + Math.sin(batch * 2.4) * 0.1 + (wiggle[batch % (wiggle.length || 1)] ?? 0),
  );
}

function candidate(
  strategy: string,
  atLag: number,
  extra: Partial<SelectionCandidate> = {},
): SelectionCandidate {
  return {
    strategy,
    position: 0,
    isControl: false,
    state: 'finished',
    evaluations: [evaluation(0, batches(3)), evaluation(200, batches(atLag))],
    ...extra,
  };
}

const pool = (...candidates: SelectionCandidate[]): SelectionCandidate[] =>
  candidates.map((entry, position) => ({ ...entry, position }));

/** A pool with distinct losses between 2 and 3. */
const anyPool = fc
  .uniqueArray(fc.integer({ min: 2000, max: 3000 }), { minLength: 1, maxLength: 8 })
  .map((values) => pool(...values.map((value, index) => candidate(`s${index}`, value / 1000))));

describe('selectStrategy', () => {
  it('chooses the lowest loss of the rule, best first, with the margin to the runner-up', () => {
    const evidence = selectStrategy(
      pool(candidate('b', 2.1), candidate('a', 2.05), candidate('c', 2.4)),
      cooldown,
      1,
    );
    expect(evidence.strategy).toBe('a');
    expect(evidence.values.map((entry) => entry.strategy)).toEqual(['a', 'b', 'c']);
    expect(evidence.runnerUp).toBe('b');
    expect(evidence.margin!.estimate).toBeCloseTo(0.05, 6);
    expect(evidence.tie).toEqual(['a']);
  });

  it('does not depend on the order in which candidates are given', () => {
    fc.assert(
      fc.property(
        anyPool.chain((given) =>
          fc.tuple(
            fc.constant(given),
            fc.shuffledSubarray(given, { minLength: given.length, maxLength: given.length }),
          ),
        ),
        ([given, shuffled]) => {
          expect(selectStrategy(shuffled, cooldown, 9)).toEqual(selectStrategy(given, cooldown, 9));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is not changed by a diverged candidate, which comes last without a value', () => {
    fc.assert(
      fc.property(
        anyPool,
        fc.constantFrom('diverged' as const, 'failed' as const, 'finished' as const),
        (given, state) => {
          const lost = candidate('lost', Number.NaN, {
            state,
            position: given.length,
            evaluations: [evaluation(0, batches(3)), evaluation(200, [Number.NaN])],
          });
          const before = selectStrategy(given, cooldown, 9);
          const after = selectStrategy([lost, ...given], cooldown, 9);
          expect(after).toMatchObject({
            strategy: before.strategy,
            margin: before.margin,
            tie: before.tie,
          });
          expect(after.values.at(-1)).toEqual({ strategy: 'lost', value: null });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('never chooses or ranks a control, however low its loss', () => {
    const evidence = selectStrategy(
      pool(candidate('scratch', 1, { isControl: true }), candidate('a', 2)),
      cooldown,
      1,
    );
    expect(evidence.strategy).toBe('a');
    expect(evidence.values).toHaveLength(1);
    expect(() => selectStrategy(pool(candidate('scratch', 1, { isControl: true })), cooldown, 1)).toThrow(
      'no strategy to choose from',
    );
  });

  it('calls candidates tied whose paired interval over validation batches holds 0', () => {
    // Differences of +0.05 and -0.04 by turns: a mean of +0.005 with a standard error of about 0.011.
    const noisy = candidate('noisy', 0, {
      evaluations: [evaluation(0, batches(3)), evaluation(200, batches(2, [0.05, -0.04]))],
    });
    const clear = candidate('clear', 0, {
      evaluations: [evaluation(0, batches(3)), evaluation(200, batches(2.005))],
    });
    const evidence = selectStrategy(pool(candidate('best', 2), noisy, clear), cooldown, 1);
    expect(evidence.tie).toEqual(['best', 'noisy']);
    expect(evidence.noise).toContain('validation text only');
  });

  it('does not decide by float noise: losses 1e-7 apart are tied, though every batch differs alike', () => {
    const evidence = selectStrategy(pool(candidate('b', 2 + 4e-7), candidate('a', 2)), cooldown, 1);
    expect(evidence.tie).toEqual(['a', 'b']);
  });

  it('breaks exact equality by pool order', () => {
    expect(selectStrategy(pool(candidate('z', 2), candidate('a', 2)), cooldown, 1).strategy).toBe('z');
  });

  it('widens ties by what paired repeats show', () => {
    const repeated = pool(
      candidate('a', 2, { repeatValues: [2.0, 2.02, 2.01] }),
      candidate('b', 2.01, { repeatValues: [2.04, 2.0, 2.02] }),
    );
    const evidence = selectStrategy(repeated, cooldown, 1);
    // Paired differences 0.01 (the candidates themselves), 0.04, -0.02, 0.01: mean 0.01.
    expect(evidence.noiseFloor).toBeCloseTo(Math.sqrt((0.03 ** 2 + 0.03 ** 2) / 3), 6);
    expect(evidence.tie).toEqual(['a', 'b']);
    expect(evidence.noise).toContain('3 paired repeats');
    const bare = repeated.map(({ repeatValues: _, ...rest }) => rest);
    expect(selectStrategy(bare, cooldown, 1).tie).toEqual(['a']);
  });

  it('shows every strategy tied for the best initial loss beside the choice', () => {
    const traps = ['x', 'y'].map((name, index) =>
      candidate(name, 2.5, {
        evaluations: [evaluation(0, batches(2.9 + index * 1e-6)), evaluation(200, batches(2.5))],
      }),
    );
    const evidence = selectStrategy(pool(candidate('a', 2), ...traps), cooldown, 1);
    expect(evidence.strategy).toBe('a');
    expect(evidence.initialLossPicks).toEqual(['x', 'y']);
  });

  it('reads what each rule says', () => {
    const series = [0, 50, 100, 150, 200].map((step) => evaluation(step, batches(3 - step / 200)));
    const given = [{ ...candidate('a', 0), evaluations: series }];
    const readValue = (rule: unknown): number => {
      const parsed: DecisionRule = decisionRuleSchema.parse(rule);
      const evidence = selectStrategy(given, parsed, 1);
      expect(evidence.lag).toBe(lagOf(parsed));
      return evidence.values[0]!.value!;
    };
    expect(readValue({ rule: 'initialLoss' })).toBeCloseTo(batchMean(3), 6);
    expect(readValue({ rule: 'lossAtLag', lag: 50 })).toBeCloseTo(batchMean(2.75), 6);
    expect(readValue({ rule: 'cooldown', lag: 200 })).toBeCloseTo(batchMean(2), 6);
    expect(readValue({ rule: 'windowMean', lag: 200, window: 51 })).toBeCloseTo(batchMean(2.125), 6);
    expect(readValue({ rule: 'windowMean', lag: 200, window: 50 })).toBeCloseTo(batchMean(2), 6);
  });

  it('waits for a run that has not reached the lag, and fails when all candidates diverged', () => {
    const early = candidate('early', 0, { state: 'running', evaluations: [evaluation(0, batches(3))] });
    expect(() => selectStrategy(pool(early, candidate('a', 2)), cooldown, 1)).toThrow(
      expect.objectContaining({ code: 'refused' }),
    );
    const lost = candidate('lost', 2, { state: 'diverged' });
    expect(() => selectStrategy(pool(lost), cooldown, 1)).toThrow(
      expect.objectContaining({ code: 'failed' }),
    );
  });

  it('gives no interval for a single validation batch and says so', () => {
    const single = (name: string, loss: number) =>
      candidate(name, 0, { evaluations: [evaluation(0, [3]), evaluation(200, [loss])] });
    const evidence = selectStrategy(pool(single('a', 2), single('b', 2.2)), cooldown, 1);
    expect(evidence.margin).toBeNull();
    expect(evidence.noise).toContain('cannot be measured');
  });
});

describe('pairedNoiseFloor', () => {
  it('does not see what a repeat does to all candidates alike', () => {
    const order = [0.3, -0.1, 0.2, 0];
    const values = [1, 2, 3].map((base) => order.map((shift) => base + shift));
    expect(pairedNoiseFloor(values)).toBeCloseTo(0, 9);
  });

  it('is the standard deviation of the difference for two candidates', () => {
    expect(
      pairedNoiseFloor([
        [1, 2, 4],
        [0, 0, 0],
      ]),
    ).toBeCloseTo(Math.sqrt(7 / 3), 12);
  });

  it('is null without two shared repeats', () => {
    expect(pairedNoiseFloor([[1], [2]])).toBeNull();
    expect(
      pairedNoiseFloor([
        [1, null],
        [2, 3],
      ]),
    ).toBeNull();
    expect(pairedNoiseFloor([[1, 2, 3]])).toBeNull();
  });
});

describe('decisionRuleSchema', () => {
  it('fills in confidence and resamples', () => {
    expect(decisionRuleSchema.parse({ rule: 'initialLoss' })).toEqual({
      rule: 'initialLoss',
      confidence: 0.95,
      resamples: 2000,
    });
  });

  it.each([
    { rule: 'cooldown' },
    { rule: 'cooldown', lag: 0 },
    { rule: 'initialLoss', lag: 5 },
    { rule: 'windowMean', lag: 10, window: 11 },
    { rule: 'lossAtLag', lag: 1.5 },
    { rule: 'lossAtLag', lag: 5, confidence: 1 },
  ])('refuses %j', (rule) => {
    expect(decisionRuleSchema.safeParse(rule).success).toBe(false);
  });
});

const batchMean = (mean: number): number =>
  batches(mean).reduce((sum, loss) => sum + loss, 0) / batches(mean).length;
