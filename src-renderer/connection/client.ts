/**
 * The service as an object of typed calls. The connection behind it may be lost and made again: calls wait for it,
 * streams end with an error and are opened again by whoever reads them (watch-stream.ts).
 */
import type { ClientContext, ClientLink, ClientOptions } from '@orpc/client';
import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { readonly, ref } from 'vue';
import type { WindowContract } from '../../src-main/contract/window/contract.ts';

export type ConnectionState = 'connecting' | 'connected' | 'lost';

const state = ref<ConnectionState>('connecting');
export const connectionState = readonly(state);

/** Milliseconds before the next try; grows while the service stays away. */
const RETRY = [250, 500, 1000, 2000, 4000] as const;

type Link = ClientLink<ClientContext>;

let link: Promise<Link> = window.espalierHost ? connectToPort(window.espalierHost) : connect(0);

/** In Electron: a message port to the service process. */
function connectToPort(host: NonNullable<Window['espalierHost']>): Promise<Link> {
  return new Promise((resolve) => {
    addEventListener('message', ({ source, data, ports: [port] }) => {
      if (source !== window || data !== 'espalier-service-port' || !port) return;
      state.value = 'connected';
      port.addEventListener('close', () => {
        state.value = 'lost';
        link = connectToPort(host);
      });
      port.start();
      resolve(new PortLink({ port }));
    });
    host.connect();
  });
}

/** In a browser: a WebSocket to where the page came from. */
function connect(tries: number): Promise<Link> {
  return new Promise((resolve) => {
    const url = new URL('/rpc', location.href);
    url.protocol = 'ws:';
    const socket = new WebSocket(url);
    let wasOpen = false;
    socket.addEventListener('open', () => {
      wasOpen = true;
      state.value = 'connected';
      resolve(new SocketLink({ websocket: socket }));
    });
    socket.addEventListener('close', () => {
      state.value = 'lost';
      const next = wasOpen ? 0 : tries + 1;
      const again = new Promise<Link>((found) => {
        setTimeout(() => found(connect(next)), RETRY[Math.min(next, RETRY.length - 1)]);
      });
      if (wasOpen) link = again;
      else resolve(again);
    });
  });
}

const currentLink: Link = {
  async call(
    path: readonly string[],
    input: unknown,
    options: ClientOptions<ClientContext>,
  ): Promise<unknown> {
    return (await link).call(path, input, options);
  },
};

export const service: ContractRouterClient<WindowContract> = createORPCClient(currentLink);
