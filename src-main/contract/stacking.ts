/**
 * The file of a stacking study: stages of growing depth, and policies that choose how to grow at each growing
 * point (adaptive stacking: Karp et al. 2024, section 5; fixed policies: Gong et al. 2019, Du et al. 2024, Saunshi
 * et al. 2024; one late expansion: Bu 2025). Every policy spends the same FLOPs in all.
 */
import { z } from 'zod';
import { MAX_LAYERS, modelShapeSchema } from './architecture.ts';
import { dataSpecSchema } from './data-spec.ts';
import { decisionRuleSchema, lagOf } from './decision.ts';
import { poolSchema } from './pool.ts';
import { recipeSchema } from './recipe.ts';
import { growingStrategySchema } from './strategy.ts';
import { accumulationProblem, studyFields } from './study-fields.ts';
import { growthTriggerSchema } from './trigger.ts';

export const MAX_STAGES = 64;
const MAX_STEPS = 10_000_000;

const stageSchema = z.strictObject({
  layers: z.number().int().min(0).max(MAX_LAYERS).describe('Depth of the model in this stage.'),
  steps: z
    .number()
    .int()
    .min(1)
    .max(MAX_STEPS)
    .optional()
    .describe('Training steps of this stage; left out where a budget is given.'),
  until: growthTriggerSchema
    .optional()
    .describe('Grow earlier when this fires; what is saved goes to the last stage. Not for the last stage.'),
});

const budgetSchema = z
  .strictObject({
    steps: z
      .number()
      .int()
      .min(2)
      .max(MAX_STEPS)
      .optional()
      .describe('Training steps of all stages together.'),
    flops: z.number().min(1).max(1e24).optional().describe('Training FLOPs of all stages together.'),
    split: z
      .union([
        z.enum(['equal', 'growing', 'shrinking']),
        z.array(z.number().gt(0).max(1e6)).min(2).max(MAX_STAGES),
      ])
      .default('equal')
      .describe(
        'Shares of the stages, of steps or FLOPs as the budget is given: equal, growing (1 : 2 : 3 …), shrinking, or a list.',
      ),
  })
  .describe('What all stages may spend together.');

const name = z
  .string()
  .min(1)
  .max(60)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 _.+()%-]*$/,
    'must begin with a letter or digit and hold only A-Z a-z 0-9 _ . + ( ) % - and blanks',
  )
  .optional()
  .describe('Name of the policy; made from its fields when left out.');
const strategy = z
  .union([z.string().min(1).max(60), growingStrategySchema])
  .describe('Name of a preset strategy or of one of the pool, or a strategy written out.');
const search = z
  .enum(['charged', 'free', 'both'])
  .default('charged')
  .describe(
    'charged: the probes are paid out of the budget, which shortens the last stage. free: they come on top. both: the last stage is trained both ways.',
  );

export const policySchema = z
  .discriminatedUnion('policy', [
    z
      .strictObject({ policy: z.literal('lag'), name, search })
      .describe('Probe the pool and choose by the decision rule at every growing point.'),
    z
      .strictObject({ policy: z.literal('fixed'), name, strategy })
      .describe('The same strategy at every growing point.'),
    z
      .strictObject({ policy: z.literal('random'), name })
      .describe('A strategy of the pool by chance at every growing point.'),
    z
      .strictObject({
        policy: z.literal('once'),
        name,
        at: z
          .union([z.number().gt(0).lt(1), growthTriggerSchema])
          .describe('Share of the FLOPs after which to grow, or a trigger.'),
        strategy: strategy.optional().describe('How to grow; chosen by the decision rule when left out.'),
        search,
      })
      .describe('One expansion from the first to the last depth.'),
    z.strictObject({ policy: z.literal('scratch'), name }).describe('The full model from the start.'),
  ])
  .describe('A way through the stages.');
export type PolicySpec = z.infer<typeof policySchema>;

export const stackingSpecSchema = z
  .strictObject({
    ...studyFields,
    mode: z
      .literal('stacking')
      .describe('stacking: grow in stages, choosing at every growing point, beside fixed policies.'),
    data: dataSpecSchema.prefault({}).describe('Corpus, tokenizer and split.'),
    model: modelShapeSchema.describe('Shape shared by all stages.'),
    stages: z
      .array(stageSchema)
      .min(2)
      .max(MAX_STAGES)
      .describe('Depths in order; between two stages lies a growing point.'),
    budget: budgetSchema.optional(),
    pool: z
      .union([z.string().min(1).max(60), poolSchema])
      .default('adaptive')
      .describe(
        'Strategies to choose from at every growing point: the name of a pool, or a pool written out.',
      ),
    policies: z
      .array(policySchema)
      .min(1)
      .max(50)
      .default([
        { policy: 'lag', search: 'charged' },
        { policy: 'fixed', strategy: 'stack' },
        { policy: 'fixed', strategy: 'repeatLastHalf' },
        { policy: 'fixed', strategy: 'repeatMiddleHalf' },
        { policy: 'fixed', strategy: 'repeatFirstHalf' },
        { policy: 'random' },
        { policy: 'once', at: 0.8, strategy: 'stack', search: 'charged' },
        { policy: 'scratch' },
      ])
      .describe('Policies under comparison, at equal FLOPs.'),
    recipe: recipeSchema
      .prefault({})
      .describe(
        'How every stage is trained. Each begins with the warm-up; stages before the last hold the peak, the last follows the schedule.',
      ),
    decision: decisionRuleSchema.prefault({ rule: 'cooldown', lag: 100 }),
  })
  .superRefine((study, context) => {
    const issue = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const { stages, budget } = study;
    stages.forEach(({ layers, steps, until }, index) => {
      const before = stages[index - 1];
      if (before && layers <= before.layers)
        issue(
          ['stages', index, 'layers'],
          `${layers} must be more than the ${before.layers} of the stage before`,
        );
      if (budget && steps !== undefined)
        issue(['stages', index, 'steps'], `${steps} is given beside a budget; give either steps or a budget`);
      if (!budget && steps === undefined)
        issue(['stages', index, 'steps'], 'is missing; give the steps of every stage, or a budget');
      if (until && index === stages.length - 1)
        issue(['stages', index, 'until'], 'the last stage is not followed by a growing point; leave it out');
    });
    if (budget && (budget.steps === undefined) === (budget.flops === undefined))
      issue(['budget'], 'must give either steps or flops');
    if (budget && typeof budget.split !== 'string' && budget.split.length !== stages.length)
      issue(['budget', 'split'], `has ${budget.split.length} shares; there are ${stages.length} stages`);
    const seen = new Set<string>();
    study.policies.forEach((policy, index) => {
      const own = policyName(policy);
      if (seen.has(own))
        issue(['policies', index], `the name ${own} appears twice; give one of them a name of its own`);
      seen.add(own);
    });
    const accumulation = accumulationProblem(study.compute, {
      'recipe.batchSize': study.recipe.batchSize,
    });
    if (accumulation) issue(['compute', 'accumulationSteps'], accumulation);
    const lag = lagOf(study.decision);
    if (study.decision.rule === 'cooldown' && lag <= study.recipe.warmupSteps)
      issue(
        ['decision', 'lag'],
        `${lag}: a cooldown probe must be longer than recipe.warmupSteps, which is ${study.recipe.warmupSteps}`,
      );
  });

export type StackingSpec = z.infer<typeof stackingSpecSchema>;
export type StackingSpecInput = z.input<typeof stackingSpecSchema>;

/** As given, or from the fields: `lag`, `always stack`, `random`, `stack at 80%`, `scratch`. */
export function policyName(policy: PolicySpec): string {
  if (policy.name !== undefined) return policy.name;
  switch (policy.policy) {
    case 'fixed':
      return `always ${nameOfStrategy(policy.strategy)}`;
    case 'once': {
      const how = policy.strategy === undefined ? 'lag' : nameOfStrategy(policy.strategy);
      return `${how} ${typeof policy.at === 'number' ? `at ${Number((policy.at * 100).toFixed(4))}%` : `at ${policy.at.trigger}`}`;
    }
    default:
      return policy.policy;
  }
}

const nameOfStrategy = (given: string | { readonly name: string }): string =>
  typeof given === 'string' ? given : given.name;
