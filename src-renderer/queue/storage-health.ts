/** Whether the folder of checkpoints is there, as the service tells it; one stream for the whole window. */
import { readonly, shallowRef } from 'vue';
import type { StorageHealth } from '../../src-main/contract/window/machine.ts';
import { service } from '../connection/client.ts';
import { watchStream } from '../connection/watch-stream.ts';

const health = shallowRef<StorageHealth | null>(null);
/** Null until the service has answered. */
export const storageHealth = readonly(health);

/** Called once, by the frame of the window. */
export function followStorageHealth(): void {
  watchStream(
    (signal) => service.machine.watchHealth(undefined, { signal }),
    (next) => {
      health.value = next;
    },
    // A service that cannot tell is one that cannot read the history: the list of studies says so.
    () => {},
  );
}
