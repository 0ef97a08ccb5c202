/** From the records of an audit to its curves, as replay, predictors and evidence read them. Pure. */
import { type DecisionRule, isHigherBetter } from '../contract/decision.ts';
import {
  LOSS_METRIC,
  type MetricInfo,
  type RecordedCurve,
  type RecordedPoint,
} from '../contract/recorded-audit.ts';
import type { CandidateRecord, EvaluationRecord, RunRecord } from '../contract/records.ts';
import { metricsOf } from './decision-rules.ts';

/** What the records of a run do not say about themselves. */
export interface CurveContext {
  readonly rule: DecisionRule;
  /** Steps F of a full run. */
  readonly horizon: number;
  /** Sequences in a training batch; null leaves the tokens of every point out. */
  readonly batchSize: number | null;
  /** Training FLOPs of one step after growing; null where not known. */
  readonly flopsPerStep: number | null;
}

/** The curve of one run of a candidate; its points in the order of the evaluations, which must ascend by step. */
export function recordedCurve(
  candidate: CandidateRecord,
  run: RunRecord,
  evaluations: readonly EvaluationRecord[],
  { rule, horizon, batchSize, flopsPerStep }: CurveContext,
): RecordedCurve {
  // Probes of other lengths than the decision's name it; those of rules on the final schedule are paired repeats.
  const isCooldown = run.kind === 'probe' && (rule.rule === 'cooldown' || /\/probe-\d+$/.test(run.id));
  const isDiverged = run.state === 'diverged';
  const tokensPerStep = batchSize === null ? null : batchSize * run.architecture.context;
  return {
    strategy: candidate.strategy,
    isControl: candidate.isControl,
    exactness: candidate.exactness,
    schedule: isCooldown ? 'cooldown' : 'final',
    scheduleSteps: isCooldown ? run.stepsPlanned : horizon,
    repeat: candidate.repeat,
    isDiverged,
    points: evaluations
      // The evaluation that ended the run may hold a finite loss above the limit; it is no reading.
      .filter(({ step }) => !isDiverged || step < run.stepsDone)
      .map((evaluation) => pointOf(evaluation, tokensPerStep, flopsPerStep)),
  };
}

/** The loss, and every other metric that any of the evaluations holds. */
export function metricsIn(evaluations: readonly EvaluationRecord[]): MetricInfo[] {
  const names = new Set([LOSS_METRIC, ...evaluations.flatMap((one) => Object.keys(metricsOf(one)))]);
  return [...names].map((name) => ({ name, lowerIsBetter: !isHigherBetter(name) }));
}

function pointOf(
  evaluation: EvaluationRecord,
  tokensPerStep: number | null,
  flopsPerStep: number | null,
): RecordedPoint {
  const { step, loss, batchLosses, trainingLoss, gradientNorm, weightDistance } = evaluation;
  const metrics = { [LOSS_METRIC]: loss, ...metricsOf(evaluation) };
  return {
    step,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, finiteOrNull(value)])),
    batchLosses,
    trainingLoss: finiteOrNull(trainingLoss),
    gradientNorm: finiteOrNull(gradientNorm),
    weightDistance: finiteOrNull(weightDistance),
    tokens: tokensPerStep === null ? null : step * tokensPerStep,
    flops: flopsPerStep === null ? null : step * flopsPerStep,
  };
}

const finiteOrNull = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null;
