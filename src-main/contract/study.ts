/**
 * The study file: source, data, recipe, pool and decision rule. A study is reproduced from this file alone.
 * Every field has a sentence; docs/study-file.md and the JSON Schema are generated from it.
 */
import { z } from 'zod';
import { MAX_LAYERS, modelShapeSchema } from './architecture.ts';
import { COMPUTE_DEVICES } from './compute.ts';
import { dataSpecSchema } from './data-spec.ts';
import { decisionRuleSchema, lagOf } from './decision.ts';
import { poolSchema } from './pool.ts';
import { recipeSchema } from './recipe.ts';

const MAX_STEPS = 10_000_000;
const steps = z.number().int().min(1).max(MAX_STEPS);

export const sourceSpecSchema = z.strictObject({
  layers: z.number().int().min(0).max(MAX_LAYERS).describe('Depth of the source model.'),
  steps: steps.default(1000).describe('Training steps of the source model.'),
  recipe: recipeSchema
    .prefault({ warmupSteps: 50, schedule: { kind: 'constant' } })
    .describe('How the source model is trained. A trained source is kept and used again.'),
});

export const evaluationSpecSchema = z.strictObject({
  batches: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(40)
    .describe('Fixed validation batches, the same for all.'),
  batchSize: z.number().int().min(1).max(4096).default(8).describe('Sequences in a validation batch.'),
  early: z
    .array(z.number().int().min(1).max(MAX_STEPS))
    .max(1000)
    .default([5, 10, 20, 50, 75, 100, 150, 200, 250, 300, 400])
    .describe('Steps after the growing point at which to evaluate, besides 0, the lag and the end.'),
  every: steps.default(100).describe('Evaluate every so many steps as well.'),
});

export const computeSpecSchema = z.strictObject({
  device: z
    .enum(COMPUTE_DEVICES)
    .default('cpu')
    .describe('What trains: cpu, webgpu, cuda, or reference (slow, exact).'),
  trainers: z
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('Trainer processes side by side; one a core when left out. Does not change results.'),
  threads: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe('Threads of one trainer on the CPU. Does not change results.'),
  checkpointSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(15)
    .describe('Least seconds between checkpoints; what a kill can cost. Does not change results.'),
});

export const studySpecSchema = z
  .strictObject({
    name: z.string().min(1).max(100).describe('Name of the study.'),
    description: z.string().max(5000).default('').describe('What the study asks.'),
    mode: z
      .enum(['select', 'audit'])
      .default('select')
      .describe(
        'select: probe all, choose, continue the winner. audit: train all to the end and judge every lag.',
      ),
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1)
      .describe('Seed of every random choice.'),
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
    evaluation: evaluationSpecSchema.prefault({}).describe('When and on what losses are measured.'),
    repeats: z
      .number()
      .int()
      .min(0)
      .max(20)
      .default(0)
      .describe('Extra probes of every candidate with other training orders, which measure the noise floor.'),
    divergenceLoss: z
      .number()
      .positive()
      .optional()
      .describe(
        'A validation loss above this ends a run as diverged; ten times ln(vocabulary) when left out.',
      ),
    keepCheckpoints: z
      .enum(['chosen', 'all'])
      .default('chosen')
      .describe(
        'Checkpoints kept when the study is finished: of the chosen model and the source, or of every run.',
      ),
    compute: computeSpecSchema.prefault({}).describe('Where it runs.'),
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
  });

export type StudySpec = z.infer<typeof studySpecSchema>;
export type StudySpecInput = z.input<typeof studySpecSchema>;
export type EvaluationSpec = z.infer<typeof evaluationSpecSchema>;
