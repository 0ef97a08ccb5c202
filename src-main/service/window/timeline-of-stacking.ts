/** The timeline of a stacking study out of its analysis. Pure. */
import type { CurvePoint, DecisionEvidence } from '../../contract/analysis.ts';
import type {
  GrowingPointAnalysis,
  PolicyAnalysis,
  StackingAnalysis,
} from '../../contract/stacking-analysis.ts';
import {
  MAX_SMALL_CURVE,
  type TimelineChoice,
  type TimelineGrowingPoint,
  type TimelinePolicy,
  type TimelineStudy,
} from '../../contract/window/timeline.ts';
import { stackingFindings } from '../../report/stacking-findings.ts';
import { policyLooks } from '../../report/stacking-looks.ts';
import { assignLooks, type Look } from '../../report/theme.ts';
import { searchSoFar, spentSoFar } from './timeline-reached.ts';

/** @param updatedAt when anything of the study was last recorded, ISO 8601 */
export function timelineOfStacking(analysis: StackingAnalysis, updatedAt: string): TimelineStudy {
  const { id, name, mode, state, reason, budgetFlops, policies, finalLossDefinition } = analysis;
  const looks = policyLooks(policies);
  // One look for a strategy at all growing points, whatever its plan there; the same as in the report.
  const probes = policies.flatMap(({ growingPoints }) => growingPoints.flatMap((point) => point.probes));
  const candidateLooks = assignLooks(
    [...new Map(probes.map((probe) => [probe.strategy, probe])).values()].map(({ strategy, plan }) => ({
      strategy,
      plan,
      isControl: false,
    })),
  );
  return {
    id,
    name,
    mode,
    state,
    reason,
    budgetFlops,
    policies: policies.map((policy) => policyOf(policy, looks.get(policy.name)!, candidateLooks)),
    findings: stackingFindings(analysis),
    finalLossDefinition,
    updatedAt,
  };
}

function policyOf(policy: PolicyAnalysis, look: Look, looks: ReadonlyMap<string, Look>): TimelinePolicy {
  const { name, specName, search, state, reason, trainingFlops, searchFlops, finalLoss, margin } = policy;
  return {
    name,
    specName,
    policy: policy.policy,
    search,
    look,
    state,
    reason,
    stages: policy.stages.map(
      ({ stage, layers, strategy, plan, state, stepsPlanned, flopsPerStep, curve, ...rest }) => ({
        stage,
        layers,
        strategy,
        plan,
        state,
        stepsPlanned,
        flopsPerStep,
        spent: spentSoFar(
          { flops: rest.flops, steps: rest.steps, seconds: rest.seconds },
          { state, curve, flopsPerStep },
        ),
        initialLoss: rest.initialLoss,
        endLoss: rest.endLoss,
      }),
    ),
    growingPoints: policy.growingPoints.map((point) =>
      growingPointOf(point, policy.stages[point.growingPoint + 1]?.flopsPerStep ?? 0, looks),
    ),
    trainingFlops,
    searchFlops,
    finalLoss,
    margin,
  };
}

function growingPointOf(
  point: GrowingPointAnalysis,
  flopsPerStep: number,
  looks: ReadonlyMap<string, Look>,
): TimelineGrowingPoint {
  const { growingPoint, fromLayers, toLayers, strategy, decision, probes } = point;
  const values = new Map(decision?.values.map(({ strategy: name, value }) => [name, value]));
  return {
    growingPoint,
    fromLayers,
    toLayers,
    strategy,
    choice: decision && choiceOf(decision),
    candidates: probes.map(({ strategy: name, plan, state, curve }) => ({
      strategy: name,
      plan,
      look: looks.get(name)!,
      isControl: false,
      state,
      value: values.get(name) ?? null,
      isChosen: decision?.strategy === name,
      isTied: decision !== null && decision.tie.length > 1 && decision.tie.includes(name),
      curve: smallCurve(curve),
    })),
    search: searchSoFar(point, flopsPerStep),
  };
}

export function choiceOf(decision: DecisionEvidence): TimelineChoice {
  const { rule, metric = 'loss', lag, margin, runnerUp, tie, initialLossPicks } = decision;
  return { rule, metric, lag, margin, runnerUp, tie, initialLossPicks };
}

/** At most `MAX_SMALL_CURVE` of the points, spread over their order, the first and last among them. */
export function smallCurve(curve: readonly CurvePoint[]): readonly CurvePoint[] {
  if (curve.length <= MAX_SMALL_CURVE) return curve;
  const stride = (curve.length - 1) / (MAX_SMALL_CURVE - 1);
  return Array.from({ length: MAX_SMALL_CURVE }, (_, index) => curve[Math.round(index * stride)]!);
}
