/** A copy of the program whose ONNX Runtime is a copy too: what is installed beside the runtime stays in the copy. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const RUNTIME = 'node_modules/onnxruntime-node';
const NATIVE = join(RUNTIME, 'bin/napi-v6', process.platform, process.arch);

export interface ProgramCopy {
  /** Its command line. */
  readonly entry: string;
  /** Where its runtime looks for CUDA files. */
  readonly runtimeFolder: string;
}

/** @param feed service index that the copied runtime names for its CUDA files */
export function copyProgram(folder: string, feed: string): ProgramCopy {
  const packages = join(folder, 'node_modules');
  mkdirSync(packages, { recursive: true });
  for (const name of ['package.json', 'resources', 'src-main'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter(
    (name) => !/^(\.|onnxruntime-node$)/.test(name),
  ))
    symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
  for (const part of ['package.json', 'dist', 'script'])
    cpSync(join(ROOT, RUNTIME, part), join(folder, RUNTIME, part), { recursive: true });
  cpSync(join(ROOT, NATIVE), join(folder, NATIVE), {
    recursive: true,
    // What somebody has installed in the original is not part of it.
    filter: (path) => !/providers|espalier-cuda/.test(path),
  });
  const metadata = join(folder, RUNTIME, 'script/install-metadata.js');
  writeFileSync(
    metadata,
    `${readFileSync(metadata, 'utf8')}\nmetadata.feeds.nuget.index = ${JSON.stringify(feed)};\n`,
  );
  return { entry: join(folder, 'src-main/cli/espalier.ts'), runtimeFolder: join(folder, NATIVE) };
}
