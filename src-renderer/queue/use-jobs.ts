/** The queue as the service tells it; one stream for the whole window. */
import { readonly, ref } from 'vue';
import type { Job } from '../../src-main/contract/window/jobs.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { watchStream } from '../connection/watch-stream.ts';

const list = ref<readonly Job[] | null>(null);
const failure = ref<ErrorWords | null>(null);

/** Null until the service has answered. */
export const jobs = readonly(list);
export const jobsFailure = readonly(failure);

/** Called once, by the frame of the window. */
export function followJobs(): void {
  watchStream(
    (signal) => service.jobs.watch(undefined, { signal }),
    (next) => {
      list.value = next;
      failure.value = null;
    },
    (error) => {
      failure.value = errorInWords(error);
    },
  );
}

/** Runs an action on the queue and shows what the service has against it. @returns whether it was done */
export async function ask(action: () => Promise<unknown>): Promise<boolean> {
  failure.value = null;
  try {
    await action();
    return true;
  } catch (error) {
    failure.value = errorInWords(error);
    return false;
  }
}
