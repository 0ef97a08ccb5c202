/**
 * Trains by interpreting the packed training programs with TensorFlow.js (tensorflow-program.ts), of one candidate or
 * of several at once. The state stays in tensors of the backend between steps. Every call of a group is one
 * synchronous stretch: what runs on another backend of the same process cannot come between.
 */
import { withCandidateAxis } from '../graph/candidate-axis.ts';
import type { Program } from '../graph/program.ts';
import type { StepScalars } from '../model/adamw.ts';
import type { ParameterBlock } from '../model/packed-parameters.ts';
import { parameterBlocks } from '../model/packed-parameters.ts';
import { packedStepProgram } from '../model/packed-step-program.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { evaluationProgram, scoringProgram } from '../model/training-programs.ts';
import type { CandidateGroup, CompiledGroup, StepResults, TrainingEngine, TrainingState } from './engine.ts';
import { ModelOfOne } from './group-of-one.ts';
import type { FrozenMoments } from './packed-states.ts';
import { byCandidate, packStates, scalarColumns, unpackStates } from './packed-states.ts';
import { checkPrecision, checkScalars, checkTokens, disposedError } from './session-checks.ts';
import type { Tensor } from './tensorflow-kernels.ts';
import { TensorflowProgram } from './tensorflow-program.ts';
import type { TensorflowDevice, TensorflowRuntime } from './tensorflow-runtime.ts';
import { loadTensorflow } from './tensorflow-runtime.ts';

export interface TensorflowOptions {
  readonly device: TensorflowDevice;
  /** Threads of one operator on device tfjs-node; the other backends of the CPU have one thread. */
  readonly threads: number;
}

/**
 * Loads TensorFlow.js.
 * @throws EspalierError `refused` when the device's package, or what that needs, is not there
 */
export async function tensorflowEngine({ device, threads }: TensorflowOptions): Promise<TrainingEngine> {
  const runtime = await loadTensorflow(device, threads);
  const compileGroup = async (spec: TrainingSpec, count: number): Promise<CompiledGroup> => {
    checkPrecision(spec, device);
    return new TensorflowModel(runtime, spec, count);
  };
  return {
    name: 'tensorflow',
    device,
    description: runtime.description,
    describeGroup: (count) => `${runtime.description}, ${count} candidates in one graph`,
    compile: async (spec) => new ModelOfOne(await compileGroup(spec, 1)),
    compileGroup,
  };
}

class TensorflowModel implements CompiledGroup {
  readonly runtime: TensorflowRuntime;
  readonly spec: TrainingSpec;
  readonly count: number;
  readonly blocks: readonly ParameterBlock[];
  readonly program: Program;
  readonly step: TensorflowProgram;
  readonly evaluation: TensorflowProgram;
  readonly scoring: TensorflowProgram;

  constructor(runtime: TensorflowRuntime, spec: TrainingSpec, count: number) {
    const forAll = (program: Program): Program => (count === 1 ? program : withCandidateAxis(program, count));
    const interpreter = ({ graph }: Program): TensorflowProgram => new TensorflowProgram(runtime.tf, graph);
    this.runtime = runtime;
    this.spec = spec;
    this.count = count;
    this.blocks = parameterBlocks(spec.architecture, spec.groups);
    this.program = forAll(packedStepProgram(spec));
    runtime.use();
    this.step = interpreter(this.program);
    this.evaluation = interpreter(forAll(evaluationProgram(spec, 'packed')));
    this.scoring = interpreter(forAll(scoringProgram(spec, 'packed')));
  }

  async open(states: readonly TrainingState[]): Promise<CandidateGroup> {
    const group = new TensorflowGroup(this);
    await group.write(states);
    return group;
  }

  async dispose(): Promise<void> {
    this.runtime.use();
    for (const program of [this.step, this.evaluation, this.scoring]) program.dispose();
  }
}

class TensorflowGroup implements CandidateGroup {
  private readonly model: TensorflowModel;
  /** Blocks and their moments by graph input name, [candidates, ...]. */
  private state: Map<string, Tensor> | null = null;
  private frozen: readonly FrozenMoments[] = [];
  private disposed = false;

  constructor(model: TensorflowModel) {
    this.model = model;
  }

  get count(): number {
    return this.model.count;
  }

  async train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults[]> {
    const state = this.open();
    const { spec, runtime, step, program } = this.model;
    const steps = checkScalars(spec, scalars);
    checkTokens(spec, tokens, spec.batchSize, steps);
    const columns = scalarColumns(spec, scalars);
    const losses = new Float32Array(steps * this.count);
    const gradientNorms = new Float32Array(steps * this.count);
    for (const [index, ids] of this.batches(tokens, spec.batchSize, steps)) {
      const feeds = new Map([['tokens', ids]]);
      for (const { name, values } of columns) feeds.set(name, runtime.tf.scalar(values[index]!, 'float32'));
      const { loss, gradientNorm, ...outputs } = this.run(step, state, feeds);
      for (const { input, output } of program.carried) {
        state.get(input)!.dispose();
        state.set(input, outputs[output]!);
      }
      losses.set(loss!.dataSync(), index * this.count);
      gradientNorms.set(gradientNorm!.dataSync(), index * this.count);
      runtime.tf.dispose([loss!, gradientNorm!]);
    }
    const norms = byCandidate(gradientNorms, this.count);
    return byCandidate(losses, this.count).map((own, index) => ({
      losses: own,
      gradientNorms: norms[index]!,
    }));
  }

  async evaluate(tokens: Int32Array): Promise<Float32Array[]> {
    return this.measure(this.model.evaluation, 'loss', tokens, 1);
  }

  async score(tokens: Int32Array): Promise<Float32Array[]> {
    const { evaluationBatchSize, architecture } = this.model.spec;
    return this.measure(this.model.scoring, 'correct', tokens, evaluationBatchSize * architecture.context);
  }

  async read(): Promise<TrainingState[]> {
    const state = this.open();
    const { spec, blocks } = this.model;
    const inputs = new Map([...state].map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]));
    return unpackStates(spec, blocks, { inputs, frozen: this.frozen });
  }

  async write(states: readonly TrainingState[]): Promise<void> {
    if (this.disposed) throw disposedError();
    const { runtime, spec, blocks, count, program } = this.model;
    const { inputs, frozen } = packStates(spec, blocks, count, states);
    this.release();
    this.frozen = frozen;
    this.state = new Map(
      [...inputs].map(([name, values]) => {
        const { shape } = program.graph.inputs.get(name)!;
        return [name, runtime.tf.tensor(values, [...shape], 'float32')];
      }),
    );
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.release();
    this.state = null;
  }

  /** One output of a program over all batches, `width` values a batch and candidate. */
  private measure(
    program: TensorflowProgram,
    name: string,
    tokens: Int32Array,
    width: number,
  ): Float32Array[] {
    const state = this.open();
    const { spec, runtime, count } = this.model;
    const batches = checkTokens(spec, tokens, spec.evaluationBatchSize);
    const values = new Float32Array(batches * count * width);
    for (const [index, ids] of this.batches(tokens, spec.evaluationBatchSize, batches)) {
      const output = this.run(program, state, new Map([['tokens', ids]]))[name]!;
      values.set(output.dataSync(), index * count * width);
      runtime.tf.dispose(output);
    }
    return byCandidate(values, count, width);
  }

  /** Outputs of a program; `feeds` are freed, also when there is no memory to run it. */
  private run(
    program: TensorflowProgram,
    state: ReadonlyMap<string, Tensor>,
    feeds: ReadonlyMap<string, Tensor>,
  ): Record<string, Tensor> {
    try {
      return program.run(new Map([...state, ...feeds]));
    } finally {
      this.model.runtime.tf.dispose([...feeds.values()]);
    }
  }

  /** Index and ids of each batch, made when it is asked for. */
  private *batches(tokens: Int32Array, batchSize: number, count: number): Generator<[number, Tensor]> {
    const { runtime, spec } = this.model;
    const length = tokens.length / count;
    const shape = [batchSize, spec.architecture.context + 1];
    for (let index = 0; index < count; index++)
      yield [index, runtime.tf.tensor(tokens.slice(index * length, (index + 1) * length), shape, 'int32')];
  }

  private release(): void {
    this.model.runtime.use();
    this.model.runtime.tf.dispose([...(this.state?.values() ?? [])]);
  }

  /** The state, with this group's backend in use. */
  private open(): Map<string, Tensor> {
    if (!this.state) throw disposedError();
    this.model.runtime.use();
    return this.state;
  }
}
