/**
 * The CUDA files of onnxruntime-node, which are too large for its npm package: put beside the runtime's own library
 * from a folder, and taken away again. What was put there is written down with hashes, so that only that is ever
 * removed.
 */
import { createHash } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { runtimeFolder } from './onnxruntime-cuda.ts';
import { runtimeVersion } from './onnxruntime-runtime.ts';

/** What the runtime loads, in this order. */
export const CUDA_FILES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

const CHUNK_BYTES = 2 ** 20;

/** The list of what was put there, beside it. */
const MANIFEST = 'espalier-cuda.json';
const manifestSchema = z.strictObject({
  version: z.string(),
  from: z.string(),
  /** Of the package they were downloaded in, in hexadecimal; none for files from a folder. */
  packageSha512: z.string().optional(),
  files: z.array(z.strictObject({ name: z.enum(CUDA_FILES), bytes: z.number(), sha256: z.string() })),
});
export type CudaManifest = z.infer<typeof manifestSchema>;

/** Where the files belong, and what they belong to. */
export interface CudaPlace {
  readonly folder: string;
  readonly version: string;
  /** `linux-x64` and so on. */
  readonly platform: string;
}

export const ownCudaPlace = (): CudaPlace => ({
  folder: runtimeFolder(),
  version: runtimeVersion,
  platform: `${process.platform}-${process.arch}`,
});

/** Where files come from: words for people, and the hash of their package where they were in one. */
export type CudaOrigin = Pick<CudaManifest, 'from' | 'packageSha512'>;

/**
 * Copies the two files from `from`, or from the only folder below it that holds them, beside the runtime.
 * @throws EspalierError `bad-input` for a folder without the files, and as requireCudaPlace and putCudaFiles
 */
export function installCudaFiles(from: string, place: CudaPlace = ownCudaPlace()): CudaManifest {
  requireCudaPlace(place);
  const source = folderWithFiles(resolve(from));
  return putCudaFiles(source, { from: source }, place);
}

/**
 * Whether files can be installed at all.
 * @throws EspalierError `refused` on a platform without CUDA, where files of somebody else are in the way, and where the
 *   folder cannot be written
 */
export function requireCudaPlace(place: CudaPlace): void {
  const { folder, platform } = place;
  if (platform !== 'linux-x64')
    throw new EspalierError('refused', `CUDA needs Linux on x64; this is ${platform}.`, {
      hint: 'Use --device webgpu, which runs on any GPU.',
    });
  requireOwnOrNone(place);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/**
 * Copies the two files that lie in `source` beside the runtime.
 * @throws EspalierError `bad-input` for files of another version, `refused` where the folder cannot be written; what was
 *   there is there then
 */
export function putCudaFiles(source: string, origin: CudaOrigin, place: CudaPlace): CudaManifest {
  const { folder, version } = place;
  requireVersion(join(source, CUDA_FILES[1]), origin.from, version);
  const names = [...CUDA_FILES, MANIFEST];
  try {
    const files = CUDA_FILES.map((name) => {
      const temporary = join(folder, `${name}.new`);
      copyFileSync(join(source, name), temporary);
      return { name, bytes: statSync(temporary).size, sha256: hashOf(temporary) };
    });
    const manifest = { version, ...origin, files };
    writeFileSync(join(folder, `${MANIFEST}.new`), `${JSON.stringify(manifest, null, 2)}\n`);
    for (const name of names) renameSync(join(folder, `${name}.new`), join(folder, name));
    return manifest;
  } catch (error) {
    for (const name of names) rmSync(join(folder, `${name}.new`), { force: true });
    throw unwritable(folder, error);
  }
}

const unwritable = (folder: string, error: unknown): EspalierError =>
  new EspalierError('refused', `${folder} cannot be written: ${messageOf(error)}`, {
    hint: 'Run this as the user who installed the program.',
    cause: error,
  });

/**
 * Removes what `installCudaFiles` put there.
 * @throws EspalierError `refused` when nothing was, or a file has been changed since
 */
export function removeCudaFiles(place: CudaPlace = ownCudaPlace()): CudaManifest {
  const manifest = readManifest(place);
  if (!manifest)
    throw new EspalierError('refused', `No CUDA files were installed in ${place.folder} by this program.`);
  const changed = manifest.files.find(
    ({ name, sha256 }) => existsSync(join(place.folder, name)) && hashOf(join(place.folder, name)) !== sha256,
  );
  if (changed)
    throw new EspalierError(
      'refused',
      `${join(place.folder, changed.name)} is not the file that was installed; nothing was removed.`,
      { hint: `Remove it by hand, and ${MANIFEST} beside it.` },
    );
  for (const { name } of manifest.files) rmSync(join(place.folder, name), { force: true });
  rmSync(join(place.folder, MANIFEST));
  return manifest;
}

function folderWithFiles(from: string): string {
  if (!existsSync(from) || !statSync(from).isDirectory())
    throw new EspalierError('bad-input', `--from ${from}: there is no such folder.`);
  const holds = (folder: string): boolean => CUDA_FILES.every((name) => existsSync(join(folder, name)));
  if (holds(from)) return from;
  const below = readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(CUDA_FILES[1]))
    .map((name) => join(from, name.slice(0, -CUDA_FILES[1].length)))
    .filter(holds);
  if (below.length === 1) return resolve(below[0]!);
  throw new EspalierError(
    'bad-input',
    below.length === 0
      ? `--from ${from}: neither it nor a folder below it holds ${CUDA_FILES.join(' and ')}.`
      : `--from ${from}: ${below.length} folders below it hold the files; name one of them.`,
    { hint: 'They are in the unpacked package of ONNX Runtime for GPUs of the same version.' },
  );
}

/** The runtime and its provider speak an interface of their own, which changes with every version. */
function requireVersion(provider: string, from: string, version: string): void {
  const mark = Buffer.from(`\0${version}\0`);
  let end = Buffer.alloc(0);
  for (const chunk of chunksOf(provider)) {
    // The mark may begin in one chunk and end in the next.
    const seen = Buffer.concat([end, chunk]);
    if (seen.includes(mark)) return;
    end = Buffer.from(seen.subarray(-mark.length));
  }
  throw new EspalierError(
    'bad-input',
    `${CUDA_FILES[1]} from ${from} is not of version ${version}; it must be, as onnxruntime-node here is.`,
  );
}

function requireOwnOrNone(place: CudaPlace): void {
  const own = readManifest(place);
  const foreign = CUDA_FILES.find(
    (name) =>
      existsSync(join(place.folder, name)) &&
      own?.files.find((file) => file.name === name)?.sha256 !== hashOf(join(place.folder, name)),
  );
  if (foreign)
    throw new EspalierError(
      'refused',
      `${join(place.folder, foreign)} is there already and was not installed by this program.`,
      { hint: 'If it works, nothing needs to be done; `espalier engines` says so. Else remove it first.' },
    );
}

function readManifest({ folder }: CudaPlace): CudaManifest | null {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return null;
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new EspalierError('refused', `${path} is damaged: ${messageOf(error).slice(0, 200)}`, {
      hint: 'Remove it and the files beside it by hand.',
      cause: error,
    });
  }
}

function hashOf(path: string): string {
  const hash = createHash('sha256');
  for (const chunk of chunksOf(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** The bytes of a file, hundreds of megabytes here; each chunk is valid until the next is asked for. */
function* chunksOf(path: string): Generator<Buffer> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const file = openSync(path, 'r');
  try {
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer))
      yield buffer.subarray(0, size);
  } finally {
    closeSync(file);
  }
}
