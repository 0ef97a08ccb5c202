/** The browser host: the built page and the service's procedures on the loopback interface. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { programFolder } from '../service/resource-files.ts';
import type { Socket, WindowServer } from '../service/window/serve-connection.ts';
import { Gate, type GateRequest, type Refusal } from './gate.ts';
import { type PageFile, readPageFiles } from './page-files.ts';

/** Largest message of a page, in bytes; a dropped file of text is the largest thing it sends. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20;
const HOST = '127.0.0.1';

const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

const SENTENCES: Readonly<Record<Refusal, string>> = {
  host: 'This server answers on this machine only.',
  origin: 'Another page may not use this server.',
  token: 'Open the link that `espalier serve` printed; links of earlier starts are not valid any more.',
};

export interface PageServer {
  /** Link with the token of this start. */
  readonly link: string;
  readonly port: number;
  /** Requests and messages refused so far, by reason. */
  readonly refusals: () => Readonly<Record<Refusal | 'malformed' | 'oversized', number>>;
  readonly close: () => Promise<void>;
}

/** The folder of the built page. */
export const pageFolder = (): string => join(programFolder(), 'out', 'renderer');

/**
 * @param options.port 0 for any free one
 * @param options.pageFolder the built page
 * @throws EspalierError `refused` when the port is taken or the page was not built
 */
export async function servePage(
  service: WindowServer,
  options: { readonly port: number; readonly pageFolder: string },
): Promise<PageServer> {
  const files = readPageFiles(options.pageFolder);
  const token = randomBytes(24).toString('base64url');
  const broken = { malformed: 0, oversized: 0 };
  const server = createServer((request, response) => send(request, response, answerTo(request, gate, files)));
  const port = await listen(server, options.port);
  const gate = new Gate(token, port);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    const refusal = pathOf(request) === '/rpc' ? gate.check(requestOf(request), true) : 'origin';
    if (refusal) {
      stream.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n${SENTENCES[refusal]}\n`);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => service.serveSocket(watched(socket, broken)));
  });
  return {
    link: `http://${HOST}:${port}/?token=${token}`,
    port,
    refusals: () => ({ ...gate.refusals, ...broken }),
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: Buffer | string;
}

function answerTo(request: IncomingMessage, gate: Gate, files: ReadonlyMap<string, PageFile>): Answer {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return sentence(405, 'Only pages are served here.');
  const path = pathOf(request);
  const token = tokenOf(request);
  if (path === '/' && token !== null)
    return gate.admits(token, request.headers.host)
      ? // The token leaves the address bar, and with it the browser's history.
        { status: 303, headers: { Location: '/', 'Set-Cookie': gate.cookie(), 'Cache-Control': 'no-store' } }
      : sentence(403, SENTENCES.token);
  const refusal = gate.check(requestOf(request), false);
  if (refusal) return sentence(403, SENTENCES[refusal]);
  const file = files.get(path === '/' ? '/index.html' : path);
  if (!file) return sentence(404, 'There is no such file.');
  const { type, bytes, isImmutable } = file;
  return {
    status: 200,
    headers: {
      'Content-Type': type,
      'Content-Length': bytes.length,
      'Cache-Control': isImmutable ? 'private, max-age=31536000, immutable' : 'no-store',
    },
    body: bytes,
  };
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const sentence = (status: number, text: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  body: `${text}\n`,
});

const requestOf = ({ headers }: IncomingMessage): GateRequest => ({
  host: headers.host,
  origin: headers.origin,
  cookie: headers.cookie,
});

const pathOf = (request: IncomingMessage): string =>
  URL.parse(request.url ?? '/', 'http://page')?.pathname ?? '';

const tokenOf = (request: IncomingMessage): string | null =>
  URL.parse(request.url ?? '/', 'http://page')?.searchParams.get('token') ?? null;

/** Closes the connection on what no page of ours sends; the service never sees it. */
function watched(socket: WebSocket, broken: { malformed: number; oversized: number }): Socket {
  socket.on('error', (error: Error & { code?: string }) => {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') broken.oversized++;
    else broken.malformed++;
  });
  return {
    send: socket.send.bind(socket),
    addEventListener: ((name: 'message' | 'close', listener: (event: never) => void): void => {
      if (name === 'close') socket.addEventListener(name, listener as never);
      else
        socket.addEventListener('message', (event) => {
          if (isMessage(event.data)) listener(event as never);
          else {
            broken.malformed++;
            socket.close(1007, 'not a message of the window');
          }
        });
    }) as Socket['addEventListener'],
  };
}

/** A message of the protocol: a request, an event or an abort. Pages send no binary ones. */
const messageSchema = z.union([
  z.object({ i: z.string(), t: z.literal(1).optional(), p: z.object({ u: z.string().startsWith('/') }) }),
  z.object({ i: z.string(), t: z.literal([3, 4]) }),
]);

function isMessage(data: unknown): boolean {
  if (typeof data !== 'string') return false;
  try {
    return messageSchema.safeParse(JSON.parse(data)).success;
  } catch {
    return false;
  }
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) => {
      const reason = error.code === 'EADDRINUSE' ? `port ${port} is in use` : messageOf(error);
      reject(
        new EspalierError('refused', `the page cannot be served: ${reason}`, {
          hint: 'Choose another port with --port; 0 is any free one.',
          problems: [{ at: '--port', message: reason }],
          cause: error,
        }),
      );
    });
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}
