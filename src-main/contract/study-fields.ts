/** Fields that every study file has, whatever its mode. */
import { z } from 'zod';
import type { ComputeDevice, ComputeSettings } from './compute.ts';
import {
  AUTO_DEVICE,
  COMPUTE_DEVICES,
  DEVICE_CHOICES,
  numericSettings,
  PRODUCT_PRECISIONS,
  placesOf,
  precisionsOf,
} from './compute.ts';
import { metricSpecsSchema } from './metrics.ts';

const MAX_STEPS = 10_000_000;

const steps = z.number().int().min(1).max(MAX_STEPS);

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
  metrics: metricSpecsSchema
    .optional()
    .describe(
      'Measured at every evaluation besides the validation loss: other corpora, reasoning primitives.',
    ),
});

const upTo256 = z.number().int().min(1).max(256);

const devicesInList = z
  .array(
    z.string().regex(new RegExp(`^(${COMPUTE_DEVICES.join('|')}|cuda:\\d{1,2})$`), {
      error: `must be one of ${COMPUTE_DEVICES.join(', ')}, or cuda:N with the number of a GPU`,
    }),
  )
  .min(1)
  .max(64);

const computeFields = z.strictObject({
  device: z
    .union([z.enum(DEVICE_CHOICES), devicesInList])
    .default('cpu')
    .describe(
      'What trains: cpu (ONNX Runtime), native (own kernels for the CPU, faster, on Linux), webgpu, cuda, reference (slow, exact), or TensorFlow.js with one of its backends (tfjs-wasm, tfjs-cpu, tfjs-node, tfjs-gpu); auto measures which is fastest for this study. A list such as [cuda:0, cuda:1] trains on several; the first that is free takes the next candidate.',
    ),
  mixDevices: z
    .boolean()
    .optional()
    .describe(
      'Allows a list of devices of different kinds, whose losses differ in their last digits: the report says what trained where.',
    ),
  trainers: upTo256
    .optional()
    .describe(
      'Trainer processes side by side; one a core when left out. In a list of devices, for each that is no GPU; a GPU has one. Does not change results.',
    ),
  threads: upTo256.default(1).describe('Threads of one trainer on the CPU. Does not change results.'),
  candidatesPerGraph: upTo256
    .optional()
    .describe(
      'Candidates trained in one graph: left out, 1 on the CPU and 16 on a GPU, fewer of models above 4 million parameters; with device: auto what was measured to be fastest. More than 1 may change the last digits of losses.',
    ),
  precision: z
    .enum(PRODUCT_PRECISIONS)
    .optional()
    .describe(
      'Matrix products of training in float32, or in 16 bits on a GPU: float16 (cuda, webgpu), bfloat16 (cuda). Everything else, evaluations too, stays float32. Changes results.',
    ),
  accumulationSteps: upTo256
    .optional()
    .describe(
      'Gradient accumulation: equal parts in which a training batch passes through the model before its one update, for less memory; 1 when left out. Divides the batch sizes. More than 1 may change the last digits of losses.',
    ),
  recompute: z
    .boolean()
    .optional()
    .describe(
      'Activation recomputation (checkpointing): what is inside a layer is computed again in the backward pass instead of being kept, for less memory and about a third more work; false when left out. Does not change results.',
    ),
  checkpointSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(15)
    .describe('Least seconds between checkpoints; what a kill can cost. Does not change results.'),
});

export const computeSpecSchema = computeFields.superRefine((compute, context) => {
  const { device, mixDevices, precision = 'float32' } = compute;
  // With auto, a device that does not multiply so is left out when devices are tried.
  for (const place of device === AUTO_DEVICE ? [] : placesOf(device)) {
    const known = precisionsOf(place.device);
    if (known.includes(precision)) continue;
    const message = `${precision} is not there on device ${place.device}; must be ${known.join(' or ')} there`;
    context.addIssue({ code: 'custom', path: ['precision'], message });
    break;
  }
  if (typeof device === 'string') return;
  const issue = (message: string): void => context.addIssue({ code: 'custom', path: ['device'], message });
  const places = placesOf(device).map((place) =>
    place.device === 'cuda' ? `cuda:${place.gpu ?? 0}` : place.device,
  );
  const twice = places.find((place, index) => places.indexOf(place) < index);
  if (twice !== undefined) issue(`names ${twice} twice; it must name every device once`);
  const kinds = [...new Set(placesOf(device).map((place) => place.device))];
  if (kinds.length > 1 && mixDevices !== true)
    issue(
      `mixes ${kinds.join(' and ')}, whose losses differ in their last digits; name devices of one kind, or add mixDevices: true`,
    );
});

/**
 * What is wrong with the number of parts for batches of these sizes, by the field that gives each; null when they can
 * be cut into equal parts.
 */
export function accumulationProblem(
  { accumulationSteps = 1 }: Pick<ComputeSpec, 'accumulationSteps'>,
  batchSizes: Readonly<Record<string, number>>,
): string | null {
  const sizes = Object.entries(batchSizes);
  const divides = (steps: number): boolean => sizes.every(([, size]) => size % steps === 0);
  if (divides(accumulationSteps)) return null;
  const valid = ACCUMULATION_STEPS.filter(divides);
  const named = sizes.map(([field, size]) => `${field}, which is ${size}`).join(', and ');
  return `${accumulationSteps} must divide ${named}: one of ${valid.join(', ')}`;
}

/** Every number of parts that the field takes. */
export const ACCUMULATION_STEPS: readonly number[] = Array.from({ length: 256 }, (_, index) => index + 1);

/** How a study trains besides on what: its precision, and what it trades for memory. */
export type PassChoices = Pick<ComputeSpec, 'precision' | 'accumulationSteps' | 'recompute'>;

/** What a trainer on a device is told of them. */
export function trainerSettings(
  { precision, accumulationSteps = 1, recompute = false }: PassChoices,
  device: ComputeDevice,
  threads: number,
): ComputeSettings {
  return {
    ...numericSettings({ device, precision }),
    threads,
    ...(accumulationSteps > 1 ? { accumulationSteps } : {}),
    ...(recompute ? { recompute } : {}),
  };
}

/** Fields of a study file that have nothing to do with growing. */
export const studyFields = {
  name: z.string().min(1).max(100).describe('Name of the study.'),
  description: z.string().max(5000).default('').describe('What the study asks.'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1)
    .describe('Seed of every random choice.'),
  evaluation: evaluationSpecSchema.prefault({}).describe('When and on what losses are measured.'),
  divergenceLoss: z
    .number()
    .positive()
    .optional()
    .describe('A validation loss above this ends a run as diverged; ten times ln(vocabulary) when left out.'),
  keepCheckpoints: z
    .enum(['chosen', 'all'])
    .default('chosen')
    .describe(
      'Checkpoints kept when the study is finished: of the chosen model and the source, or of every run.',
    ),
  compute: computeSpecSchema.prefault({}).describe('Where it runs.'),
};

export type EvaluationSpec = z.infer<typeof evaluationSpecSchema>;
export type ComputeSpec = z.infer<typeof computeSpecSchema>;
