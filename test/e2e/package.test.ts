/**
 * The package of the desktop program, made for real but around a stand-in for Electron's binary: what is in it, what
 * lies outside the archive, which fuses are set, and whether the packed files alone are a program that trains.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STUDY_FILE_ENDINGS } from '../../src-main/contract/study-text.ts';
import { root } from './built-program.ts';
import { type PackagedProgram, packageSettings, packProgram } from './electron/packaged-program.ts';

/** What the operating system's loader opens by itself: it cannot look into an archive. */
const NATIVE = /\.(node|dll|dylib|so)(\.[\d.]+)?$/;
const folder = mkdtempSync(join(tmpdir(), 'espalier-package-'));
let packed: PackagedProgram;

beforeAll(async () => {
  packed = await packProgram(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packages that the built main process imports and does not hold. */
function importedPackages(): string[] {
  const names = readdirSync(join(root, 'out/main'))
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [
      ...readFileSync(join(root, 'out/main', file), 'utf8').matchAll(
        /^import (?:.* from )?["']([^"']+)["'];?$|\bimport\(["']([^"']+)["']\)/gm,
      ),
    ])
    .map(([, fixed, late]) => fixed ?? late ?? '')
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && name !== 'electron')
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
  return [...new Set(names)].filter((name) => !builtinModules.includes(name));
}

describe.skipIf(process.platform !== 'linux')('the package', () => {
  it('holds the built program and every package that it imports', () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    const { main } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { main: string };
    const imported = importedPackages();
    expect(imported).toEqual(expect.arrayContaining(['better-sqlite3', 'onnxruntime-node', 'yaml', 'yauzl']));
    for (const path of [
      join(main),
      'out/main/service-process.js',
      'out/main/trainer-process.js',
      'out/preload/preload.cjs',
      'out/renderer/index.html',
      'resources/studies/demo.yaml',
      // Which package holds the CUDA files of this runtime.
      'node_modules/onnxruntime-node/script/install-metadata.js',
      'node_modules/onnxruntime-node/script/install-metadata-versions.js',
      ...imported.map((name) => `node_modules/${name}/package.json`),
    ])
      expect(paths.has(path), path).toBe(true);
  });

  it('keeps native files outside the archive, those of this system only', () => {
    const native = packed.files.filter(({ path }) => NATIVE.test(path));
    expect(native.filter(({ isUnpacked }) => !isUnpacked)).toEqual([]);
    const own = `${process.platform}-${process.arch}`;
    expect(native.map(({ path }) => path).sort()).toEqual([
      `node_modules/@koromix/koffi-${own}/${own.replace('-', '_')}/koffi.node`,
      `node_modules/better-sqlite3/prebuilds/${own}.node`,
      `node_modules/onnxruntime-node/bin/napi-v6/${own.replace('-', '/')}/libonnxruntime.so.1`,
      `node_modules/onnxruntime-node/bin/napi-v6/${own.replace('-', '/')}/onnxruntime_binding.node`,
      `resources/native/${own}.so`,
    ]);
  });

  it('shuts the doors of Electron that it does not use', () => {
    expect(packed.fuses()).toEqual({
      runAsNode: true, // its trainers are forked
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
    });
  });

  it('tells the system of every ending that the program opens', () => {
    const { fileAssociations } = packageSettings() as { fileAssociations: { ext: string | string[] }[] };
    expect(fileAssociations.flatMap(({ ext }) => ext).sort()).toEqual([...STUDY_FILE_ENDINGS].sort());
  });

  it('is a program that trains from nothing but the packed files', async () => {
    const program = join(folder, 'program');
    packed.extract(program);
    for (const device of ['cpu', 'native']) {
      const home = join(folder, `home-${device}`);
      const { stdout } = await promisify(execFile)(process.execPath, [
        join(program, 'out/main/espalier.js'),
        ...[
          'study',
          'run',
          join(root, 'test/e2e/tiny-study.yaml'),
          '--home',
          home,
          '--device',
          device,
          '--json',
        ],
      ]);
      expect(JSON.parse(stdout)).toMatchObject({ name: 'tiny' });
    }
  });
});
