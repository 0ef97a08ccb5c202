import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cudaObstacle, runtimeFolder } from '../../src-main/engine/onnxruntime-cuda.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-cuda-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const provider = (): string => join(folder, 'libonnxruntime_providers_cuda.so');

describe('runtimeFolder', () => {
  const native = join('bin', 'napi-v6', process.platform, process.arch);
  it.each([
    [
      '/opt/Espalier/resources/app.asar/node_modules',
      '/opt/Espalier/resources/app.asar.unpacked/node_modules',
    ],
    [
      '/opt/Espalier/resources/app.asar.unpacked/node_modules',
      '/opt/Espalier/resources/app.asar.unpacked/node_modules',
    ],
    ['/home/me/espalier/node_modules', '/home/me/espalier/node_modules'],
  ])('of %s is where files can be put', (from, to) => {
    expect(runtimeFolder(join(from, 'onnxruntime-node', 'package.json'))).toBe(
      join(to, 'onnxruntime-node', native),
    );
  });
});

describe('cudaObstacle', () => {
  it('names the platform where CUDA never is', () => {
    expect(cudaObstacle(folder, 'darwin-arm64')).toBe('it needs Linux on x64; this is darwin-arm64');
  });

  it('names the file that is not installed', () => {
    expect(cudaObstacle(folder, 'linux-x64')).toBe(
      'the CUDA files of onnxruntime-node are not installed (libonnxruntime_providers_cuda.so)',
    );
  });

  it.runIf(process.platform === 'linux')('says what the linker says of a file that cannot be loaded', () => {
    writeFileSync(provider(), 'not a library at all, but long enough to have a header'.repeat(20));
    expect(cudaObstacle(folder, 'linux-x64')).toMatch(
      /^libonnxruntime_providers_cuda\.so cannot be loaded: .*invalid ELF header/,
    );
  });

  it.runIf(process.platform === 'linux')('finds nothing wrong with a library that loads', () => {
    const library = readdirSync(runtimeFolder()).find((name) => name.startsWith('libonnxruntime.'))!;
    copyFileSync(join(runtimeFolder(), library), provider());
    expect(cudaObstacle(folder, 'linux-x64')).toBeNull();
  });
});
