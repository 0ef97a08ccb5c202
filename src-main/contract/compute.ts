/** Where training runs. */
export const COMPUTE_DEVICES = ['cpu', 'webgpu', 'cuda', 'reference'] as const;
export type ComputeDevice = (typeof COMPUTE_DEVICES)[number];

export interface ComputeSettings {
  readonly device: ComputeDevice;
  /** Threads of one trainer on the CPU; results do not depend on it. */
  readonly threads: number;
}
