/**
 * Trains by interpreting the packed training programs with TensorFlow.js (tensorflow-program.ts), of one candidate or
 * of several at once. The state stays in tensors of the backend between steps. Every call of a group is one
 * synchronous stretch: what runs on another backend of the same process cannot come between.
 */
import { forCandidates } from '../graph/candidate-axis.ts';
import type { Program } from '../graph/program.ts';
import type { StepScalars } from '../model/adamw.ts';
import type { ParameterBlock } from '../model/packed-parameters.ts';
import { parameterBlocks } from '../model/packed-parameters.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { evaluationProgram, scoringProgram } from '../model/training-programs.ts';
import type { Shape } from '../tensor/shape.ts';
import type { CandidateGroup, CompiledGroup, StepResults, TrainingEngine, TrainingState } from './engine.ts';
import { ModelOfOne } from './group-of-one.ts';
import type { FrozenMoments } from './packed-states.ts';
import { byCandidate, packStates, scalarColumns, stateShapes, unpackStates } from './packed-states.ts';
import { checkPrecision, checkScalars, checkTokens, disposedError } from './session-checks.ts';
import type { Tensor } from './tensorflow-kernels.ts';
import { TensorflowProgram } from './tensorflow-program.ts';
import type { TensorflowDevice, TensorflowRuntime } from './tensorflow-runtime.ts';
import { loadTensorflow } from './tensorflow-runtime.ts';
import type { TensorflowStep } from './tensorflow-steps.ts';
import { taken, tensorflowStep, withIds } from './tensorflow-steps.ts';

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
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly step: TensorflowStep;
  readonly evaluation: TensorflowProgram;
  readonly scoring: TensorflowProgram;

  constructor(runtime: TensorflowRuntime, spec: TrainingSpec, count: number) {
    const interpreter = (program: Program): TensorflowProgram =>
      new TensorflowProgram(runtime.tf, forCandidates(program, count).graph);
    this.runtime = runtime;
    this.spec = spec;
    this.count = count;
    this.blocks = parameterBlocks(spec.architecture, spec.groups);
    this.shapes = stateShapes(this.blocks, count);
    runtime.use();
    this.step = tensorflowStep(runtime, spec, count);
    this.evaluation = interpreter(evaluationProgram(spec, 'packed'));
    this.scoring = interpreter(scoringProgram(spec, 'packed'));
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
    const { spec, runtime, step } = this.model;
    const steps = checkScalars(spec, scalars);
    checkTokens(spec, tokens, spec.batchSize, steps);
    const columns = scalarColumns(spec, scalars);
    const length = tokens.length / steps;
    const losses = new Float32Array(steps * this.count);
    const gradientNorms = new Float32Array(steps * this.count);
    for (let index = 0; index < steps; index++) {
      const own = new Map(
        columns.map(({ name, values }) => [name, runtime.tf.scalar(values[index]!, 'float32')]),
      );
      try {
        const result = step.run(state, tokens.subarray(index * length, (index + 1) * length), own);
        losses.set(result.loss, index * this.count);
        gradientNorms.set(result.gradientNorm, index * this.count);
      } finally {
        runtime.tf.dispose([...own.values()]);
      }
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
    const { runtime, spec, blocks, count, shapes } = this.model;
    const { inputs, frozen } = packStates(spec, blocks, count, states);
    this.release();
    this.frozen = frozen;
    this.state = new Map(
      [...inputs].map(([name, values]) => [
        name,
        runtime.tf.tensor(values, [...shapes.get(name)!], 'float32'),
      ]),
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
    const length = tokens.length / batches;
    for (let index = 0; index < batches; index++) {
      const batch = tokens.subarray(index * length, (index + 1) * length);
      const outputs = withIds(runtime, spec, batch, spec.evaluationBatchSize, (ids) =>
        program.run(new Map([...state, ['tokens', ids]])),
      );
      values.set(taken(outputs[name]!), index * count * width);
    }
    return byCandidate(values, count, width);
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
