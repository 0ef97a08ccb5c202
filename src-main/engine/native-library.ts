/**
 * The only place that touches koffi: loads the library of kernels that comes with the program (native/kernels) and says
 * plainly why it cannot be had.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { PLAN_VERSION } from '../native/plan.ts';

/** Memory or a team of threads of the library, known by its address. */
export type NativePointer = object;

export interface NativeLibrary {
  /** SHA-256 of the sources it was built from. */
  readonly source: string;
  /** What a team of at most `lanes` lanes computes with: AVX-512, AVX2, SSE2 or NEON. */
  vectors(lanes: number): string;
  /** Null where there is not enough memory, or no thread can be started. */
  open(threads: number, registers: number, lanes: number): NativePointer | null;
  /** Denormal numbers count as zero on this thread from then on, for the optimizer too. */
  run(team: NativePointer, plan: Int32Array, memories: BigUint64Array): void;
  close(team: NativePointer): void;
  /** Zeroed memory; null where there is not enough. */
  reserve(words: number): NativePointer | null;
  release(memory: NativePointer, words: number): void;
  /** Where a pointer points, or the values of an array lie. Nothing holds them there: the caller does. */
  address(memory: NativePointer | Float32Array | Int32Array): bigint;
}

/** Of this machine's system and processor: `linux-x64`. */
export const nativeTarget = `${process.platform}-${process.arch}`;

let loaded: Promise<NativeLibrary> | null = null;

/** @throws EspalierError `refused` where no library came with the program for this machine, or it cannot be loaded */
export function loadNativeLibrary(): Promise<NativeLibrary> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<NativeLibrary> {
  const path = libraryPath();
  if (path === null)
    throw refusal(
      `the program comes with no kernels for ${nativeTarget}`,
      'docs/native.md says how they are built.',
    );
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(path);
    const version = library.func('int espalier_plan_version()')() as number;
    if (version !== PLAN_VERSION)
      throw new Error(`${path} reads plans of version ${version}, not ${PLAN_VERSION}`);
    return {
      source: library.func('const char *espalier_source()')(),
      vectors: library.func('const char *espalier_vectors(int)'),
      open: library.func('void *espalier_open(int, int, int)'),
      run: library.func('void espalier_run(void *, const int32_t *, const uint64_t *)'),
      close: library.func('void espalier_close(void *)'),
      reserve: library.func('void *espalier_reserve(uint64_t)'),
      release: library.func('void espalier_release(void *, uint64_t)'),
      address: addressOf(library.func('uint64_t espalier_address(void *)')),
    };
  } catch (cause) {
    throw refusal(messageOf(cause).split('\n')[0]!, 'Install the program again, or use device cpu.', cause);
  }
}

const refusal = (reason: string, hint: string, cause?: unknown): EspalierError =>
  new EspalierError('refused', `Device native is not available: ${reason}`, { hint, cause });

/** Beside the sources and beside the built files alike; native files cannot be loaded out of an archive. */
function libraryPath(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'resources', 'native'))) {
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
  const path = join(folder, 'resources', 'native', `${nativeTarget}.so`);
  const unpacked = path.replace(/(?<=[\\/])app\.asar(?=[\\/])/, 'app.asar.unpacked');
  return existsSync(unpacked) ? unpacked : null;
}

/** A small array lies in the heap, where the collector moves it, until its buffer has been asked for. */
const addressOf =
  (ask: (memory: unknown) => number | bigint) =>
  (memory: NativePointer | Float32Array | Int32Array): bigint => {
    if (ArrayBuffer.isView(memory)) void memory.buffer;
    return BigInt(ask(memory));
  };
