/** The runs of a stacking study: their ids, schedules and evaluations. Pure. */
import { lagOf, stepsReadBy } from '../contract/decision.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import { cooldownRecipe } from '../model/learning-rate.ts';
import { randomStream } from '../tensor/random.ts';
import { ascending, finalRunEvaluations, multiples, probeEvaluations } from './evaluation-grid.ts';
import { copiesMoments } from './growing-point.ts';
import type { PlannedPolicy, StackingPlan } from './stacking-plan.ts';
import type { PlannedRun } from './study-plan.ts';

/** How far a policy has come: what its next stage starts from. */
export interface PathState {
  /** Run whose last checkpoint is grown next. */
  readonly runId: string;
  /** Training steps on the path so far: the next batch continues the stream. */
  readonly steps: number;
  readonly flops: number;
  /** Steps that Adam's moments have counted. */
  readonly adamSteps: number;
}

export const candidateIdAt = (
  studyId: string,
  policy: PlannedPolicy,
  growingPoint: number,
  strategy: string,
): string => `${studyId}/${policy.name}/${growingPoint + 1}/${strategy}`;

/** Random layers of each growing point come from a seed of their own. */
export function growthSeed(seed: number, growingPoint: number): number {
  return growingPoint === 0 ? seed : randomStream(seed, 'growing-point', growingPoint).below(2 ** 31);
}

/** Stages before the last hold the peak of the learning rate. */
const heldRecipe = (recipe: Recipe): Recipe => ({
  ...recipe,
  schedule: { ...recipe.schedule, kind: 'constant' },
});

/** The first stage of a policy; policies with equal first stages share the run. */
export function sourceRun(plan: StackingPlan, policy: PlannedPolicy): PlannedRun {
  const { spec, studyId } = plan;
  const stage = policy.stages[0]!;
  const isCommon = stage.steps === plan.stages[0]!.steps && stage.trigger === plan.stages[0]!.trigger;
  return {
    id: isCommon ? `${studyId}/source` : `${studyId}/${policy.name}/source`,
    kind: 'source',
    candidate: null,
    repeat: 0,
    architecture: plan.architectureOf(stage.layers),
    recipe: heldRecipe(spec.recipe),
    scheduleSteps: stage.steps,
    untilStep: stage.steps,
    evaluationSteps: ascending([...multiples(spec.evaluation.every, stage.steps), stage.steps], stage.steps),
    batchSeed: spec.seed,
    firstBatch: 0,
    adamStepOffset: 0,
  };
}

interface GrownRun {
  readonly plan: StackingPlan;
  readonly policy: PlannedPolicy;
  readonly growingPoint: number;
  readonly strategy: GrowingStrategy;
  readonly path: PathState;
}

/** A candidate's probe at a growing point: its own cooldown run, or the beginning of the next stage. */
export function probeRun(grown: GrownRun, schedule: 'final' | 'cooldown', untilStep: number): PlannedRun {
  const { plan, policy, growingPoint, strategy } = grown;
  const { decision, evaluation } = plan.spec;
  const lag = lagOf(decision);
  const stage = policy.stages[growingPoint + 1]!;
  const isCooldown = schedule === 'cooldown';
  const scheduleSteps = isCooldown ? lag : Math.max(stage.steps, lag);
  return {
    ...grownRun(grown, scheduleSteps),
    id: `${candidateIdAt(plan.studyId, policy, growingPoint, strategy.name)}/probe`,
    kind: 'probe',
    recipe: isCooldown ? cooldownRecipe(plan.spec.recipe) : stageRecipe(grown),
    untilStep: isCooldown ? lag : untilStep,
    evaluationSteps: isCooldown
      ? probeEvaluations(lag)
      : ascending([...evaluation.early, ...stepsReadBy(decision), lag], lag),
  };
}

/** The stage after a growing point. `ending` tells apart last stages of policies that pay in two ways. */
export function stageRun(grown: GrownRun, steps: number, ending: string): PlannedRun {
  const { plan, policy, growingPoint } = grown;
  return {
    ...grownRun(grown, steps),
    id: `${plan.studyId}/${policy.name}/${growingPoint + 1}/stage${ending}`,
    kind: 'stage',
    recipe: stageRecipe(grown),
    untilStep: steps,
    evaluationSteps: finalRunEvaluations(plan.spec.evaluation, steps, null),
  };
}

function stageRecipe({ plan, policy, growingPoint }: GrownRun): Recipe {
  return growingPoint + 1 === policy.stages.length - 1 ? plan.spec.recipe : heldRecipe(plan.spec.recipe);
}

function grownRun({ plan, policy, growingPoint, strategy, path }: GrownRun, scheduleSteps: number) {
  return {
    candidate: null,
    repeat: 0,
    architecture: plan.architectureOf(policy.stages[growingPoint + 1]!.layers),
    scheduleSteps,
    batchSeed: plan.spec.seed,
    firstBatch: path.steps,
    adamStepOffset: copiesMoments(strategy) ? path.adamSteps : 0,
  };
}

/** The full model from scratch: one run, whose candidate is the control `scratch`. */
export function scratchRun(plan: StackingPlan, policy: PlannedPolicy): PlannedRun {
  const stage = policy.stages[0]!;
  return {
    id: `${plan.studyId}/${policy.name}/1/stage`,
    kind: 'stage',
    candidate: null,
    repeat: 0,
    architecture: plan.architectureOf(stage.layers),
    recipe: plan.spec.recipe,
    scheduleSteps: stage.steps,
    untilStep: stage.steps,
    evaluationSteps: finalRunEvaluations(plan.spec.evaluation, stage.steps, null),
    batchSeed: plan.spec.seed,
    firstBatch: 0,
    adamStepOffset: 0,
  };
}

/** Every run at its longest, for the estimate and the progress line: strategies do not change what a run costs. */
export function plannedRuns(plan: StackingPlan): PlannedRun[] {
  const runs = new Map<string, PlannedRun>();
  const add = (run: PlannedRun): void => void runs.set(run.id, run);
  for (const policy of plan.policies) {
    if (policy.kind === 'scratch') {
      add(scratchRun(plan, policy));
      continue;
    }
    add(sourceRun(plan, policy));
    const path = { runId: '', steps: 0, flops: 0, adamSteps: 0 };
    policy.growingPoints.forEach(({ candidates }, growingPoint) => {
      const grown = { plan, policy, growingPoint, path };
      if (policy.choice.kind === 'rule')
        for (const { strategy } of candidates)
          add(
            probeRun(
              { ...grown, strategy },
              plan.spec.decision.rule === 'cooldown' ? 'cooldown' : 'final',
              lagOf(plan.spec.decision),
            ),
          );
      const isLast = growingPoint === policy.growingPoints.length - 1;
      for (const ending of isLast ? endingsOf(policy) : [''])
        add(
          stageRun(
            { ...grown, strategy: candidates[0]!.strategy },
            policy.stages[growingPoint + 1]!.steps,
            ending,
          ),
        );
    });
  }
  return [...runs.values()];
}

/** Suffix of the last stage's id for each way of paying. */
export const endingsOf = ({ endings }: PlannedPolicy): string[] =>
  endings.map((ending) => endingSuffix(ending, endings.length));
export const endingSuffix = (ending: 'charged' | 'free' | null, count: number): string =>
  count > 1 ? `-${ending}` : '';
