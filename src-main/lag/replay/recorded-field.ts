/**
 * The candidates of a recorded audit as the decision procedure sees them: with what has been asked for so far, and
 * nothing beyond. Curves are turned into evaluations once, so that hundreds of rules share them.
 */
import { type DecisionRule, isHigherBetter, lagOf } from '../../contract/decision.ts';
import { EspalierError } from '../../contract/errors.ts';
import {
  LOSS_METRIC,
  type RecordedAudit,
  type RecordedCurve,
  type RecordedPoint,
} from '../../contract/recorded-audit.ts';
import type { EvaluationRecord, RunState } from '../../contract/records.ts';
import { readRule } from '../decision-rules.ts';
import type { Contestant } from '../racing/contestant.ts';
import { finalCurves } from './final-values.ts';

/** Steps asked for so far, by strategy. */
export interface Asked {
  readonly final: ReadonlyMap<string, number>;
  readonly probes: ReadonlySet<string>;
}

interface Recording {
  readonly curve: RecordedCurve;
  /** Ascending. */
  readonly evaluations: readonly EvaluationRecord[];
  /** Step of the last evaluation. */
  readonly end: number;
}

export class RecordedField {
  readonly strategies: readonly string[];
  /** Steps above 0 at which every candidate that got there was evaluated, ascending. */
  readonly evaluationSteps: readonly number[];
  private readonly audit: RecordedAudit;
  private readonly recordings: readonly Recording[];
  private readonly finals: readonly Recording[];
  private readonly prefixes = new Map<string, readonly EvaluationRecord[]>();

  /** @throws EspalierError `bad-input` for an audit without a final run, or with two of one strategy */
  constructor(audit: RecordedAudit) {
    this.audit = audit;
    const turned = new Set(
      audit.metrics
        .filter(({ name, lowerIsBetter }) => lowerIsBetter === isHigherBetter(name))
        .map(({ name }) => name),
    );
    this.recordings = audit.curves.map((curve) => ({
      curve,
      evaluations: curve.points.map((point) => toEvaluation(curve, point, turned)),
      end: curve.points.at(-1)?.step ?? 0,
    }));
    const final = new Set(finalCurves(audit));
    this.finals = this.recordings.filter(({ curve }) => final.has(curve));
    this.strategies = this.finals.map(({ curve }) => curve.strategy);
    if (this.strategies.length === 0)
      throw new EspalierError(
        'bad-input',
        `The audit ${audit.id} holds no run of ${audit.horizon} steps on the final schedule; it must hold one for each strategy.`,
      );
    if (new Set(this.strategies).size < this.strategies.length)
      throw new EspalierError(
        'bad-input',
        `The audit ${audit.id} holds several final runs of one strategy; give them different repeat numbers.`,
      );
    this.evaluationSteps = sharedSteps(this.finals);
  }

  /** Lengths of the cooldown probes that every candidate has, ascending. */
  cooldownLags(): number[] {
    const lags = new Set(this.probes().map(({ curve }) => curve.scheduleSteps));
    return [...lags]
      .filter((lag) => this.strategies.every((strategy) => this.probeOf(strategy, lag) !== undefined))
      .sort((a, b) => a - b);
  }

  /** Whether every evaluation of the final runs holds a quantity, so that a rule may read it. */
  holds(quantity: 'gradientNorm' | 'weightDistance' | 'batchLosses'): boolean {
    return this.finals.every(({ curve }) =>
      curve.points.every(
        (point) => point[quantity] !== null || (point.step === 0 && quantity !== 'batchLosses'),
      ),
    );
  }

  contestants(rule: DecisionRule, asked: Asked, withRepeats: boolean): Contestant[] {
    return this.finals.map((recording, position) => {
      const { strategy } = recording.curve;
      const until = asked.final.get(strategy) ?? 0;
      const final = this.upTo(recording, until, asked.final.has(strategy));
      const isProbed = rule.rule === 'cooldown' && asked.probes.has(strategy);
      const probe = isProbed ? this.upTo(this.requireProbe(strategy, lagOf(rule)), lagOf(rule), true) : null;
      return {
        strategy,
        position,
        isControl: false,
        state: (rule.rule === 'cooldown' ? probe : final)?.state ?? 'waiting',
        trainedTo: final.trainedTo,
        evaluations: final.evaluations,
        probe: probe?.evaluations ?? [],
        ...(probe && { probeTrainedTo: probe.trainedTo }),
        ...(withRepeats && { repeatValues: this.repeatValues(strategy, rule) }),
      };
    });
  }

  private upTo(
    { curve, evaluations, end }: Recording,
    step: number,
    isAsked: boolean,
  ): { state: RunState; trainedTo: number; evaluations: readonly EvaluationRecord[] } {
    const key = `${curve.strategy} ${curve.schedule} ${curve.scheduleSteps} ${step}`;
    let prefix = this.prefixes.get(key);
    if (prefix === undefined) {
      prefix = evaluations.filter((evaluation) => evaluation.step <= step);
      this.prefixes.set(key, prefix);
    }
    if (step <= end) return { state: isAsked ? 'finished' : 'waiting', trainedTo: step, evaluations: prefix };
    // It was lost somewhere between its last evaluation and the next; a curve cut off for another reason is too.
    const state = curve.isDiverged ? 'diverged' : 'failed';
    return { state, trainedTo: Math.min(step, end + 1), evaluations: prefix };
  }

  private probes(): Recording[] {
    return this.recordings.filter(({ curve }) => curve.schedule === 'cooldown' && curve.repeat === 0);
  }

  private probeOf(strategy: string, lag: number): Recording | undefined {
    return this.probes().find(({ curve }) => curve.strategy === strategy && curve.scheduleSteps === lag);
  }

  private requireProbe(strategy: string, lag: number): Recording {
    const probe = this.probeOf(strategy, lag);
    if (probe) return probe;
    const known = this.cooldownLags();
    throw new EspalierError(
      'refused',
      `The audit ${this.audit.id} holds no cooldown probe of ${lag} steps of ${strategy}; recorded for every candidate are ${known.length > 0 ? `those of ${known.join(', ')} steps` : 'none'}.`,
      { hint: 'Choose a recorded lag, or audit with cooldown probes of this length.' },
    );
  }

  /** Paired repeats on the schedule of the rule, by repeat. */
  private repeatValues(strategy: string, rule: DecisionRule): (number | null)[] {
    const lag = lagOf(rule);
    const isCooldown = rule.rule === 'cooldown';
    const repeats = this.recordings.filter(
      ({ curve }) =>
        curve.strategy === strategy &&
        curve.repeat > 0 &&
        (isCooldown
          ? curve.schedule === 'cooldown' && curve.scheduleSteps === lag
          : curve.schedule === 'final' && curve.scheduleSteps === this.audit.horizon),
    );
    const most = repeats.reduce((count, { curve }) => Math.max(count, curve.repeat), 0);
    return Array.from({ length: most }, (_, index) => {
      const found = repeats.find(({ curve }) => curve.repeat === index + 1);
      if (!found || (found.curve.isDiverged && found.end < lag)) return null;
      const outcome = readRule(
        rule,
        found.evaluations.filter(({ step }) => step <= lag),
      );
      return typeof outcome === 'object' ? outcome.value : null;
    });
  }
}

const NO_BATCHES = new Float32Array(0);

/** The procedure knows the direction of a metric by its name; where the audit says otherwise, the sign is turned. */
function toEvaluation(
  curve: RecordedCurve,
  point: RecordedPoint,
  turned: ReadonlySet<string>,
): EvaluationRecord {
  const metrics = Object.fromEntries(
    Object.entries(point.metrics).map(([name, value]) => [
      name,
      value === null ? Number.NaN : turned.has(name) ? -value : value,
    ]),
  );
  const { [LOSS_METRIC]: loss = Number.NaN, ...others } = metrics;
  return {
    runId: curve.strategy,
    step: point.step,
    loss,
    batchLosses: point.batchLosses ?? NO_BATCHES,
    trainingLoss: point.trainingLoss,
    gradientNorm: point.gradientNorm,
    weightDistance: point.weightDistance,
    metrics: others,
    learningRate: null,
    seconds: 0,
  };
}

function sharedSteps(finals: readonly Recording[]): number[] {
  const longest = finals.reduce((a, b) => (b.end > a.end ? b : a));
  const stepsOf = finals.map(({ curve, end }) => ({
    end,
    steps: new Set(curve.points.map(({ step }) => step)),
  }));
  return longest.curve.points
    .map(({ step }) => step)
    .filter((step) => step > 0 && stepsOf.every(({ end, steps }) => step > end || steps.has(step)));
}
