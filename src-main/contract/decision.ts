/**
 * The rule by which a study chooses a growing strategy, and the evidence it leaves behind.
 *
 * `lossAtLag` is the choice of landscape-aware growing (Karp et al. 2024, arXiv 2406.02469): loss after k steps of
 * the final schedule. `cooldown` gives every candidate its own k-step run whose learning rate decays within those
 * k steps, which takes most of the noise of a high learning rate out of the comparison. `initialLoss` is the
 * baseline that the paper shows to choose badly, `windowMean` averages the last evaluations before the lag.
 */
import { z } from 'zod';
import type { DecisionEvidence } from './analysis.ts';

/** Largest lag, in training steps after the growing point. */
export const MAX_LAG = 10_000_000;

const lag = z.number().int().min(1).max(MAX_LAG).describe('Lag k: training steps after the growing point.');

const certainty = {
  confidence: z
    .number()
    .min(0.5)
    .max(0.999)
    .default(0.95)
    .describe('Confidence level of every interval; candidates whose interval holds 0 are tied.'),
  resamples: z
    .number()
    .int()
    .min(100)
    .max(100_000)
    .default(2000)
    .describe('Bootstrap resamples behind every interval.'),
};

export const decisionRuleSchema = z
  .discriminatedUnion('rule', [
    z
      .strictObject({ rule: z.literal('cooldown'), lag, ...certainty })
      .describe('Lowest loss at the end of a k-step run whose learning rate decays within those k steps.'),
    z
      .strictObject({ rule: z.literal('lossAtLag'), lag, ...certainty })
      .describe('Lowest validation loss after k steps of the final schedule.'),
    z
      .strictObject({ rule: z.literal('initialLoss'), ...certainty })
      .describe('Lowest validation loss right after growing (k = 0).'),
    z
      .strictObject({
        rule: z.literal('windowMean'),
        lag,
        window: z
          .number()
          .int()
          .min(1)
          .max(MAX_LAG)
          .describe('Width of the window in steps: evaluations after step lag - window, up to the lag.'),
        ...certainty,
      })
      .describe('Lowest mean of the evaluations in a window of steps that ends at the lag.'),
  ])
  .superRefine((rule, context) => {
    if (rule.rule === 'windowMean' && rule.window > rule.lag)
      context.addIssue({
        code: 'custom',
        path: ['window'],
        message: `the window of ${rule.window} steps is longer than the lag of ${rule.lag}; choose at most ${rule.lag}`,
      });
  })
  .describe('How the strategy is chosen.');

export type DecisionRule = z.infer<typeof decisionRuleSchema>;

/** Step at which the rule looks; 0 for `initialLoss`. */
export function lagOf(rule: DecisionRule): number {
  return rule.rule === 'initialLoss' ? 0 : rule.lag;
}

const intervalSchema = z.strictObject({ estimate: z.number(), low: z.number(), high: z.number() });

/** Reads back what a decision record holds as JSON text. */
export const decisionEvidenceSchema = z.strictObject({
  strategy: z.string(),
  rule: z.string(),
  lag: z.number(),
  values: z.array(z.strictObject({ strategy: z.string(), value: z.number().nullable() })),
  margin: intervalSchema.nullable(),
  runnerUp: z.string().nullable(),
  tie: z.array(z.string()),
  noise: z.string(),
  noiseFloor: z.number().nullable(),
  initialLossPicks: z.array(z.string()),
}) satisfies z.ZodType<DecisionEvidence>;
