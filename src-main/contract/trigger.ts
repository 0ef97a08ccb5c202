/**
 * When to grow: a condition on the curve of the model that is trained now. A trigger is read at every regular
 * evaluation; what it read is recorded, whether it fired or not.
 */
import { z } from 'zod';

const MAX_STEPS = 10_000_000;
const window = z
  .number()
  .int()
  .min(1)
  .max(MAX_STEPS)
  .describe('Steps the trigger looks back; it compares this window with what came before.');
const minSteps = z
  .number()
  .int()
  .min(0)
  .max(MAX_STEPS)
  .default(0)
  .describe('Steps of a stage before which the trigger never fires.');

export const growthTriggerSchema = z
  .discriminatedUnion('trigger', [
    z
      .strictObject({
        trigger: z.literal('plateau'),
        window,
        minSteps,
        improvement: z
          .number()
          .gt(0)
          .max(1)
          .default(0.01)
          .describe('Fires when the loss fell by less than this share over the window.'),
      })
      .describe('The validation loss has nearly stopped falling.'),
    z
      .strictObject({
        trigger: z.literal('lossPerFlop'),
        window,
        minSteps,
        share: z
          .number()
          .gt(0)
          .max(1)
          .default(0.1)
          .describe(
            'Fires when the loss falls, per FLOP, by less than this share of its fall in the first window.',
          ),
      })
      .describe('A FLOP buys much less than it did at first: the crossing of loss per FLOP.'),
    z
      .strictObject({
        trigger: z.literal('gradientNoise'),
        window,
        minSteps,
        ratio: z
          .number()
          .gt(0)
          .max(1e6)
          .default(2)
          .describe(
            'Fires when the training losses of the window scatter this many times more than they fall.',
          ),
      })
      .describe('Noise of the batches hides progress: the loss scatters more than it falls.'),
  ])
  .describe('Condition that ends a stage before its budget is spent.');

export type GrowthTrigger = z.infer<typeof growthTriggerSchema>;

/** What a trigger read at one evaluation. */
export interface TriggerReading {
  readonly step: number;
  /** In the trigger's own measure; null while there is too little to read. */
  readonly value: number | null;
  /** The value below (or, for `gradientNoise`, above) which it fires. */
  readonly threshold: number;
  readonly hasFired: boolean;
}
