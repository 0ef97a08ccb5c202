/** Ctrl-C and SIGTERM: the first stops a study at its next safe point, the second ends the process at once. */
import { EXIT_CODES } from '../contract/errors.ts';

/**
 * Runs `action` with a signal that fires at the first interruption.
 * @param onInterrupt called once, to say what is going on
 */
export async function interruptible<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
  onInterrupt: () => void,
): Promise<Result> {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.interrupted);
    controller.abort();
    onInterrupt();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt);
  try {
    return await action(controller.signal);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, interrupt);
  }
}
