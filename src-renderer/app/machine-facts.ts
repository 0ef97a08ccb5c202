/** Versions and places of the program that serves this page; asked once for the whole window. */
import { readonly, shallowRef } from 'vue';
import type { MachineFacts } from '../../src-main/contract/window/machine.ts';
import { service } from '../connection/client.ts';

const facts = shallowRef<MachineFacts | null>(null);
/** Null until the service has answered. */
export const machineFacts = readonly(facts);

/** Called by the frame of the window whenever it is connected. */
export async function readMachineFacts(): Promise<void> {
  try {
    facts.value = await service.machine.facts();
  } catch {
    // The frame tells of a lost service and asks again when it is back.
  }
}
