/** Programs on the library of kernels: a team of threads, and for each program a plan and the memory of its values. */
import { EspalierError } from '../contract/errors.ts';
import type { Graph } from '../graph/ir.ts';
import type { Plan } from '../native/plan.ts';
import { planOf } from '../native/plan.ts';
import type { NativeLibrary, NativePointer } from './native-library.ts';
import { disposedError } from './session-checks.ts';

/** The widest vectors that the kernels know; narrower ones are taken where the processor has no such. */
export const WIDEST_LANES = 16;

/** Addresses in a plan are 32 bits wide. */
const MOST_WORDS = 2 ** 31 - 1;

/** Where inputs are read and outputs written; what is not named is not used by the program. */
export type Bindings = (kind: 'input' | 'output', name: string) => Float32Array | Int32Array;

/** @param lanes Numbers in one vector at most; for tests of narrower kernels than the machine's */
export class NativePrograms {
  private readonly library: NativeLibrary;
  private readonly threads: number;
  private readonly lanes: number;
  private readonly programs = new Set<NativeProgram>();
  private isDisposed = false;

  constructor(library: NativeLibrary, threads: number, lanes: number = WIDEST_LANES) {
    this.library = library;
    this.threads = threads;
    this.lanes = lanes;
  }

  /**
   * @throws EspalierError `refused` when the machine has not enough memory for its values, or starts no thread, `failed`
   * after `dispose`
   */
  compile(graph: Graph): NativeProgram {
    if (this.isDisposed) throw disposedError();
    const plan = planOf(graph);
    const fits = plan.arenaWords <= MOST_WORDS;
    const team = fits ? this.library.open(this.threads, plan.registerWords, this.lanes) : null;
    const arena = team && this.library.reserve(Math.max(1, plan.arenaWords));
    if (!team || !arena) {
      if (team) this.library.close(team);
      const mebibytes = Math.ceil(plan.arenaWords / 2 ** 18);
      throw new EspalierError(
        'refused',
        `The values of this model take ${mebibytes} MiB on device native, with ${this.threads} threads; the machine does not give them, or they are more than 8 GiB`,
        { hint: 'Train with a smaller batch, in parts (compute: accumulationSteps), or a smaller model.' },
      );
    }
    const program = new NativeProgram(this.library, plan, team, arena, () => this.programs.delete(program));
    this.programs.add(program);
    return program;
  }

  dispose(): void {
    this.isDisposed = true;
    for (const program of this.programs) program.dispose();
  }
}

export class NativeProgram {
  readonly plan: Plan;
  private readonly library: NativeLibrary;
  private readonly team: NativePointer;
  private readonly arena: NativePointer;
  private readonly forget: () => void;
  private isDisposed = false;

  constructor(
    library: NativeLibrary,
    plan: Plan,
    team: NativePointer,
    arena: NativePointer,
    forget: () => void,
  ) {
    this.library = library;
    this.plan = plan;
    this.team = team;
    this.arena = arena;
    this.forget = forget;
  }

  /** What one call of the result runs on. The arrays must stay where they are. */
  bind(bindings: Bindings): () => void {
    const { library, plan, team, arena } = this;
    const arrays = [
      plan.constants,
      ...plan.inputs.map((name) => bindings('input', name)),
      ...plan.outputs.map((name) => bindings('output', name)),
    ];
    const addresses = BigUint64Array.from([arena, ...arrays].map((memory) => library.address(memory)));
    const held = { arrays }; // addresses keep nothing alive
    return () => {
      if (this.isDisposed) throw disposedError();
      library.run(team, plan.words, addresses);
      void held.arrays;
    };
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.library.close(this.team);
    this.library.release(this.arena, Math.max(1, this.plan.arenaWords));
    this.forget();
  }
}
