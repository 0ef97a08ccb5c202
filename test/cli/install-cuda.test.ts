/** `espalier engines install cuda` against a feed on this machine, in a copy of the program. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CUDA_FILES } from '../../src-main/engine/onnxruntime-cuda-files.ts';
import { cudaPackage } from '../../src-main/engine/onnxruntime-cuda-package.ts';
import { PackageFeed } from '../download/package-feed.ts';
import { zipBytes } from '../download/zip-bytes.ts';
import { type Finished, json, run, start, temporaryFolder } from './espalier-process.ts';
import { copyProgram, type ProgramCopy } from './program-copy.ts';

const { name, versions, paths } = cudaPackage();
const { version } = versions[0]!;
/** Of the right version and no libraries: they install, and do not load. */
const content = zipBytes(
  [...paths].map(([file, path]) => [path, Buffer.from(`${file}\0${version}\0`.repeat(1000))]),
);
const temporary = temporaryFolder();
const downloads = join(temporary.path, 'downloads');
let feed: PackageFeed;
let copy: ProgramCopy;
let before: string[];

const cli = { words: ['engines', 'install', 'cuda'], env: { TMPDIR: downloads } };
const install = (...flags: string[]): Promise<Finished> =>
  run([...cli.words, ...flags], { entry: copy.entry, env: cli.env });
const isDownloaded = (): boolean => feed.requests.includes(feed.paths.content);

describe.skipIf(`${process.platform}-${process.arch}` !== 'linux-x64')(
  'espalier engines install cuda',
  () => {
    beforeAll(async () => {
      mkdirSync(downloads);
      feed = await PackageFeed.start(name, version, content);
      copy = copyProgram(join(temporary.path, 'program'), feed.index);
      before = readdirSync(copy.runtimeFolder);
    });
    beforeEach(() => void feed.requests.splice(0));
    afterEach(() => {
      expect(readdirSync(downloads)).toEqual([]);
      expect(readdirSync(copy.runtimeFolder)).toEqual(before);
    });
    afterAll(() => temporary.remove());

    it('says what would come, and downloads nothing without --yes', { timeout: 60_000 }, async () => {
      const said = await install();
      expect(said.code, said.stderr).toBe(3);
      for (const part of [
        `Would download ${name} ${version}, 1 MiB, from 127.0.0.1:`,
        copy.runtimeFolder,
        '--yes',
      ])
        expect(said.stdout).toContain(part);
      const { offer, installed } = json<{ offer: object; installed: null }>(await install('--json'));
      expect(offer).toMatchObject({ name, version, bytes: content.length, folder: copy.runtimeFolder });
      expect(installed).toBeNull();
      expect(feed.requests.length).toBe(6);
      expect(isDownloaded()).toBe(false);
    });

    it('downloads with --yes, tries the device, and undoes it', { timeout: 120_000 }, async () => {
      const done = await install('--yes', '--json');
      expect(isDownloaded()).toBe(true);
      const { installed, device } = json<{
        installed: { from: string; files: { name: string }[] };
        device: { available: boolean; reason: string };
      }>(done);
      expect(installed.from).toMatch(new RegExp(`^${name} ${version} from 127\\.0\\.0\\.1:`));
      expect(device.available).toBe(false);
      expect(device.reason).toMatch(/libonnxruntime_providers_cuda\.so cannot be loaded/);
      expect(done.code).toBe(3);
      expect(done.stderr).toMatch(/^Downloads .*\n(.*\n)*downloading {2}0 %/);
      for (const file of CUDA_FILES) expect(existsSync(join(copy.runtimeFolder, file))).toBe(true);
      const removed = await run(['engines', 'remove', 'cuda', '--json'], { entry: copy.entry });
      expect(removed.code, removed.stderr).toBe(0);
      expect(json(removed)).toEqual({ removed: installed });
    });

    it('stops at Ctrl-C', { timeout: 60_000 }, async () => {
      const slow = await PackageFeed.start(name, version, content);
      slow.answer(
        slow.paths.content,
        (response) => void response.writeHead(200).write(content.subarray(0, 100)),
      );
      const own = copyProgram(join(temporary.path, 'stopped'), slow.index);
      const { child, finished } = start([...cli.words, '--yes'], { entry: own.entry, env: cli.env });
      for (let tries = 0; readdirSync(downloads).length === 0 && tries < 300; tries++) await pause(100);
      expect(readdirSync(downloads).length).toBe(1);
      child.kill('SIGINT');
      const { code, stderr } = await finished;
      await slow.stop();
      expect(code, stderr).toBe(130);
      expect(stderr).toMatch(/the download was stopped; nothing was installed\n$/);
      expect(readdirSync(own.runtimeFolder)).toEqual(before);
    });

    it('says in a sentence that the feed cannot be reached', { timeout: 60_000 }, async () => {
      await feed.stop();
      const failed = await install('--yes', '--json');
      expect(failed.code).toBe(3);
      expect(json(failed)).toEqual({
        error: {
          code: 'refused',
          message: expect.stringMatching(/^127\.0\.0\.1:\d+ cannot be reached: /),
          hint: expect.stringContaining('--from FOLDER'),
          problems: [],
        },
      });
    });
  },
);
