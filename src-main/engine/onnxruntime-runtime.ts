/**
 * The only place that touches onnxruntime-node: creates sessions on a device and says plainly why one cannot
 * be had. A device that is not there is an error, never a silent fallback to another.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import * as runtime from 'onnxruntime-node';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { Shape } from '../tensor/shape.ts';
import { cudaObstacle } from './onnxruntime-cuda.ts';

// Its first session would write an identity of this machine to disk and report its use to its maker. Read then, not before.
process.env.ORT_DISABLE_TELEMETRY = '1';

export type RuntimeSession = InferenceSession;
export type RuntimeTensor = Tensor;
export type RuntimeDevice = 'cpu' | 'webgpu' | 'cuda';

export const runtimeVersion: string = runtime.env.versions.node ?? runtime.env.versions.common;

export interface BundledBackend {
  readonly name: string;
  readonly bundled: boolean;
}

/** Execution providers this build of the package knows, and whether their binaries are inside it. */
export function listBackends(): BundledBackend[] {
  return runtime.listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }));
}

export const floatTensor = (values: Float32Array, shape: Shape): Tensor =>
  new runtime.Tensor('float32', values, [...shape]);
export const int32Tensor = (values: Int32Array, shape: Shape): Tensor =>
  new runtime.Tensor('int32', values, [...shape]);
export const int64Scalar = (value: number): Tensor =>
  new runtime.Tensor('int64', BigInt64Array.of(BigInt(value)), []);

/** Whether the values are on the device and not in memory here. */
export const isOnDevice = (tensor: Tensor): boolean => tensor.location === 'gpu-buffer';

/**
 * Compiles an ONNX model for a device. `threads` is the number of threads of one operator (CPU only). Outputs named in
 * `kept` stay on the device (WebGPU only) and can be fed to any session of it; whoever gets them disposes of them.
 */
export async function createSession(
  model: Uint8Array,
  device: RuntimeDevice,
  threads: number,
  kept: readonly string[] = [],
): Promise<InferenceSession> {
  // cuBLAS would multiply with 10 bits of mantissa where it can: float32 means float32 here, on every device.
  if (device === 'cuda') process.env.NVIDIA_TF32_OVERRIDE = '0';
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // The emitter writes the fused forms itself; the optimizer would undo layout choices (docs/decisions.md).
    graphOptimizationLevel: device === 'webgpu' ? 'all' : 'disabled',
    enableCpuMemArena: true,
    enableMemPattern: true,
    logSeverityLevel: 3,
    ...(kept.length > 0 && {
      preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, 'gpu-buffer' as const])),
    }),
    // Masked attention and idle moments leave denormals behind, which are slow on many processors.
    extra: { session: { set_denormal_as_zero: '1' } },
  };
  try {
    return await runtime.InferenceSession.create(model, options);
  } catch (error) {
    throw new EspalierError('refused', unavailableDevice(device, messageOf(error)), {
      hint: 'Use --device cpu, which is always there, or run `espalier engines` to see what each device needs.',
      cause: error,
    });
  }
}

function unavailableDevice(device: RuntimeDevice, reason: string): string {
  const first = reason.split('\n')[0]!;
  const known = listBackends().find((backend) => backend.name === device);
  const obstacle = device === 'cuda' ? cudaObstacle() : null;
  if (obstacle !== null) return `Device cuda is not available: ${obstacle}`;
  if (device === 'webgpu' && !known)
    return `Device webgpu is not available: onnxruntime-node ${runtimeVersion} on ${process.platform}-${process.arch} comes without it (${first})`;
  if (device === 'webgpu')
    return `Device webgpu is not available: looked for a Vulkan, Direct3D 12 or Metal adapter and found none (${first})`;
  return `Device ${device} could not start this model (${first})`;
}

/** A copy of a float32 output. */
export function floatResult(outputs: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const tensor = outputs[name];
  if (!tensor) throw new EspalierError('failed', `the runtime returned no output named ${name}`);
  return (tensor.data as Float32Array).slice();
}
