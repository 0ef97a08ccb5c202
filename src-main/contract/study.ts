/**
 * The study file: source, data, recipe, pool and decision rule. A study is reproduced from this file alone.
 * Every field has a sentence; docs/study-file.md and the JSON Schema are generated from it.
 */
import { z } from 'zod';
import { MAX_LAYERS, modelShapeSchema } from './architecture.ts';
import { dataSpecSchema } from './data-spec.ts';
import { decisionRuleSchema, lagOf } from './decision.ts';
import { poolSchema } from './pool.ts';
import { recipeSchema } from './recipe.ts';
import { accumulationProblem, studyFields } from './study-fields.ts';

const MAX_STEPS = 10_000_000;
const steps = z.number().int().min(1).max(MAX_STEPS);

export const sourceSpecSchema = z.strictObject({
  layers: z.number().int().min(0).max(MAX_LAYERS).describe('Depth of the source model.'),
  steps: steps.default(1000).describe('Training steps of the source model.'),
  recipe: recipeSchema
    .prefault({ warmupSteps: 50, schedule: { kind: 'constant' } })
    .describe('How the source model is trained. A trained source is kept and used again.'),
});

export const studySpecSchema = z
  .strictObject({
    name: studyFields.name,
    description: studyFields.description,
    mode: z
      .enum(['select', 'audit'], { error: 'must be one of select, audit, stacking' })
      .default('select')
      .describe(
        'select: probe all, choose, continue the winner. audit: train all to the end and judge every lag.',
      ),
    seed: studyFields.seed,
    data: dataSpecSchema.prefault({}).describe('Corpus, tokenizer and split.'),
    model: modelShapeSchema.describe('Shape shared by source and target.'),
    source: sourceSpecSchema.describe('The small model that is grown.'),
    target: z
      .strictObject({ layers: z.number().int().min(1).max(MAX_LAYERS).describe('Depth after growing.') })
      .describe('What the source grows into.'),
    pool: z
      .union([z.string().min(1).max(60), poolSchema])
      .default('demo-12')
      .describe('Name of a pool, or a pool written out.'),
    recipe: recipeSchema.prefault({}).describe('How candidates are trained after growing; the same for all.'),
    horizon: steps.default(1000).describe('Training steps after the growing point.'),
    decision: decisionRuleSchema.prefault({ rule: 'cooldown', lag: 200 }),
    evaluation: studyFields.evaluation,
    repeats: z
      .number()
      .int()
      .min(0)
      .max(20)
      .default(0)
      .describe('Extra probes of every candidate with other training orders, which measure the noise floor.'),
    divergenceLoss: studyFields.divergenceLoss,
    keepCheckpoints: studyFields.keepCheckpoints,
    compute: studyFields.compute,
    cooldownLags: z
      .array(steps)
      .min(1)
      .max(20)
      .optional()
      .describe(
        'Audits only: cooldown probes of these lengths for every candidate, to judge that rule at several lags.',
      ),
  })
  .superRefine((study, context) => {
    const issue = (path: string[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (study.target.layers <= study.source.layers)
      issue(
        ['target', 'layers'],
        `${study.target.layers} must be more than the source's ${study.source.layers}: growing only adds layers`,
      );
    const lag = lagOf(study.decision);
    if (lag > study.horizon)
      issue(['decision', 'lag'], `${lag} must not be beyond the horizon of ${study.horizon} steps`);
    if (study.recipe.warmupSteps > study.horizon)
      issue(
        ['recipe', 'warmupSteps'],
        `${study.recipe.warmupSteps} must not be beyond the horizon of ${study.horizon} steps`,
      );
    const accumulation = accumulationProblem(study.compute, {
      'source.recipe.batchSize': study.source.recipe.batchSize,
      'recipe.batchSize': study.recipe.batchSize,
    });
    if (accumulation) issue(['compute', 'accumulationSteps'], accumulation);
    if (study.cooldownLags && study.mode !== 'audit')
      issue(['cooldownLags'], 'is for audits; a study that selects has one probe, given by the decision');
    study.cooldownLags?.forEach((length) => {
      if (length <= study.recipe.warmupSteps || length > study.horizon)
        issue(
          ['cooldownLags'],
          `${length} must lie between the ${study.recipe.warmupSteps} steps of the warm-up and the horizon of ${study.horizon}`,
        );
    });
  });

export type StudySpec = z.infer<typeof studySpecSchema>;
export type StudySpecInput = z.input<typeof studySpecSchema>;
