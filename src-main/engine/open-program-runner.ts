/** Picks the program runner for a device. The runtime is loaded only when it is asked for. */
import type { ProgramRunner } from './program-runner.ts';

export async function openProgramRunner(options: {
  readonly device: ProgramRunner['device'];
  /** Threads of one operator on the CPU. */
  readonly threads: number;
}): Promise<ProgramRunner> {
  if (options.device === 'reference')
    return (await import('./reference-program-runner.ts')).referenceProgramRunner;
  return (await import('./onnxruntime-program-runner.ts')).onnxRuntimeProgramRunner(options.threads);
}
