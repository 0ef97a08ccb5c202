/** One training step by TensorflowProgram: whole, or in parts (model/accumulation-programs.ts) and then the update. */
import { forCandidates } from '../graph/candidate-axis.ts';
import type { Program } from '../graph/program.ts';
import { accumulateProgram, partsOf, updateProgram } from '../model/accumulation-programs.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { stepProgram } from '../model/training-programs.ts';
import { sumOfParts } from './packed-states.ts';
import type { Tensor } from './tensorflow-kernels.ts';
import { TensorflowProgram } from './tensorflow-program.ts';
import type { TensorflowRuntime } from './tensorflow-runtime.ts';

/** Graph inputs by name. */
type Values = Map<string, Tensor>;

export interface TensorflowStep {
  /**
   * Trains on one batch of ids [batchSize · (context + 1)] and replaces what changes in `state`. `scalars` are the
   * caller's. Returns a loss and a norm for each candidate.
   */
  run(
    state: Values,
    batch: Int32Array,
    scalars: ReadonlyMap<string, Tensor>,
  ): { readonly loss: Float32Array; readonly gradientNorm: Float32Array };
  dispose(): void;
}

export function tensorflowStep(
  runtime: TensorflowRuntime,
  spec: TrainingSpec,
  candidates: number,
): TensorflowStep {
  return partsOf(spec) === 1
    ? new WholeStep(runtime, spec, candidates)
    : new StepInParts(runtime, spec, candidates);
}

class WholeStep implements TensorflowStep {
  private readonly runtime: TensorflowRuntime;
  private readonly spec: TrainingSpec;
  private readonly step: Interpreted;

  constructor(runtime: TensorflowRuntime, spec: TrainingSpec, candidates: number) {
    this.runtime = runtime;
    this.spec = spec;
    this.step = interpret(runtime, stepProgram(spec, 'packed'), candidates);
  }

  run(state: Values, batch: Int32Array, scalars: ReadonlyMap<string, Tensor>) {
    const inputs = new Map([...state, ...scalars]);
    const { loss, gradientNorm } = withIds(this.runtime, this.spec, batch, this.spec.batchSize, (ids) =>
      runCarrying(this.step, inputs.set('tokens', ids), state),
    );
    return { loss: taken(loss!), gradientNorm: taken(gradientNorm!) };
  }

  dispose(): void {
    this.step.interpreter.dispose();
  }
}

class StepInParts implements TensorflowStep {
  private readonly runtime: TensorflowRuntime;
  private readonly spec: TrainingSpec;
  private readonly candidates: number;
  private readonly accumulate: Interpreted;
  private readonly update: Interpreted;

  constructor(runtime: TensorflowRuntime, spec: TrainingSpec, candidates: number) {
    this.runtime = runtime;
    this.spec = spec;
    this.candidates = candidates;
    this.accumulate = interpret(runtime, accumulateProgram(spec, 'packed'), candidates);
    this.update = interpret(runtime, updateProgram(spec, 'packed'), candidates);
  }

  run(state: Values, batch: Int32Array, scalars: ReadonlyMap<string, Tensor>) {
    const { runtime, spec, candidates, accumulate, update } = this;
    const { graph, carried } = accumulate.program;
    const sums: Values = new Map(
      carried.map(({ input }) => [input, runtime.tf.zeros([...graph.inputs.get(input)!.shape])]),
    );
    try {
      const parts = partsOf(spec);
      const length = batch.length / parts;
      const shares = new Float32Array(parts * candidates);
      for (let part = 0; part < parts; part++) {
        const ids = batch.subarray(part * length, (part + 1) * length);
        const { loss } = withIds(runtime, spec, ids, spec.batchSize / parts, (tokens) =>
          runCarrying(accumulate, new Map([...state, ...sums, ['tokens', tokens]]), sums),
        );
        shares.set(taken(loss!), part * candidates);
      }
      const { gradientNorm } = runCarrying(update, new Map([...state, ...sums, ...scalars]), state);
      return { loss: sumOfParts(shares, candidates), gradientNorm: taken(gradientNorm!) };
    } finally {
      runtime.tf.dispose([...sums.values()]);
    }
  }

  dispose(): void {
    this.accumulate.interpreter.dispose();
    this.update.interpreter.dispose();
  }
}

interface Interpreted {
  readonly program: Program;
  readonly interpreter: TensorflowProgram;
}

function interpret({ tf }: TensorflowRuntime, single: Program, candidates: number): Interpreted {
  const program = forCandidates(single, candidates);
  return { program, interpreter: new TensorflowProgram(tf, program.graph) };
}

/** Puts what the program carries into `state` in place of what was there; returns the other outputs. */
function runCarrying(
  { program, interpreter }: Interpreted,
  inputs: ReadonlyMap<string, Tensor>,
  state: Values,
): Record<string, Tensor> {
  const outputs = interpreter.run(inputs);
  for (const { input, output } of program.carried) {
    state.get(input)!.dispose();
    state.set(input, outputs[output]!);
    delete outputs[output];
  }
  return outputs;
}

/** What `use` returns for the ids [sequences, context + 1]; they are freed, also when there is no memory to use them. */
export function withIds<Result>(
  { tf }: TensorflowRuntime,
  { architecture }: TrainingSpec,
  ids: Int32Array,
  sequences: number,
  use: (ids: Tensor) => Result,
): Result {
  const tensor = tf.tensor(ids.slice(), [sequences, architecture.context + 1], 'int32');
  try {
    return use(tensor);
  } finally {
    tensor.dispose();
  }
}

/** The values of a tensor that is not needed any more. */
export function taken(tensor: Tensor): Float32Array {
  const values = tensor.dataSync() as Float32Array;
  tensor.dispose();
  return values;
}
