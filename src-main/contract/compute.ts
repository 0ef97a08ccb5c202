/** Where training runs. */
export const COMPUTE_DEVICES = [
  'cpu',
  'native',
  'webgpu',
  'cuda',
  'reference',
  'tfjs-wasm',
  'tfjs-cpu',
  'tfjs-node',
  'tfjs-gpu',
] as const;
export type ComputeDevice = (typeof COMPUTE_DEVICES)[number];

/** The device that trains the study fastest, which is measured when the study starts. */
export const AUTO_DEVICE = 'auto';
export const DEVICE_CHOICES = [AUTO_DEVICE, ...COMPUTE_DEVICES] as const;

/** What a study file says: one device, `auto`, or a list such as `cuda:0`, `cuda:1`, `cpu`. */
export type DeviceChoice = (typeof DEVICE_CHOICES)[number] | readonly string[];

/** Where a trainer trains: a kind of device, and which GPU where there are several (left out: the first). */
export interface DevicePlace {
  readonly device: ComputeDevice;
  readonly gpu?: number;
}

/** `cpu`, or `cuda:1` for the second GPU; null for anything else. */
export function placeOf(text: string): DevicePlace | null {
  const gpu = /^cuda:(\d{1,2})$/.exec(text)?.[1];
  if (gpu !== undefined) return { device: 'cuda', gpu: Number(gpu) };
  const device = COMPUTE_DEVICES.find((known) => known === text);
  return device === undefined ? null : { device };
}

/** The places of a choice that is no measurement. */
export function placesOf(choice: Exclude<DeviceChoice, typeof AUTO_DEVICE>): DevicePlace[] {
  return [choice].flat().flatMap((text) => placeOf(text) ?? []);
}

/**
 * What of a choice can change results: the kinds of devices. How many GPUs of one kind there are, and in which order
 * devices are named, does not count.
 */
export function deviceIdentity(choice: DeviceChoice): string | string[] {
  if (choice === AUTO_DEVICE) return choice;
  const kinds = [...new Set(placesOf(choice).map(({ device }) => device))].sort();
  return kinds.length === 1 ? kinds[0]! : kinds;
}

/** `cpu`, `auto`, `cuda:0, cuda:1`. */
export const choiceInWords = (choice: DeviceChoice): string => [choice].flat().join(', ');

/** Devices with memory of their own, which one trainer has alone. */
export const GPU_DEVICES: ReadonlySet<ComputeDevice> = new Set(['webgpu', 'cuda', 'tfjs-gpu']);

/**
 * Candidates of equal shape in one graph where the study file does not say: a small model leaves a GPU idle. Null
 * where the engine trains one at a time, whatever the study file says.
 */
export const CANDIDATES_PER_GRAPH: Readonly<Record<ComputeDevice, number | null>> = {
  cpu: 1,
  native: null,
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

const HALF_PRECISIONS: Readonly<Partial<Record<ComputeDevice, readonly ProductPrecision[]>>> = {
  cuda: ['float16', 'bfloat16'],
  webgpu: ['float16'],
  reference: ['float16', 'bfloat16'],
};

/** The precisions that a device multiplies in, float32 first. */
export const precisionsOf = (device: ComputeDevice): readonly ProductPrecision[] => [
  'float32',
  ...(HALF_PRECISIONS[device] ?? []),
];

export interface ComputeSettings {
  readonly device: ComputeDevice;
  /** Threads of one trainer on the CPU; results do not depend on it. */
  readonly threads: number;
  /** float32 where left out. */
  readonly precision?: ProductPrecision | undefined;
  /** Which GPU, where several train beside each other. */
  readonly gpu?: number;
  /** Parts in which a training batch passes through the model; left out: 1. */
  readonly accumulationSteps?: number | undefined;
  /** Whether activations are computed again in the backward pass; left out: kept. */
  readonly recompute?: boolean | undefined;
}

/** What of them can change a number, for identities: old ones know no precision. */
export const numericSettings = <Device>({
  device,
  precision = 'float32',
}: NumericSettings<Device>): NumericSettings<Device> =>
  precision === 'float32' ? { device } : { device, precision };

interface NumericSettings<Device> {
  readonly device: Device;
  readonly precision?: ProductPrecision | undefined;
}
