/** What `device: auto` found: how fast every device trains a study's own model, and which was chosen. */
import { z } from 'zod';
import { COMPUTE_DEVICES } from './compute.ts';

const count = z.number().int().min(1);

const trialSchema = z.strictObject({
  device: z.enum(COMPUTE_DEVICES),
  /** Candidates trained in one graph. */
  together: count,
  /** Trainer processes that trained side by side. */
  trainers: count,
  /** Threads of one trainer. */
  threads: count,
  /** Of one trainer; wall time of a step over the candidates that took it. */
  millisecondsPerStep: z.number().positive(),
  /** Steps that candidates take in a second, of all trainers: what the devices are compared by. */
  stepsPerSecond: z.number().positive(),
});

const obstacleSchema = z.strictObject({
  device: z.enum(COMPUTE_DEVICES),
  together: count,
  /** Why it was not measured. */
  reason: z.string(),
});

export const measuredDevicesSchema = z.strictObject({
  trials: z.array(trialSchema),
  obstacles: z.array(obstacleSchema),
  chosen: z.strictObject({ device: z.enum(COMPUTE_DEVICES), together: count }),
});

export type DeviceTrial = z.infer<typeof trialSchema>;
export type DeviceObstacle = z.infer<typeof obstacleSchema>;
export type MeasuredDevices = z.infer<typeof measuredDevicesSchema>;
