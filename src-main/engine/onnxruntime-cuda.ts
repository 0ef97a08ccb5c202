/**
 * Why CUDA cannot be used: the runtime itself says only that a library could not be loaded. Its CUDA files are not
 * part of the npm package; they lie beside its own library once somebody has put them there.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { messageOf } from '../contract/errors.ts';

const PROVIDER = 'libonnxruntime_providers_cuda.so';

/**
 * Folder of the runtime's native files on this platform, where its CUDA files belong. In a packaged program they lie
 * beside the archive that the rest of the runtime is in: nothing can be put into that.
 */
export function runtimeFolder(
  manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json'),
): string {
  const packageFolder = dirname(manifest).replace(/(?<=[\\/])app\.asar(?=[\\/])/, 'app.asar.unpacked');
  return join(packageFolder, 'bin', 'napi-v6', process.platform, process.arch);
}

/** The first thing in the way, or null when the libraries load and the reason lies elsewhere. */
export function cudaObstacle(
  folder = runtimeFolder(),
  platform: string = `${process.platform}-${process.arch}`,
): string | null {
  if (platform !== 'linux-x64') return `it needs Linux on x64; this is ${platform}`;
  const provider = join(folder, PROVIDER);
  if (!existsSync(provider)) return `the CUDA files of onnxruntime-node are not installed (${PROVIDER})`;
  const missing = loadProblem(provider);
  return missing === null ? null : `${PROVIDER} cannot be loaded: ${missing}`;
}

/** What the dynamic linker says of a library; null when it loads, although it is no module of Node.js. */
function loadProblem(library: string): string | null {
  try {
    process.dlopen({ exports: {} }, library);
    return null;
  } catch (error) {
    const message = messageOf(error).split('\n')[0]!;
    return /self-register|register itself/i.test(message) ? null : message;
  }
}
