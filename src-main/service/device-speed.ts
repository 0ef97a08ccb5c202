/** How fast a device trains here: some seconds of a model of middle size in a trainer process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComputeDevice } from '../contract/compute.ts';
import type { TrainerLauncher } from '../training/trainer-pool.ts';
import { TrainerPool } from '../training/trainer-pool.ts';
import { deviceJob, type JobSize } from './engines.ts';

/** The model that devices are compared by; the window describes it in words. */
export const MEASURED: JobSize = {
  width: 128,
  heads: 4,
  layers: 4,
  context: 64,
  batchSize: 16,
  steps: 400,
};
/** Milliseconds of training; a device too slow for one step in that time is measured by its first. */
const LENGTH = 3000;
/** Milliseconds for everything: what takes longer is not measured. */
const PATIENCE = 10_000;

export interface DeviceSpeed {
  readonly millisecondsPerStep: number;
  readonly tokensPerSecond: number;
}

/** Null where the device did not finish a step in time. */
export async function measureSpeed(
  device: ComputeDevice,
  launcher: TrainerLauncher,
): Promise<DeviceSpeed | null> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-speed-'));
  const pool = new TrainerPool(launcher, { size: 1 });
  const controller = new AbortController();
  const seen: { step: number; seconds: number }[] = [];
  const end = setTimeout(() => pool.close(), PATIENCE);
  let length: ReturnType<typeof setTimeout> | undefined;
  try {
    await pool.run(
      deviceJob(device, folder, MEASURED),
      (event) => {
        if (event.kind === 'started') length = setTimeout(() => controller.abort(), LENGTH);
        else if (event.kind === 'progress') seen.push({ step: event.step, seconds: event.seconds });
      },
      controller.signal,
    );
  } catch {
    // A device that trained a tiny model and not this one has no speed; why is told where a study uses it.
    return null;
  } finally {
    clearTimeout(end);
    clearTimeout(length);
    pool.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return speedOf(seen);
}

/** From the second report on, where there is one: the first holds what happens only once. */
function speedOf(seen: readonly { readonly step: number; readonly seconds: number }[]): DeviceSpeed | null {
  const last = seen.at(-1);
  if (!last) return null;
  const first = seen.length > 1 ? seen[0]! : { step: 0, seconds: 0 };
  const millisecondsPerStep = (1000 * (last.seconds - first.seconds)) / (last.step - first.step);
  return {
    millisecondsPerStep,
    tokensPerSecond: (1000 * MEASURED.batchSize * MEASURED.context) / millisecondsPerStep,
  };
}
