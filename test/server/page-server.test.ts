import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type PageServer, servePage } from '../../src-main/server/page-server.ts';
import { composeWindow } from '../../src-main/service/compose.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-page-'));
let server: PageServer;
let cookie: string;
let closeWindow: () => Promise<void>;

beforeAll(async () => {
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'page', 'assets', 'main-1.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  const window = await composeWindow(join(folder, 'home'));
  closeWindow = window.close;
  server = await servePage(window.server, { port: 0, pageFolder: join(folder, 'page') });
  const entered = await get(new URL(server.link).search, {});
  expect(entered).toMatchObject({ status: 303, location: '/' });
  cookie = entered.cookie?.split(';')[0] ?? '';
  expect(entered.cookie).toMatch(/HttpOnly; SameSite=Strict/);
});

afterAll(async () => {
  await server.close();
  await closeWindow();
  rmSync(folder, { recursive: true, force: true });
});

interface Got {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
  readonly cookie: string | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** `fetch` sets Host and Origin itself; a hostile client does not. */
function get(path: string, headers: Record<string, string>, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    request(
      {
        host: '127.0.0.1',
        port: server.port,
        path: path.startsWith('/') ? path : `/${path}`,
        headers,
        method,
      },
      (response) => {
        let body = '';
        response.on('data', (data) => {
          body += data;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body,
            location: response.headers.location,
            cookie: response.headers['set-cookie']?.[0],
            headers: response.headers,
          }),
        );
      },
    )
      .on('error', reject)
      .end();
  });
}

/** How opening a socket ends: `open`, or the status it was refused with. */
function open(
  headers: Record<string, string>,
  path = '/rpc',
): Promise<{ socket: WebSocket; result: string }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
    socket.on('open', () => resolve({ socket, result: 'open' }));
    socket.on('unexpected-response', (_request, response) =>
      resolve({ socket, result: String(response.statusCode) }),
    );
    socket.on('error', (error) => resolve({ socket, result: error.message }));
  });
}

const own = (): Record<string, string> => ({ cookie, origin: `http://127.0.0.1:${server.port}` });

async function closeCode(frame: string | Buffer): Promise<number> {
  const { socket } = await open(own());
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('close', (code) => resolve(code));
    socket.send(frame);
  });
}

/** One call, answered: the service goes on. */
async function callsFacts(): Promise<unknown> {
  const { socket } = await open(own());
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      socket.close();
      resolve(JSON.parse(String(data)));
    });
    socket.send(JSON.stringify({ i: '1', p: { u: '/machine/facts', b: {} } }));
  });
}

describe('servePage', () => {
  it('serves the page to whoever came by the printed link, with a strict policy', async () => {
    const page = await get('/', { cookie });
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<title>page</title>') });
    expect(page.headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self'/,
    );
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    expect(await get('/assets/main-1.js', { cookie })).toMatchObject({ status: 200, body: 'export {};' });
  });

  it('answers a call over the socket', async () => {
    expect(await callsFacts()).toMatchObject({
      i: '1',
      p: { b: { json: { homeFolder: join(folder, 'home') } } },
    });
  });

  it('refuses a wrong Host, Origin, token and path, and counts them', async () => {
    const before = server.refusals();
    for (const [path, headers, status] of [
      ['/', {}, 403],
      ['/', { cookie: 'espalier=wrong' }, 403],
      ['/', { cookie: `${cookie.slice(0, -1)}x`.replace(/x$/, cookie.endsWith('x') ? 'y' : 'x') }, 403],
      ['/', { cookie, host: 'evil.example' }, 403],
      ['/', { cookie, host: `127.0.0.1.evil.example:${server.port}` }, 403],
      ['/', { cookie, origin: 'http://evil.example' }, 403],
      ['/?token=', {}, 403],
      ['/?token=old', {}, 403],
      [`${new URL(server.link).search}`, { host: 'evil.example' }, 403],
      ['/secret.txt', { cookie }, 404],
      ['/../secret.txt', { cookie }, 404],
      ['/%2e%2e/secret.txt', { cookie }, 404],
      ['/assets/../../secret.txt', { cookie }, 404],
    ] as const)
      expect((await get(path, headers)).status, `${path} ${JSON.stringify(headers)}`).toBe(status);
    expect((await get('/', { cookie }, 'POST')).status).toBe(405);
    const wrong: Record<string, string>[] = [
      {},
      { cookie },
      { origin: `http://127.0.0.1:${server.port}` },
      { ...own(), origin: 'http://evil.example' },
      { ...own(), origin: 'null' },
      { ...own(), host: 'evil.example' },
      { ...own(), cookie: cookie.replace(/=.*/, '=x') },
    ];
    for (const headers of wrong) expect((await open(headers)).result, JSON.stringify(headers)).toBe('403');
    expect((await open(own(), '/other')).result).toBe('403');
    const after = server.refusals();
    expect(after.host - before.host).toBe(4);
    expect(after.origin - before.origin).toBe(5);
    expect(after.token - before.token).toBe(7);
    expect(await callsFacts()).toMatchObject({ i: '1' });
  });

  it('closes a connection that sends what no page sends, and goes on', async () => {
    const before = server.refusals();
    for (const frame of [
      '',
      'hello',
      '[]',
      '{}',
      '{"i":1}',
      '{"i":"1"}',
      '{"i":"1","p":{"u":"http://x/"}}',
      Buffer.from([1, 2, 3]),
    ])
      expect(await closeCode(frame), String(frame)).toBe(1007);
    expect(server.refusals().malformed - before.malformed).toBe(8);
    expect(await closeCode('x'.repeat(17 * 2 ** 20))).toBe(1009);
    expect(server.refusals().oversized - before.oversized).toBe(1);
    expect(await callsFacts()).toMatchObject({ i: '1' });
  });

  it('refuses a port in use and a page that was not built', async () => {
    const window = await composeWindow(join(folder, 'other'));
    await expect(
      servePage(window.server, { port: server.port, pageFolder: join(folder, 'page') }),
    ).rejects.toThrow(/port \d+ is in use/);
    await expect(servePage(window.server, { port: 0, pageFolder: join(folder, 'none') })).rejects.toThrow(
      /has no index.html/,
    );
    await window.close();
  });
});
