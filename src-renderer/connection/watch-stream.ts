/** Reads a stream of the service for as long as a component lives, and opens it again when the connection was lost. */
import { onScopeDispose } from 'vue';
import { connectionState } from './client.ts';

/** Milliseconds between two tries of opening a stream. */
const RETRY = 500;

/**
 * @param open opens the stream, from where the last one ended if the caller keeps count
 * @param take gets every item
 * @param fail gets errors that are not of the connection
 */
export function watchStream<Item>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<Item>>,
  take: (item: Item) => void,
  fail: (error: unknown) => void,
): void {
  const controller = new AbortController();
  const { signal } = controller;
  onScopeDispose(() => controller.abort());
  void (async () => {
    while (!signal.aborted) {
      try {
        for await (const item of await open(signal)) take(item);
      } catch (error) {
        if (!signal.aborted && connectionState.value === 'connected') fail(error);
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  })();
}
