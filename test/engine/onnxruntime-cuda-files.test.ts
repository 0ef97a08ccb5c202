import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

let temporary: string;
let from: string;
let place: CudaPlace;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'espalier-cuda-files-'));
  from = join(temporary, 'package');
  place = { folder: join(temporary, 'runtime'), version: '1.2.3', platform: 'linux-x64' };
  for (const folder of [from, place.folder]) mkdirSync(folder);
  writeFileSync(join(place.folder, 'libonnxruntime.so.1'), 'the runtime');
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

function offer(folder: string, version = '1.2.3'): void {
  mkdirSync(folder, { recursive: true });
  for (const name of CUDA_FILES) writeFileSync(join(folder, name), `${name}\0${version}\0`);
}

/** Code and message of what is thrown, and that nothing in the runtime's folder changed. */
function refusal(action: () => unknown): string {
  const before = readdirSync(place.folder).map((name) => [
    name,
    readFileSync(join(place.folder, name), 'hex'),
  ]);
  try {
    action();
  } catch (error) {
    expect(
      readdirSync(place.folder).map((name) => [name, readFileSync(join(place.folder, name), 'hex')]),
    ).toEqual(before);
    if (error instanceof EspalierError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'nothing was refused';
}

describe('installCudaFiles', () => {
  it('puts both files beside the runtime, from the folder or one below it, and takes only them away', () => {
    offer(join(from, 'onnxruntime', 'capi'));
    const manifest = installCudaFiles(from, place);
    expect(manifest).toMatchObject({ version: '1.2.3', from: join(from, 'onnxruntime', 'capi') });
    for (const name of CUDA_FILES)
      expect(readFileSync(join(place.folder, name), 'utf8')).toBe(`${name}\0${'1.2.3'}\0`);
    // Again is no error: these are its own.
    expect(installCudaFiles(join(from, 'onnxruntime', 'capi'), place).files).toEqual(manifest.files);
    expect(removeCudaFiles(place).files).toEqual(manifest.files);
    expect(readdirSync(place.folder)).toEqual(['libonnxruntime.so.1']);
  });

  it('finds the version wherever in a large file it is', () => {
    offer(from);
    // Files are read in pieces of 1 MiB: within one, over the end of one, at the end.
    for (const at of [10, 2 ** 20 - 6, 2 ** 20 - 1, 3 * 2 ** 20 - 7]) {
      const large = Buffer.alloc(3 * 2 ** 20, 'x');
      large.write(`\0${place.version}\0`, at);
      writeFileSync(join(from, CUDA_FILES[1]), large);
      const { files } = installCudaFiles(from, place);
      expect(files[1]).toMatchObject({
        bytes: large.length,
        sha256: createHash('sha256').update(large).digest('hex'),
      });
    }
    writeFileSync(join(from, CUDA_FILES[1]), Buffer.alloc(3 * 2 ** 20, 'x'));
    expect(refusal(() => installCudaFiles(from, place))).toMatch(/^bad-input: .*not of version 1\.2\.3;/);
  });

  it('refuses platforms, folders and files that cannot serve, and changes nothing', () => {
    const there = { ...place, platform: 'darwin-arm64' };
    expect(refusal(() => installCudaFiles(from, there))).toMatch(/^refused: CUDA needs Linux on x64/);
    expect(refusal(() => installCudaFiles(join(from, 'none'), place))).toMatch(
      /^bad-input: .*no such folder/,
    );
    expect(refusal(() => installCudaFiles(from, place))).toMatch(
      /^bad-input: .*neither it nor a folder below/,
    );
    offer(join(from, 'a'));
    offer(join(from, 'b'));
    expect(refusal(() => installCudaFiles(from, place))).toMatch(/2 folders below it hold the files/);
    offer(join(from, 'old'), '1.2.30');
    expect(refusal(() => installCudaFiles(join(from, 'old'), place))).toMatch(
      /^bad-input: .*not of version 1\.2\.3;/,
    );
    writeFileSync(join(place.folder, CUDA_FILES[0]), 'of somebody else');
    expect(refusal(() => installCudaFiles(join(from, 'a'), place))).toMatch(
      /^refused: .*not installed by this program/,
    );
  });

  it('removes nothing that is not its own any more', () => {
    expect(refusal(() => removeCudaFiles(place))).toMatch(/^refused: No CUDA files were installed/);
    offer(from);
    installCudaFiles(from, place);
    writeFileSync(join(place.folder, CUDA_FILES[1]), 'changed');
    expect(refusal(() => removeCudaFiles(place))).toMatch(/^refused: .*not the file that was installed/);
    writeFileSync(join(place.folder, 'espalier-cuda.json'), '{');
    expect(refusal(() => removeCudaFiles(place))).toMatch(/^refused: .*is damaged/);
    expect(existsSync(join(place.folder, CUDA_FILES[1]))).toBe(true);
  });
});
