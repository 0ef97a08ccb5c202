/**
 * From a stacking spec to all that is decided before training: the stages of every policy with their steps, what
 * may be chosen at each growing point, and the budget that all share. Pure.
 *
 * The budget B is what the stages cost without any search. A policy that pays for its search trains its last stage
 * for what is left, so every policy spends B in all, to within one training step.
 */
import type { Architecture } from '../contract/architecture.ts';
import { lagOf } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { PolicySpec, StackingSpec } from '../contract/stacking.ts';
import { policyName } from '../contract/stacking.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import type { GrowthTrigger } from '../contract/trigger.ts';
import type { PoolPlan, ResolvedPool } from '../growth/pool.ts';
import { planPool } from '../growth/pool.ts';
import { trainingFlopsPerStep } from '../model/flops.ts';

export interface PlannedStage {
  readonly layers: number;
  readonly flopsPerStep: number;
  /** Most steps of a stage before the last; of the last stage what the budget leaves without search. */
  readonly steps: number;
  readonly trigger: GrowthTrigger | null;
}

export type PolicyChoice =
  | { readonly kind: 'rule' }
  | { readonly kind: 'random' }
  | { readonly kind: 'fixed'; readonly strategy: GrowingStrategy };

export interface PlannedPolicy {
  readonly name: string;
  readonly kind: PolicySpec['policy'];
  readonly choice: PolicyChoice;
  /** Ways in which the search is paid, each with a last stage of its own; null: there is no search. */
  readonly endings: readonly ('charged' | 'free' | null)[];
  readonly stages: readonly PlannedStage[];
  /** What may be chosen between stage g and g + 1; empty for the full model from scratch. */
  readonly growingPoints: readonly PoolPlan[];
}

export interface StackingPlan {
  readonly studyId: string;
  readonly spec: StackingSpec;
  readonly pool: ResolvedPool;
  readonly budgetFlops: number;
  readonly stages: readonly PlannedStage[];
  readonly policies: readonly PlannedPolicy[];
  readonly divergenceLoss: number;
  readonly architectureOf: (layers: number) => Architecture;
}

/** Strategies by the name under which a policy may ask for them. */
export type KnownStrategies = ReadonlyMap<string, GrowingStrategy>;

/**
 * @throws EspalierError `bad-input` for unknown strategies, `refused` when one cannot grow its depths or a budget
 *   leaves a stage without steps
 */
export function planStacking(
  spec: StackingSpec,
  studyId: string,
  vocabulary: number,
  pool: ResolvedPool,
  known: KnownStrategies,
): StackingPlan {
  const { dropout, ...shape } = spec.model;
  const architectureOf = (layers: number): Architecture => ({ ...shape, dropout, layers, vocabulary });
  const costOf = (layers: number): number =>
    trainingFlopsPerStep(architectureOf(layers), spec.recipe.batchSize);
  const stages = planStages(spec, costOf);
  const budgetFlops = stages.reduce((sum, { steps, flopsPerStep }) => sum + steps * flopsPerStep, 0);
  const context = { spec, stages, budgetFlops, pool, known };
  const policies = spec.policies.map((policy, index) => planPolicy(policy, index, context));
  return {
    studyId,
    spec,
    pool,
    budgetFlops,
    stages,
    policies,
    divergenceLoss: spec.divergenceLoss ?? 10 * Math.log(vocabulary),
    architectureOf,
  };
}

function planStages(spec: StackingSpec, costOf: (layers: number) => number): PlannedStage[] {
  const { stages, budget } = spec;
  const costs = stages.map(({ layers }) => costOf(layers));
  const shares = sharesOf(budget?.split ?? 'equal', stages.length);
  const planned = stages.map((stage, index): PlannedStage => {
    const flopsPerStep = costs[index]!;
    const amount = shares[index]! * (budget?.steps ?? (budget?.flops ?? 0) / flopsPerStep);
    return {
      layers: stage.layers,
      flopsPerStep,
      steps: stage.steps ?? Math.round(amount),
      trigger: stage.until ?? null,
    };
  });
  for (const [index, { steps }] of planned.entries()) requireSteps(steps, spec.recipe, `stages[${index}]`);
  return planned;
}

/** Shares of the stages, which add up to 1. */
export function sharesOf(
  split: 'equal' | 'growing' | 'shrinking' | readonly number[],
  count: number,
): number[] {
  const weights =
    typeof split !== 'string'
      ? [...split]
      : Array.from({ length: count }, (_, index) =>
          split === 'equal' ? 1 : split === 'growing' ? index + 1 : count - index,
        );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

interface PolicyContext {
  readonly spec: StackingSpec;
  readonly stages: readonly PlannedStage[];
  readonly budgetFlops: number;
  readonly pool: ResolvedPool;
  readonly known: KnownStrategies;
}

function planPolicy(policy: PolicySpec, index: number, context: PolicyContext): PlannedPolicy {
  const name = policyName(policy);
  const at = `policies[${index}]`;
  const stages = stagesOf(policy, context, at);
  const choice = choiceOf(policy, context, at);
  const searches = choice.kind === 'rule' && 'search' in policy;
  const planned: PlannedPolicy = {
    name,
    kind: policy.policy,
    choice,
    endings: searches ? (policy.search === 'both' ? ['charged', 'free'] : [policy.search]) : [null],
    stages,
    growingPoints: stages
      .slice(1)
      .map((stage, point) => planPoint(choice, context.pool, stages[point]!.layers, stage.layers, at)),
  };
  if (planned.endings.includes('charged')) requireAffordable(planned, context, at);
  return planned;
}

/** The stages of one policy; the last takes what the budget leaves. */
function stagesOf(
  policy: PolicySpec,
  { spec, stages, budgetFlops }: PolicyContext,
  at: string,
): PlannedStage[] {
  const first = stages[0]!;
  const last = stages.at(-1)!;
  const lastWith = (before: number): PlannedStage => {
    const steps = Math.floor((budgetFlops - before) / last.flopsPerStep);
    requireSteps(steps, spec.recipe, at);
    return { ...last, steps, trigger: null };
  };
  switch (policy.policy) {
    case 'scratch':
      return [lastWith(0)];
    case 'once': {
      const share = typeof policy.at === 'number' ? policy.at : 1;
      const trigger = typeof policy.at === 'number' ? null : policy.at;
      // With a trigger at least a tenth of the budget is kept for the grown model.
      const steps = Math.round((Math.min(share, trigger ? 0.9 : 1) * budgetFlops) / first.flopsPerStep);
      requireSteps(steps, spec.recipe, at);
      return [{ ...first, steps, trigger }, lastWith(steps * first.flopsPerStep)];
    }
    default:
      return [...stages];
  }
}

function choiceOf(policy: PolicySpec, { pool, known }: PolicyContext, at: string): PolicyChoice {
  if (policy.policy === 'random') return { kind: 'random' };
  const asked = 'strategy' in policy ? policy.strategy : undefined;
  if (asked === undefined) return { kind: 'rule' };
  if (typeof asked !== 'string') return { kind: 'fixed', strategy: asked };
  const strategy = pool.strategies.find(({ name }) => name === asked) ?? known.get(asked);
  if (strategy) return { kind: 'fixed', strategy };
  throw new EspalierError('bad-input', `${at}.strategy: no strategy is named ${JSON.stringify(asked)}`, {
    hint: `Known presets: ${[...known.keys()].sort().join(', ')}; strategies of the pool: ${pool.strategies.map(({ name }) => name).join(', ')}.`,
    problems: [{ at: `${at}.strategy`, message: `no strategy is named ${asked}` }],
  });
}

function planPoint(choice: PolicyChoice, pool: ResolvedPool, from: number, to: number, at: string): PoolPlan {
  // Controls are never chosen, and a stage has no use for them.
  const strategies = choice.kind === 'fixed' ? [choice.strategy] : pool.strategies;
  const plan = planPool({ name: pool.name, strategies, controls: [] }, from, to);
  if (plan.refusals.length > 0)
    throw new EspalierError(
      'refused',
      `${at}: ${plan.refusals.length} ${plan.refusals.length === 1 ? 'strategy' : 'strategies'} cannot grow ${from} into ${to} layers: ${plan.refusals.map(({ message }) => message).join(' ')}`,
      {
        hint: plan.refusals[0]?.hint ?? 'Leave these strategies out, or choose other depths.',
        problems: plan.refusals.map(({ strategy, message }) => ({ at: `${at}: ${strategy}`, message })),
      },
    );
  return plan;
}

/** The search at its dearest must leave the last stage a warm-up and something to learn. */
function requireAffordable(policy: PlannedPolicy, { spec, budgetFlops }: PolicyContext, at: string): void {
  const search = largestSearchFlops(policy, spec);
  const last = policy.stages.at(-1)!;
  const before = policy.stages.slice(0, -1).reduce((sum, stage) => sum + stage.steps * stage.flopsPerStep, 0);
  const left = Math.floor((budgetFlops - before - search) / last.flopsPerStep);
  if (left > spec.recipe.warmupSteps) return;
  throw new EspalierError(
    'refused',
    `${at}: the search may cost ${Math.round((100 * search) / budgetFlops)} % of the budget, which leaves the last stage ${Math.max(0, left)} steps; it needs more than the ${spec.recipe.warmupSteps} of the warm-up`,
    {
      hint: 'Give the stages more steps, shorten decision.lag, compare fewer strategies, or set search: free.',
      problems: [{ at, message: 'the search does not fit into the budget' }],
    },
  );
}

/** What probing every candidate to the end of the rule costs at all growing points of a policy. */
export function largestSearchFlops(
  { choice, growingPoints, stages }: PlannedPolicy,
  spec: StackingSpec,
): number {
  if (choice.kind !== 'rule') return 0;
  return growingPoints.reduce(
    (sum, { candidates }, point) =>
      sum + candidates.length * lagOf(spec.decision) * stages[point + 1]!.flopsPerStep,
    0,
  );
}

function requireSteps(steps: number, recipe: Recipe, at: string): void {
  if (steps > recipe.warmupSteps) return;
  throw new EspalierError(
    'refused',
    `${at} has ${Math.max(0, steps)} steps; a stage needs more than the ${recipe.warmupSteps} steps of recipe.warmupSteps`,
    {
      hint: 'Raise the budget or the steps of the stages, or lower recipe.warmupSteps.',
      problems: [{ at, message: `${Math.max(0, steps)} steps are too few` }],
    },
  );
}
