/**
 * Running any program once, for looking at models rather than training them. The same inputs give the same bytes
 * on the same machine. Every run lets the event loop turn first, so a long series of runs never blocks its process
 * for longer than one of them.
 */
import type { Program } from '../graph/program.ts';

/** Values by input name: float32 numbers, or whole numbers (ids) for i32 inputs. Names no input has are ignored. */
export type ProgramInputs = ReadonlyMap<string, Float32Array | Int32Array>;

export interface ProgramRunner {
  readonly device: 'cpu' | 'reference';
  /** One line for records: runtime, version, device. */
  readonly description: string;
  /** @throws EspalierError `refused` when the device cannot run the program */
  compile(program: Program): Promise<CompiledProgram>;
}

export interface CompiledProgram {
  /** Matrix-product FLOPs of one run. */
  readonly flops: number;
  /**
   * Outputs by name, row-major.
   * @throws EspalierError `failed` for an input that is missing or has the wrong size
   */
  run(inputs: ProgramInputs): Promise<ReadonlyMap<string, Float32Array | Float64Array>>;
  dispose(): Promise<void>;
}

/** Resolves after the event loop has turned. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
