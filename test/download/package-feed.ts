/** A feed of one package on this machine, which speaks the NuGet protocol over real sockets. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export const json =
  (document: unknown): Answer =>
  (response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));

export const redirect =
  (location: string): Answer =>
  (response) =>
    void response.writeHead(302, { location }).end();

/** Registrations of the newest form are compressed. */
const gzippedJson =
  (document: unknown): Answer =>
  (response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync(JSON.stringify(document)));

export class PackageFeed {
  readonly requests: string[] = [];
  readonly address: string;
  private readonly server: Server;
  private readonly answers: Map<string, Answer>;

  static async start(name: string, version: string, content: Buffer): Promise<PackageFeed> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return new PackageFeed(server, name.toLowerCase(), version, content);
  }

  private constructor(server: Server, id: string, version: string, content: Buffer) {
    this.server = server;
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.paths = {
      index: '/v3/index.json',
      leaf: `/registrations/${id}/${version}.json`,
      entry: '/catalog/entry.json',
      content: `/packages/${id}/${version}/${id}.${version}.nupkg`,
    };
    this.entry = {
      packageSize: content.length,
      packageHash: createHash('sha512').update(content).digest('base64'),
      packageHashAlgorithm: 'SHA512',
      licenseExpression: '',
      licenseFile: 'LICENSE',
    };
    const { address, paths } = this;
    this.answers = new Map([
      [
        paths.index,
        json({
          version: '3.0.0',
          resources: [
            { '@id': `${address}/packages/`, '@type': 'PackageBaseAddress/3.0.0' },
            { '@id': `${address}/old-registrations/`, '@type': 'RegistrationsBaseUrl' },
            { '@id': `${address}/registrations/`, '@type': 'RegistrationsBaseUrl/3.6.0' },
          ],
        }),
      ],
      [
        paths.leaf,
        gzippedJson({
          catalogEntry: address + paths.entry,
          packageContent: address + paths.content,
          listed: true,
        }),
      ],
      [paths.entry, json(this.entry)],
      [paths.content, (response) => void response.writeHead(200).end(content)],
    ]);
    server.on('request', (request, response) => {
      this.requests.push(request.url!);
      const answer = this.answers.get(request.url!);
      if (answer) answer(response, request);
      else response.writeHead(404).end();
    });
  }

  readonly paths: {
    readonly index: string;
    readonly leaf: string;
    readonly entry: string;
    readonly content: string;
  };
  /** What the catalog says of the package. */
  readonly entry: Readonly<Record<string, unknown>>;

  get index(): string {
    return this.address + this.paths.index;
  }

  /** Answers otherwise at a path from now on. */
  answer(path: string, answer: Answer): void {
    this.answers.set(path, answer);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
