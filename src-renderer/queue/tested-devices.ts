/** The test of the devices: what it found so far is kept across views, and it goes on when the view is left. */
import { ref, shallowRef } from 'vue';
import { COMPUTE_DEVICES } from '../../src-main/contract/compute.ts';
import type { DeviceFacts } from '../../src-main/contract/window/machine.ts';
import { service } from '../connection/client.ts';
import { ask } from './use-jobs.ts';

export interface DeviceLine {
  readonly device: string;
  /** Null while it is not known. */
  readonly facts: DeviceFacts | null;
  readonly isBeingTested: boolean;
}

/** Null before the first test. */
const found = shallowRef<readonly DeviceFacts[] | null>(null);
const running = ref<AbortController | null>(null);

export const isTesting = (): boolean => running.value !== null;

/** Lines of a test, in the order in which devices are tried; null before the first. */
export function deviceLines(): readonly DeviceLine[] | null {
  const known = found.value;
  if (known === null) return null;
  const devices = isTesting() ? COMPUTE_DEVICES : known.map(({ device }) => device);
  return devices.map((device, index) => ({
    device,
    facts: known[index] ?? null,
    isBeingTested: index === known.length,
  }));
}

/** Replaces what an earlier test found. */
export async function testDevices(): Promise<void> {
  const controller = new AbortController();
  running.value = controller;
  found.value = [];
  await ask(async () => {
    const { signal } = controller;
    try {
      for await (const facts of await service.machine.testDevices(undefined, { signal }))
        found.value = [...(found.value ?? []), facts];
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  });
  if (found.value.length === 0) found.value = null;
  running.value = null;
}

export function stopTest(): void {
  running.value?.abort();
}
