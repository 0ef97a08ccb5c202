import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { CUDA_FILES } from '../../src-main/engine/onnxruntime-cuda-files.ts';
import { cudaPackage } from '../../src-main/engine/onnxruntime-cuda-package.ts';
import { runtimeVersion } from '../../src-main/engine/onnxruntime-runtime.ts';

/** A copy of what the runtime brings along, to be changed. */
const metadata = () =>
  structuredClone(createRequire(import.meta.url)('onnxruntime-node/script/install-metadata.js'));

describe('cudaPackage', () => {
  it('reads from the runtime which package holds its files, of its own version', () => {
    const { name, versions, paths } = cudaPackage();
    expect(name).toMatch(/OnnxRuntime.*Gpu.*Linux/);
    expect(versions.map(({ version }) => version)).toEqual([runtimeVersion]);
    for (const { feed } of versions) expect(feed).toMatch(/^https:\/\/.*\.json$/);
    expect([...paths.keys()]).toEqual([...CUDA_FILES]);
    for (const [file, path] of paths) expect(path.endsWith(`/${file}`)).toBe(true);
  });

  const MANIFEST = 'linux/x64:cuda12';
  const PACKAGE = 'nuget:linux/x64:cuda12';
  it.each<[string, (data: ReturnType<typeof metadata>) => void, RegExp]>([
    ['no manifests', (data) => delete data.manifests, /: manifests: /],
    [
      'no manifest of CUDA',
      (data) => delete data.manifests[MANIFEST],
      /manifests has no "linux\/x64:cuda12"/,
    ],
    [
      'a manifest without a file',
      (data) => delete data.manifests[MANIFEST][`./${CUDA_FILES[1]}`],
      /manifests\.linux\/x64:cuda12 has no "\.\/libonnxruntime_providers_cuda\.so"/,
    ],
    [
      'files in two packages',
      (data) => {
        data.manifests[MANIFEST][`./${CUDA_FILES[1]}`].package = 'other';
      },
      /the files are in 2 packages: nuget:linux\/x64:cuda12, other/,
    ],
    ['no package', (data) => delete data.packages[PACKAGE], /packages has no "nuget:linux\/x64:cuda12"/],
    [
      'a name that is no name',
      (data) => {
        data.packages[PACKAGE].name = '../x';
      },
      /: packages\.nuget:linux\/x64:cuda12\.name: /,
    ],
    [
      'no version',
      (data) => {
        data.packages[PACKAGE].versions = [];
      },
      /versions: /,
    ],
    ['no feed', (data) => delete data.feeds.nuget, /feeds has no "nuget"/],
    [
      'a feed of another kind',
      (data) => {
        data.feeds.nuget.type = 'npm';
      },
      /feeds\.nuget\.type is "npm"; it must be "nuget"/,
    ],
  ])('refuses another form: %s', (_what, change, message) => {
    const data = metadata();
    expect(cudaPackage(data)).toEqual(cudaPackage());
    change(data);
    expect(() => cudaPackage(data)).toThrow(
      expect.objectContaining({ code: 'failed', message: expect.stringMatching(message) }),
    );
  });

  it('refuses what is no table', () => {
    expect(() => cudaPackage(null)).toThrow(/install-metadata\.js has another form .*: it: /);
  });
});
