/**
 * Trains with this program's own kernels for the CPU (native/): the gradients are a plan that the kernels run, clipping
 * and AdamW run in WebAssembly over the same memory.
 */
import { accumulateProgram, partsOf } from '../model/accumulation-programs.ts';
import { groupIndexes } from '../model/parameter-groups.ts';
import { gradientName, gradientSumName, nextName } from '../model/program-names.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { evaluationProgram, gradientProgram, scoringProgram } from '../model/training-programs.ts';
import type { TrainingEngine } from './engine.ts';
import { checkKernels } from './native-check.ts';
import { loadNativeLibrary } from './native-library.ts';
import type { NativeProgram } from './native-program.ts';
import { NativePrograms, WIDEST_LANES } from './native-program.ts';
import { turn } from './program-runner.ts';
import { checkPrecision, checkTokens } from './session-checks.ts';
import type { BoundPasses, ModelPasses } from './wasm-training.ts';
import { WasmTrainingModel } from './wasm-training.ts';

export interface NativeOptions {
  /** Threads of one trainer; results do not depend on it. */
  readonly threads: number;
  /** Numbers in one vector at most; the widest of the machine where left out. */
  readonly lanes?: number;
}

/** Kinds of vectors that have been found right in this process. */
const checked = new Set<number>();

/** @throws EspalierError `refused` where the kernels cannot be had, or compute wrongly on this processor */
export async function nativeEngine({
  threads,
  lanes = WIDEST_LANES,
}: NativeOptions): Promise<TrainingEngine> {
  const library = await loadNativeLibrary();
  if (!checked.has(lanes)) checkKernels(library, lanes);
  checked.add(lanes);
  const vectors = library.vectors(lanes);
  return {
    name: 'native',
    device: 'native',
    description: `own kernels (${vectors}), ${threads} thread${threads === 1 ? '' : 's'}, AdamW in WebAssembly`,
    compile: async (spec) => {
      checkPrecision(spec, 'native');
      return new WasmTrainingModel(spec, new NativePasses(spec, new NativePrograms(library, threads, lanes)));
    },
  };
}

class NativePasses implements ModelPasses {
  private readonly spec: TrainingSpec;
  private readonly programs: NativePrograms;
  private readonly gradients: NativeProgram;
  private readonly evaluation: NativeProgram;
  private scoring: NativeProgram | null = null;

  constructor(spec: TrainingSpec, programs: NativePrograms) {
    this.spec = spec;
    this.programs = programs;
    const program = partsOf(spec) === 1 ? gradientProgram(spec) : accumulateProgram(spec, 'separate');
    try {
      this.gradients = programs.compile(program.graph);
      this.evaluation = programs.compile(evaluationProgram(spec).graph);
    } catch (error) {
      programs.dispose();
      throw error;
    }
  }

  bind({ parameters, gradients }: Parameters<ModelPasses['bind']>[0]): BoundPasses {
    const { spec } = this;
    const { architecture, batchSize, evaluationBatchSize } = spec;
    const length = architecture.context + 1;
    const tokens = new Int32Array((batchSize / partsOf(spec)) * length);
    const loss = new Float32Array(1);
    const memory = new Map<string, Float32Array>([['loss', loss], ...parameters]);
    for (const name of groupIndexes(architecture, spec.groups).keys()) {
      const gradient = gradients.get(name)!;
      // The sums of parts are read and written in place: each is the operand of one addition and nothing else.
      for (const own of [gradientName(name), gradientSumName(name), nextName(gradientSumName(name))])
        memory.set(own, gradient);
    }
    const batch = new Int32Array(evaluationBatchSize * length);
    const correct = new Float32Array(evaluationBatchSize * architecture.context);
    const bound = (program: NativeProgram, ids: Int32Array): (() => void) =>
      program.bind((_, name) => (name === 'tokens' ? ids : name === 'correct' ? correct : memory.get(name)!));
    const step = bound(this.gradients, tokens);
    const evaluation = bound(this.evaluation, batch);
    let scoring: (() => void) | null = null;

    /** Runs a program on each batch and collects what it leaves in `result`. */
    const overBatches = async (
      all: Int32Array,
      run: () => void,
      result: Float32Array,
    ): Promise<Float32Array> => {
      const count = checkTokens(spec, all, evaluationBatchSize);
      const results = new Float32Array(count * result.length);
      for (let index = 0; index < count; index++) {
        await turn();
        batch.set(all.subarray(index * batch.length, (index + 1) * batch.length));
        run();
        results.set(result, index * result.length);
      }
      return results;
    };
    return {
      gradients: async (ids) => {
        await turn();
        tokens.set(ids);
        step();
        return loss[0]!;
      },
      evaluate: (all) => overBatches(all, evaluation, loss),
      score: (all) => {
        this.scoring ??= this.programs.compile(scoringProgram(spec).graph);
        scoring ??= bound(this.scoring, batch);
        return overBatches(all, scoring, correct);
      },
    };
  }

  async dispose(): Promise<void> {
    this.programs.dispose();
  }
}
