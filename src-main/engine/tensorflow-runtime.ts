/**
 * The only place that loads TensorFlow.js: its own backends in WebAssembly and plain JavaScript, which are always
 * there, and the two packages around TensorFlow's native library, which a user installs. A package that is missing,
 * or one without its native part or without a GPU, is an error, never a silent fallback to another backend.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { Tensorflow } from './tensorflow-kernels.ts';

export type TensorflowDevice = 'tfjs-wasm' | 'tfjs-cpu' | 'tfjs-node' | 'tfjs-gpu';

export interface TensorflowRuntime {
  readonly tf: Tensorflow;
  /** For records: version, backend, threads. */
  readonly description: string;
  /** Makes this backend the one that runs what follows, up to the next await: the library has one for all. */
  use(): void;
}

// Not named require: the bundler puts a function of that name into its files.
const requirePackage = createRequire(import.meta.url);

/** @throws EspalierError `refused` that says what is missing and what to install */
export function loadTensorflow(device: TensorflowDevice, threads: number): Promise<TensorflowRuntime> {
  // One after the other: a backend that starts while another does takes the other's place.
  const load = loading.then(() => loadBackend(device, threads));
  loading = load.catch(() => {});
  return load;
}

let loading: Promise<unknown> = Promise.resolve();

async function loadBackend(device: TensorflowDevice, threads: number): Promise<TensorflowRuntime> {
  restoreRemovedUtilities();
  if (device === 'tfjs-wasm') return loadWasm();
  if (device === 'tfjs-cpu') return loadJavaScript();
  return loadNative(device, threads);
}

/**
 * Functions of `node:util` that Node.js 23 removed and TensorFlow.js 4.22 still calls (tensorflow/tfjs issue 8609).
 * What is there already stays.
 */
export function restoreRemovedUtilities(target: object = util): void {
  const removed = {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  };
  for (const [name, value] of Object.entries(removed))
    if (!(name in target))
      Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}

async function loadWasm(): Promise<TensorflowRuntime> {
  const tf = await import('@tensorflow/tfjs-core');
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(requirePackage.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  wasm.setWasmPaths(`${join(folder, 'dist')}/`);
  const runtime = await start(tf, 'wasm');
  guardMemory((tf.findBackend('wasm') as unknown as WasmBackend).wasm);
  const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return {
    ...runtime,
    description: `TensorFlow.js ${tf.version_core}, wasm backend, ${hasSimd ? 'SIMD, ' : ''}1 thread`,
  };
}

/** What the wasm backend shows of its module. */
interface WasmBackend {
  readonly wasm: { _malloc(bytes: number): number };
}

const guarded = new WeakSet<WasmBackend['wasm']>();

/** Of the 4 GiB that a WebAssembly memory can have; the rest is for what the module allocates by itself. */
const WASM_BYTES = 3.5 * 2 ** 30;

/** Makes a full memory an error: the backend would take address 0, which says so, for a place to write to. */
function guardMemory(wasm: WasmBackend['wasm']): void {
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  let allocate = wasm._malloc;
  const guardedAllocate = (bytes: number): number => {
    const address = allocate(bytes) >>> 0;
    if (address !== 0 && address + bytes <= WASM_BYTES) return address;
    throw new EspalierError(
      'refused',
      'Device tfjs-wasm has no memory left: the training needs more than the 3.5 GiB that WebAssembly can give',
      { hint: 'Use device cpu, or lower model.width, model.context, target.layers or recipe.batchSize.' },
    );
  };
  // The module puts the function itself in place of a first one that it starts with.
  Object.defineProperty(wasm, '_malloc', {
    get: () => guardedAllocate,
    set: (next: typeof allocate) => {
      allocate = next;
    },
  });
}

async function loadJavaScript(): Promise<TensorflowRuntime> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  const runtime = await start(tf, 'cpu');
  return { ...runtime, description: `TensorFlow.js ${tf.version_core}, JavaScript backend, 1 thread` };
}

const PACKAGES = { 'tfjs-node': '@tensorflow/tfjs-node', 'tfjs-gpu': '@tensorflow/tfjs-node-gpu' } as const;

async function loadNative(device: keyof typeof PACKAGES, threads: number): Promise<TensorflowRuntime> {
  setNativeDefaults(threads);
  const name = PACKAGES[device];
  let tf: Tensorflow;
  try {
    tf = requirePackage(name) as Tensorflow;
  } catch (error) {
    throw new EspalierError('refused', `Device ${device} is not available: ${loadProblem(name, error)}`, {
      hint: `Install ${name} with its native part (docs/tensorflow.md), or use --device cpu, which is always there.`,
      cause: error,
    });
  }
  const runtime = await start(tf, 'tensorflow');
  const { binding } = tf.findBackend('tensorflow') as unknown as NativeBackend;
  if (device === 'tfjs-gpu' && !binding.isUsingGpuDevice())
    throw new EspalierError(
      'refused',
      `Device tfjs-gpu is not available: ${name} loads, but its TensorFlow ${binding.TF_Version} finds no GPU that it can use`,
      { hint: 'It needs an NVIDIA driver and the CUDA and cuDNN libraries that docs/tensorflow.md names.' },
    );
  const where = device === 'tfjs-gpu' ? 'GPU' : `CPU, ${threads} thread${threads === 1 ? '' : 's'}`;
  return {
    ...runtime,
    description: `TensorFlow.js ${tf.version_core}, TensorFlow ${binding.TF_Version}, ${where}`,
  };
}

/** What the backend of both native packages shows of the library. */
interface NativeBackend {
  readonly binding: { readonly TF_Version: string; isUsingGpuDevice(): boolean };
}

/** What the library reads from the environment when it loads. What a user has set stays, but for correctness. */
function setNativeDefaults(threads: number): void {
  const { env } = process;
  env.TF_DETERMINISTIC_OPS = '1';
  env.NVIDIA_TF32_OVERRIDE = '0'; // float32 means float32 here, on every device
  env.TF_NUM_INTRAOP_THREADS = `${threads}`;
  env.TF_NUM_INTEROP_THREADS = '1';
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  env.TF_CPP_MIN_LOG_LEVEL ??= '1'; // its greeting
}

/** Why a native package cannot be loaded: it is not there, its native part is not, or a library of that is not. */
function loadProblem(name: string, error: unknown): string {
  const message = messageOf(error).split('\n')[0]!.trim();
  if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND' && message.includes(`'${name}'`))
    return `the package ${name} is not installed`;
  if (message.includes('native addon module')) return `${name} is installed without its native part`;
  return `${name} cannot be loaded: ${message}`;
}

async function start(tf: Tensorflow, backend: string): Promise<Omit<TensorflowRuntime, 'description'>> {
  tf.enableProdMode(); // else the JavaScript backend advertises another package on standard error
  if (!(await tf.setBackend(backend)))
    throw new EspalierError('failed', `TensorFlow.js could not start its ${backend} backend`);
  return {
    tf,
    use: () => {
      if (tf.getBackend() !== backend) void tf.setBackend(backend); // at once for a backend that was started
    },
  };
}
