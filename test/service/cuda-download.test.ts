import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import {
  CUDA_FILES,
  type CudaPlace,
  installCudaFiles,
  removeCudaFiles,
} from '../../src-main/engine/onnxruntime-cuda-files.ts';
import type { CudaPackage } from '../../src-main/engine/onnxruntime-cuda-package.ts';
import { downloadCuda, offerCuda, offerInWords } from '../../src-main/service/cuda-download.ts';
import { json, PackageFeed, redirect } from '../download/package-feed.ts';
import { zipBytes } from '../download/zip-bytes.ts';

const NAME = 'Runtime.Gpu.Linux';
const VERSION = '1.2.3';
const NATIVE = 'runtimes/linux-x64/native/';

const file = (name: string, version = VERSION): Buffer => Buffer.from(`${name}\0${version}\0`.repeat(5000));
const entries = (version = VERSION): [string, Buffer][] =>
  [...CUDA_FILES, 'libonnxruntime_providers_tensorrt.so'].map((name) => [NATIVE + name, file(name, version)]);

let root: string;
let temporary: string;
let place: CudaPlace;
let feed: PackageFeed;
let systemTemporary: string | undefined;
let running: AbortController;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'espalier-cuda-download-'));
  [temporary, place] = [
    join(root, 'temporary'),
    { folder: join(root, 'runtime'), version: VERSION, platform: 'linux-x64' },
  ];
  for (const folder of [temporary, place.folder]) mkdirSync(folder);
  writeFileSync(join(place.folder, 'libonnxruntime.so.1'), 'the runtime');
  systemTemporary = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  running = new AbortController();
  feed = await PackageFeed.start(NAME, VERSION, zipBytes(entries()));
});
afterEach(async () => {
  if (systemTemporary === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = systemTemporary;
  await feed.stop();
  rmSync(root, { recursive: true, force: true });
});

const wanted = (index = feed.index): CudaPackage => ({
  name: NAME,
  versions: [{ version: VERSION, feed: index }],
  paths: new Map(CUDA_FILES.map((name) => [name, NATIVE + name])),
});
const offer = (index?: string) => offerCuda(running.signal, { wanted: wanted(index), place });

async function install(onProgress: (done: number, total: number) => void = () => {}) {
  return downloadCuda(await offer(), { signal: running.signal, onProgress }, { wanted: wanted(), place });
}

const contents = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

/** Code, message and hint of what is thrown; nothing may have changed by then, and nothing temporary be left. */
async function failure(action: () => Promise<unknown>): Promise<string> {
  const hashes = (): string[] =>
    contents(place.folder).map((name) => `${name} ${readFileSync(join(place.folder, name), 'base64')}`);
  const before = hashes();
  try {
    await action();
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    expect(hashes()).toEqual(before);
    expect(contents(temporary)).toEqual([]);
    return `${error.code}: ${error.message} ${error.hint ?? ''}`;
  }
  return 'nothing failed';
}

describe('offerCuda', () => {
  it('says what would come, from where and to where, and loads nothing', async () => {
    const found = await offer();
    expect(found).toEqual({
      name: NAME,
      version: VERSION,
      feed: new URL(feed.address).host,
      url: feed.address + feed.paths.content,
      bytes: feed.entry.packageSize,
      sha512: Buffer.from(feed.entry.packageHash as string, 'base64').toString('hex'),
      licence: 'the file LICENSE in the package',
      folder: place.folder,
      files: [...CUDA_FILES],
    });
    expect(feed.requests).toEqual([feed.paths.index, feed.paths.leaf, feed.paths.entry]);
    const words = offerInWords(found, 'Would download').join('\n');
    for (const part of [NAME, VERSION, '1 MiB', found.feed, place.folder, 'LICENSE', 'engines remove cuda'])
      expect(words).toContain(part);
  });

  it('asks nobody where the files could not be installed', async () => {
    const elsewhere = { wanted: wanted(), place: { ...place, platform: 'darwin-arm64' } };
    expect(await failure(() => offerCuda(running.signal, elsewhere))).toMatch(
      /^refused: CUDA needs Linux on x64/,
    );
    writeFileSync(join(place.folder, CUDA_FILES[0]), 'of somebody else');
    expect(await failure(offer)).toMatch(/^refused: .*not installed by this program/);
    expect(feed.requests).toEqual([]);
  });

  it('names the host that cannot be reached, and the other ways', async () => {
    await feed.stop();
    expect(await failure(offer)).toMatch(
      /^refused: 127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*--from FOLDER.*script\/install\.js/,
    );
  });

  it('asks the next feed for what the first does not have, and says when none has it', async () => {
    const empty = await PackageFeed.start('Another', VERSION, Buffer.alloc(1));
    const both = [empty.index, feed.index].map((index) => ({ version: VERSION, feed: index }));
    const source = { wanted: { ...wanted(), versions: both }, place };
    expect((await offerCuda(running.signal, source)).url).toBe(feed.address + feed.paths.content);
    expect(await failure(() => offer(empty.index))).toMatch(
      /^refused: There is no package Runtime\.Gpu\.Linux 1\.2\.3 at 127\.0\.0\.1:\d+\. .*--from FOLDER/,
    );
    await empty.stop();
  });
});

describe('downloadCuda', () => {
  it('puts the files of the package beside the runtime, writes down where they are from, and can be undone', async () => {
    const progress: [number, number][] = [];
    const manifest = await install((...bytes) => progress.push(bytes));
    const bytes = feed.entry.packageSize as number;
    expect([progress[0], progress.at(-1)]).toEqual([
      [0, bytes],
      [bytes, bytes],
    ]);
    expect(manifest).toEqual({
      version: VERSION,
      from: `${NAME} ${VERSION} from ${new URL(feed.address).host}`,
      packageSha512: Buffer.from(feed.entry.packageHash as string, 'base64').toString('hex'),
      files: CUDA_FILES.map((name) => ({
        name,
        bytes: file(name).length,
        sha256: createHash('sha256').update(file(name)).digest('hex'),
      })),
    });
    expect(contents(temporary)).toEqual([]);
    expect(contents(place.folder)).toEqual(
      ['espalier-cuda.json', 'libonnxruntime.so.1', ...CUDA_FILES].sort(),
    );
    for (const name of CUDA_FILES) expect(readFileSync(join(place.folder, name))).toEqual(file(name));
    expect((await install()).files).toEqual(manifest.files);
    expect(removeCudaFiles(place)).toEqual(manifest);
    expect(contents(place.folder)).toEqual(['libonnxruntime.so.1']);
  });

  it('follows a redirect to the package', async () => {
    feed.answer(feed.paths.content, redirect('/elsewhere'));
    feed.answer('/elsewhere', (response) => void response.end(zipBytes(entries())));
    expect((await install()).files.length).toBe(2);
  });

  /** Another package of the same name: what the feed tells of it is true. */
  async function offering(...content: Parameters<typeof zipBytes>): Promise<void> {
    await feed.stop();
    feed = await PackageFeed.start(NAME, VERSION, zipBytes(...content));
  }

  it.each<[string, () => unknown, RegExp]>([
    [
      'another hash',
      () =>
        feed.answer(
          feed.paths.entry,
          json({ ...feed.entry, packageHash: Buffer.alloc(64).toString('base64') }),
        ),
      /^failed: What 127\.0\.0\.1:\d+ sent is not the package: its SHA-512 .*--from FOLDER/,
    ],
    [
      'no hash',
      () => feed.answer(feed.paths.entry, json({ packageSize: feed.entry.packageSize })),
      /^refused: 127\.0\.0\.1:\d+ tells no SHA-512 of Runtime\.Gpu\.Linux 1\.2\.3/,
    ],
    [
      'a hash of another kind',
      () => feed.answer(feed.paths.entry, json({ ...feed.entry, packageHashAlgorithm: 'SHA256' })),
      /^refused: .*tells no SHA-512/,
    ],
    [
      'no size',
      () => feed.answer(feed.paths.entry, json({ ...feed.entry, packageSize: undefined })),
      /^refused: .*does not tell how large/,
    ],
    [
      'a body that breaks off',
      () =>
        feed.answer(feed.paths.content, (response) => {
          response.writeHead(200, { 'content-length': String(feed.entry.packageSize) });
          response.write(zipBytes(entries()).subarray(0, 500), () => response.destroy());
        }),
      /^refused: 127\.0\.0\.1:\d+ broke off after \d+ of \d+ bytes: /,
    ],
    [
      'a body that ends early',
      () =>
        feed.answer(
          feed.paths.content,
          (response) => void response.end(zipBytes(entries()).subarray(0, 500)),
        ),
      /^failed: .*it has 500 bytes where its feed tells \d+/,
    ],
    [
      'a body that does not end',
      () =>
        feed.answer(feed.paths.content, (response) => {
          const more = (): void => void response.write(Buffer.alloc(65_536), (error) => error || more());
          more();
        }),
      /^failed: .*it is larger than the \d+ bytes/,
    ],
    [
      'a redirect to another host without encryption',
      () => feed.answer(feed.paths.content, redirect('http://packages.invalid/package')),
      /^refused: 127\.0\.0\.1:\d+ names an address that is "http:\/\/packages\.invalid\/package"; it must begin with https:\/\//,
    ],
    [
      'redirects without end',
      () => feed.answer(feed.paths.content, redirect(feed.paths.content)),
      /^refused: .*sends on more than 5 times/,
    ],
    [
      'an answer with an error',
      () => feed.answer(feed.paths.content, (response) => void response.writeHead(503).end()),
      /^refused: 127\.0\.0\.1:\d+ answers with status 503 to .*nupkg/,
    ],
    [
      'a package without one of the files',
      () => offering(entries().slice(1)),
      /^failed: The package cannot be unpacked: it does not hold runtimes\/linux-x64\/native\/libonnxruntime_providers_shared\.so/,
    ],
    [
      'a package with a file twice',
      () => offering([...entries(), entries()[0]!]),
      /^failed: The package cannot be unpacked: it holds .*shared\.so twice/,
    ],
    [
      'a package with a path that leads out of it',
      () => offering([['../../evil', Buffer.from('x')], ...entries()]),
      /^failed: The package cannot be unpacked: .*\.\.\/\.\.\/evil/,
    ],
    [
      'files of another version',
      () => offering(entries('1.2.4')),
      /^bad-input: libonnxruntime_providers_cuda\.so from Runtime\.Gpu\.Linux 1\.2\.3 from .* is not of version 1\.2\.3/,
    ],
    [
      'more than a disk holds',
      () => feed.answer(feed.paths.entry, json({ ...feed.entry, packageSize: 2 ** 52 })),
      /^refused: .*needs 4294967296 MiB of free space and has \d+ MiB/,
    ],
  ])('installs nothing for %s', async (_what, arrange, message) => {
    await arrange();
    expect(await failure(() => install())).toMatch(message);
  });

  it('leaves what was installed before when a download fails', async () => {
    const own = join(root, 'own');
    mkdirSync(own);
    for (const name of CUDA_FILES) writeFileSync(join(own, name), file(name));
    installCudaFiles(own, place);
    feed.answer(feed.paths.content, (response) => void response.end('?'));
    expect(await failure(() => install())).toMatch(/^failed: /);
    expect(contents(place.folder).length).toBe(4);
  });

  it('stops in the middle and leaves nothing', async () => {
    feed.answer(feed.paths.content, (response) => {
      response.writeHead(200).write(zipBytes(entries()).subarray(0, 500));
    });
    const message = await failure(() =>
      install((done) => {
        if (done > 0) {
          expect(contents(temporary).some((name) => name.endsWith('package.zip'))).toBe(true);
          running.abort();
        }
      }),
    );
    expect(message).toMatch(/^interrupted: the download was stopped; nothing was installed/);
  });

  it('stops while the feed is asked', async () => {
    feed.answer(feed.paths.leaf, () => running.abort());
    expect(await failure(offer)).toMatch(/^interrupted: /);
  });
});
