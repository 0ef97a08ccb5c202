/** How fast a device trains here: some seconds of a model of middle size in a trainer process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComputeDevice } from '../contract/compute.ts';
import type { TrainerLauncher } from '../training/trainer-pool.ts';
import { deviceJob, type JobSize, laneOfOne } from './engines.ts';
import { measureSteps, type SpeedLimits } from './step-speed.ts';

/** The model that devices are compared by; the window describes it in words. */
export const MEASURED: JobSize = {
  width: 128,
  heads: 4,
  layers: 4,
  context: 64,
  batchSize: 16,
  steps: 400,
};
const LIMITS: SpeedLimits = { firstStep: 10_000, measuring: 3000 };

export interface DeviceSpeed {
  readonly millisecondsPerStep: number;
  readonly tokensPerSecond: number;
}

/** Null where the device did not finish a step in time, or `signal` fired. */
export async function measureSpeed(
  device: ComputeDevice,
  launcher: TrainerLauncher,
  signal: AbortSignal = new AbortController().signal,
): Promise<DeviceSpeed | null> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-speed-'));
  try {
    const jobs = [deviceJob(folder, MEASURED)];
    const speed = await measureSteps({ jobs, lane: laneOfOne(launcher, device) }, LIMITS, signal);
    // A device that trained a tiny model and not this one has no speed; why is told where a study uses it.
    if ('reason' in speed) return null;
    return {
      millisecondsPerStep: speed.millisecondsPerStep,
      tokensPerSecond: speed.stepsPerSecond * MEASURED.batchSize * MEASURED.context,
    };
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
