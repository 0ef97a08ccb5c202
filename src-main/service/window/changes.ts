/** A stream of "something changed": changes that come faster than they are read, or than allowed, become one. */
export async function* changesOf(
  subscribe: (listener: () => void) => () => void,
  leastMilliseconds: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<void> {
  let isChanged = false;
  let wake: () => void = () => {};
  const stop = subscribe(() => {
    isChanged = true;
    wake();
  });
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    while (!signal?.aborted) {
      if (!isChanged)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (signal?.aborted) return;
      isChanged = false;
      yield;
      await pause(leastMilliseconds, signal);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stop();
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(finish, milliseconds);
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    }
    signal?.addEventListener('abort', finish);
  });
}
