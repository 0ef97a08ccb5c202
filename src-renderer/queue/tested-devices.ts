/** What the last test of the devices found, kept across views. */
import { shallowRef } from 'vue';
import type { DeviceFacts } from '../../src-main/contract/window/machine.ts';

/** Null before the first test. */
export const devices = shallowRef<readonly DeviceFacts[] | null>(null);
