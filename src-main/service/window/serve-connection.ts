/** Serves one connection of a window, whatever carries it: a WebSocket or a message port. */
import { RPCHandler as PortHandler } from '@orpc/server/message-port';
import { RPCHandler as SocketHandler } from '@orpc/server/ws';
import { toWireError } from '../../contract/window/wire-errors.ts';
import type { WindowContext } from './context.ts';
import { windowRouter } from './router.ts';

type Interceptor = (options: { next: () => Promise<unknown> }) => Promise<unknown>;

/** Every failure leaves as an error the page can show, that of a stream as well. */
const translateErrors: Interceptor = async ({ next }) => {
  try {
    const result = await next();
    return isStream(result) ? translated(result) : result;
  } catch (error) {
    throw toWireError(error);
  }
};

const isStream = (result: unknown): result is AsyncIterable<unknown> =>
  typeof result === 'object' && result !== null && Symbol.asyncIterator in result;

async function* translated(stream: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* stream;
  } catch (error) {
    throw toWireError(error);
  }
}

/** The part of a WebSocket that is used. */
export type Socket = Parameters<SocketHandler<Record<never, never>>['upgrade']>[0];
/** The part of a message port that is used. */
export type Port = Parameters<PortHandler<Record<never, never>>['upgrade']>[0];

export interface WindowServer {
  readonly serveSocket: (socket: Socket) => void;
  readonly servePort: (port: Port) => void;
}

export function makeWindowServer(context: WindowContext): WindowServer {
  const router = windowRouter(context);
  const options = { clientInterceptors: [translateErrors as never] };
  const sockets = new SocketHandler(router, options);
  const ports = new PortHandler(router, options);
  return {
    serveSocket: (socket) => void sockets.upgrade(socket, { context: {} }),
    servePort: (port) => void ports.upgrade(port, { context: {} }),
  };
}
