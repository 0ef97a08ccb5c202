/** Audits made by hand: losses by strategy, and contestants trained as far as asked. */
import fc from 'fast-check';
import {
  type DecisionRule,
  decisionRuleSchema,
  type RuleName,
  type RuleOf,
} from '../../src-main/contract/decision.ts';
import type { RecordedAudit, RecordedCurve, RecordedPoint } from '../../src-main/contract/recorded-audit.ts';
import type { EvaluationRecord } from '../../src-main/contract/records.ts';
import type { Contestant, Move } from '../../src-main/lag/procedure.ts';
import { nextMove } from '../../src-main/lag/procedure.ts';

export const HORIZON = 400;
/** Evaluated steps of the audits made here. */
export const STEPS = [0, 10, 20, 25, 40, 50, 75, 100, 150, 200, 250, 300, 350, 370, 380, 390, 400];

/** Batch losses around a mean that all candidates share, so that differences are exact in every batch. */
export function batchesOf(mean: number, count = 8): Float32Array {
  return Float32Array.from({ length: count }, (_, batch) => mean + (batch - (count - 1) / 2) / 64);
}

export function point(step: number, loss: number, extra: Partial<RecordedPoint> = {}): RecordedPoint {
  return {
    step,
    metrics: { loss },
    batchLosses: batchesOf(loss),
    trainingLoss: null,
    gradientNorm: step === 0 ? null : loss,
    weightDistance: step / 1000,
    tokens: null,
    flops: null,
    ...extra,
  };
}

export function curve(
  strategy: string,
  lossAt: (step: number) => number,
  extra: Partial<RecordedCurve> = {},
): RecordedCurve {
  const { schedule = 'final', scheduleSteps = HORIZON } = extra;
  return {
    strategy,
    isControl: false,
    exactness: null,
    schedule,
    scheduleSteps,
    repeat: 0,
    isDiverged: false,
    points: STEPS.filter((step) => step <= scheduleSteps).map((step) => point(step, lossAt(step))),
    ...extra,
  };
}

export function auditOf(
  curves: readonly RecordedCurve[],
  changes: Partial<RecordedAudit> = {},
): RecordedAudit {
  return {
    id: 'audit',
    name: 'made by hand',
    seed: 7,
    horizon: HORIZON,
    metrics: [{ name: 'loss', lowerIsBetter: true }],
    flopsPerStep: 1000,
    facts: {
      sourceLayers: null,
      targetLayers: null,
      width: null,
      activation: null,
      corpus: null,
      pool: null,
      families: {},
    },
    curves,
    ...changes,
  };
}

export function ruleOf<Name extends RuleName>(rule: Name, fields: object = {}): RuleOf<Name> {
  return decisionRuleSchema.parse({ rule, resamples: 100, ...fields }) as RuleOf<Name>;
}

/** A valid rule of any kind whose steps are all in STEPS. */
export const anyRule: fc.Arbitrary<DecisionRule> = fc
  .record({
    lag: fc.constantFrom(50, 100, 200, 300),
    name: fc.constantFrom<RuleName>(
      'cooldown',
      'lossAtLag',
      'initialLoss',
      'windowMean',
      'areaUnderCurve',
      'extrapolation',
      'gradientNorm',
      'weightDistance',
      'successiveHalving',
      'hyperband',
      'confidenceRace',
      'automaticLag',
    ),
    eta: fc.constantFrom(2, 4),
    ladder: fc.subarray([10, 20, 25, 40, 50, 75, 100, 150, 200, 300], { minLength: 1 }),
    tolerance: fc.constantFrom(0, 0.01, 0.1),
    stable: fc.integer({ min: 1, max: 3 }),
    threshold: fc.constantFrom(0.5, 0.9),
  })
  .map(({ lag, name, eta, ladder, tolerance, stable, threshold }) => {
    switch (name) {
      case 'initialLoss':
        return ruleOf(name);
      case 'cooldown':
        return ruleOf(name, { lag: 100 });
      case 'windowMean':
        return ruleOf(name, { lag, window: lag / 2 });
      case 'successiveHalving':
        return ruleOf(name, { ladder, eta });
      case 'hyperband':
        return ruleOf(name, { maxLag: 200, minLag: eta === 2 ? 25 : 50, eta });
      case 'confidenceRace':
        return ruleOf(name, { every: 50, maxLag: lag, tolerance });
      case 'automaticLag':
        return ruleOf(name, { every: 50, maxLag: lag, stable, threshold });
      default:
        return ruleOf(name, { lag });
    }
  });

export interface Runner {
  readonly strategy: string;
  readonly lossAt: (step: number) => number;
  /** Step at which its loss is lost. */
  readonly divergesAt?: number;
  readonly isControl?: boolean;
}

/** Plays a rule to its end as a study would, and keeps its moves. */
export class LiveField {
  readonly moves: Extract<Move, { kind: 'train' }>[] = [];
  readonly trained = new Map<string, number>();
  readonly probed = new Set<string>();
  private readonly runners: readonly Runner[];
  private readonly steps: readonly number[];
  private readonly batchesOf: ((runner: Runner, step: number) => Float32Array) | undefined;

  constructor(
    runners: readonly Runner[],
    options: { steps?: readonly number[]; batchesOf?: (runner: Runner, step: number) => Float32Array } = {},
  ) {
    this.runners = runners;
    this.steps = options.steps ?? STEPS;
    this.batchesOf = options.batchesOf;
  }

  decide(
    rule: DecisionRule,
    { margins = true, seed = 7 } = {},
  ): Extract<Move, { kind: 'decide' }>['evidence'] {
    const context = {
      horizon: HORIZON,
      seed,
      evaluationSteps: this.steps.filter((step) => step > 0),
      margins,
    };
    for (let round = 0; round < 200; round++) {
      const move = nextMove(rule, this.contestants(rule), context);
      if (move.kind === 'decide') return move.evidence;
      this.moves.push(move);
      for (const { strategy, untilStep } of move.strategies) {
        if (move.schedule === 'cooldown') this.probed.add(strategy);
        else this.trained.set(strategy, untilStep);
      }
    }
    throw new Error('the rule did not decide in 200 rounds');
  }

  private contestants(rule: DecisionRule): Contestant[] {
    return this.runners.map((runner, position) => {
      const { strategy, divergesAt = Number.POSITIVE_INFINITY, isControl = false } = runner;
      const asked = this.trained.get(strategy);
      const trainedTo = Math.min(asked ?? 0, divergesAt);
      const evaluations = asked === undefined ? [] : this.evaluations(runner, trainedTo);
      const isProbed = rule.rule === 'cooldown' && this.probed.has(strategy);
      const length = isProbed ? Math.min(rule.lag, divergesAt) : 0;
      const end = isProbed ? length : trainedTo;
      const isRun = isProbed || (rule.rule !== 'cooldown' && asked !== undefined);
      return {
        strategy,
        position,
        isControl,
        state: !isRun ? 'waiting' : end === divergesAt ? 'diverged' : 'running',
        trainedTo,
        evaluations,
        probe: isProbed ? this.evaluations(runner, length) : [],
        probeTrainedTo: length,
      };
    });
  }

  private evaluations(runner: Runner, until: number): EvaluationRecord[] {
    return this.steps
      .filter((step) => step <= until)
      .map((step) => {
        const batchLosses = this.batchesOf?.(runner, step) ?? batchesOf(runner.lossAt(step));
        return {
          runId: runner.strategy,
          step,
          loss: this.batchesOf
            ? batchLosses.reduce((sum, loss) => sum + loss, 0) / batchLosses.length
            : runner.lossAt(step),
          batchLosses,
          trainingLoss: null,
          gradientNorm: step === 0 ? null : runner.lossAt(step),
          learningRate: null,
          weightDistance: step / 1000,
          seconds: 0,
        };
      });
  }
}
