/**
 * The service as an object of typed calls. The connection behind it may be lost and made again: calls wait for it,
 * streams end with an error and are opened again by whoever reads them (watch-stream.ts).
 */
import type { ClientContext, ClientLink, ClientOptions } from '@orpc/client';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { readonly, ref } from 'vue';
import type { WindowContract } from '../../src-main/contract/window/contract.ts';

export type ConnectionState = 'connecting' | 'connected' | 'lost';

const state = ref<ConnectionState>('connecting');
export const connectionState = readonly(state);

/** Milliseconds before the next try; grows while the service stays away. */
const RETRY = [250, 500, 1000, 2000, 4000] as const;

let link: Promise<RPCLink<ClientContext>> = connect(0);

function connect(tries: number): Promise<RPCLink<ClientContext>> {
  return new Promise((resolve) => {
    const url = new URL('/rpc', location.href);
    url.protocol = 'ws:';
    const socket = new WebSocket(url);
    let wasOpen = false;
    socket.addEventListener('open', () => {
      wasOpen = true;
      state.value = 'connected';
      resolve(new RPCLink({ websocket: socket }));
    });
    socket.addEventListener('close', () => {
      state.value = 'lost';
      const next = wasOpen ? 0 : tries + 1;
      const again = new Promise<RPCLink<ClientContext>>((found) => {
        setTimeout(() => found(connect(next)), RETRY[Math.min(next, RETRY.length - 1)]);
      });
      if (wasOpen) link = again;
      else resolve(again);
    });
  });
}

const currentLink: ClientLink<ClientContext> = {
  async call(
    path: readonly string[],
    input: unknown,
    options: ClientOptions<ClientContext>,
  ): Promise<unknown> {
    return (await link).call(path, input, options);
  },
};

export const service: ContractRouterClient<WindowContract> = createORPCClient(currentLink);
