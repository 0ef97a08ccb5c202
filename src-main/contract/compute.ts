/** Where training runs. */
export const COMPUTE_DEVICES = [
  'cpu',
  'webgpu',
  'cuda',
  'reference',
  'tfjs-wasm',
  'tfjs-cpu',
  'tfjs-node',
  'tfjs-gpu',
] as const;
export type ComputeDevice = (typeof COMPUTE_DEVICES)[number];

/** Devices with memory of their own, which one trainer has alone. */
export const GPU_DEVICES: ReadonlySet<ComputeDevice> = new Set(['webgpu', 'cuda', 'tfjs-gpu']);

/**
 * Candidates of equal shape in one graph where the study file does not say: a small model leaves a GPU idle. Null
 * where the engine trains one at a time, whatever the study file says.
 */
export const CANDIDATES_PER_GRAPH: Readonly<Record<ComputeDevice, number | null>> = {
  cpu: 1,
  webgpu: 16,
  cuda: 16,
  reference: null,
  'tfjs-wasm': 1,
  'tfjs-cpu': 1,
  'tfjs-node': 1,
  'tfjs-gpu': 16,
};

/** Parameters of all candidates in one graph together: above, one model alone keeps a GPU busy. */
export const PARAMETERS_PER_GRAPH = 64_000_000;

/** What matrix products of training are computed in: their operands and results; sums are float32 at least. */
export const PRODUCT_PRECISIONS = ['float32', 'float16', 'bfloat16'] as const;
export type ProductPrecision = (typeof PRODUCT_PRECISIONS)[number];

/** The precisions besides float32 that a device multiplies in. */
export const HALF_PRECISIONS: Readonly<Partial<Record<ComputeDevice, readonly ProductPrecision[]>>> = {
  cuda: ['float16', 'bfloat16'],
  webgpu: ['float16'],
  reference: ['float16', 'bfloat16'],
};

export interface ComputeSettings {
  readonly device: ComputeDevice;
  /** Threads of one trainer on the CPU; results do not depend on it. */
  readonly threads: number;
  /** float32 where left out. */
  readonly precision?: ProductPrecision | undefined;
  /** Parts in which a training batch passes through the model; left out: 1. */
  readonly accumulationSteps?: number | undefined;
  /** Whether activations are computed again in the backward pass; left out: kept. */
  readonly recompute?: boolean | undefined;
}

/** What of them can change a number, for identities: old ones know no precision. */
export const numericSettings = ({
  device,
  precision = 'float32',
}: Pick<ComputeSettings, 'device' | 'precision'>): Pick<ComputeSettings, 'device' | 'precision'> =>
  precision === 'float32' ? { device } : { device, precision };
