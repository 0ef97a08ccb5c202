/** Where training runs. */
export const COMPUTE_DEVICES = ['cpu', 'webgpu', 'cuda', 'reference'] as const;
export type ComputeDevice = (typeof COMPUTE_DEVICES)[number];

/** Candidates of equal shape in one graph where the study file does not say: a small model leaves a GPU idle. */
export const CANDIDATES_PER_GRAPH: Readonly<Record<ComputeDevice, number>> = {
  cpu: 1,
  webgpu: 16,
  cuda: 16,
  reference: 1,
};

/** Parameters of all candidates in one graph together: above, one model alone keeps a GPU busy. */
export const PARAMETERS_PER_GRAPH = 64_000_000;

export interface ComputeSettings {
  readonly device: ComputeDevice;
  /** Threads of one trainer on the CPU; results do not depend on it. */
  readonly threads: number;
}
