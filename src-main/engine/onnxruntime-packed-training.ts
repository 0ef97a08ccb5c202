/**
 * Training with the optimizer inside the graph, over packed parameters (model/packed-parameters.ts), of one candidate
 * or of several at once (graph/candidate-axis.ts). Two ways to keep the state out of JavaScript:
 *
 *     loop      K whole steps run inside one ONNX `Loop` a call; the state crosses once a call. CUDA, and the CPU's
 *               second opinion.
 *     resident  one step a call, whose results stay on the device and are the next call's inputs. WebGPU, where a
 *               Loop runs on the CPU and carries the state there and back at each step.
 */
import { withCandidateAxis } from '../graph/candidate-axis.ts';
import type { Program } from '../graph/program.ts';
import type { StepScalars } from '../model/adamw.ts';
import type { ParameterBlock } from '../model/packed-parameters.ts';
import { parameterBlocks } from '../model/packed-parameters.ts';
import { packedStepProgram } from '../model/packed-step-program.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { evaluationProgram, nextName, scoringProgram } from '../model/training-programs.ts';
import { copyProgram } from '../onnx/copy-program.ts';
import { emitLoop, emitSingle, ITERATIONS } from '../onnx/emit-program.ts';
import type { Flavor } from '../onnx/emitter.ts';
import type { CandidateGroup, CompiledGroup, StepResults, TrainingState } from './engine.ts';
import { EvaluationSessions } from './onnxruntime-evaluation.ts';
import type { RuntimeDevice, RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import {
  createSession,
  floatResult,
  floatTensor,
  int32Tensor,
  int64Scalar,
  isOnDevice,
} from './onnxruntime-runtime.ts';
import type { FrozenMoments } from './packed-states.ts';
import { byCandidate, packStates, scalarColumns, unpackStates } from './packed-states.ts';
import { checkScalars, checkTokens, disposedError } from './session-checks.ts';

export interface PackedOptions {
  readonly device: RuntimeDevice;
  readonly threads: number;
  readonly flavor: Flavor;
  /** Candidates trained together. */
  readonly count: number;
}

/** Everything that depends on the architecture and the number of candidates alone. */
export class PackedModel implements CompiledGroup {
  readonly spec: TrainingSpec;
  readonly count: number;
  readonly blocks: readonly ParameterBlock[];
  readonly program: Program;
  readonly step: RuntimeSession;
  readonly evaluation: EvaluationSessions;
  readonly isResident: boolean;
  private readonly compileCopy: () => Promise<RuntimeSession>;
  private copy: Promise<RuntimeSession> | null = null;

  private constructor(
    spec: TrainingSpec,
    { device, threads, flavor, count }: PackedOptions,
    program: Program,
    step: RuntimeSession,
    evaluation: EvaluationSessions,
  ) {
    this.spec = spec;
    this.count = count;
    this.blocks = parameterBlocks(spec.architecture, spec.groups);
    this.program = program;
    this.step = step;
    this.evaluation = evaluation;
    this.isResident = device === 'webgpu';
    this.compileCopy = () => createSession(emitSingle(copyProgram(program), flavor), device, threads);
  }

  static async compile(spec: TrainingSpec, options: PackedOptions): Promise<PackedModel> {
    const { device, threads, flavor, count } = options;
    const forAll = (program: Program): Program => (count === 1 ? program : withCandidateAxis(program, count));
    const program = forAll(packedStepProgram(spec));
    const kept = program.carried.map(({ output }) => output);
    const step =
      device === 'webgpu'
        ? await createSession(emitSingle(program, flavor), device, threads, kept)
        : await createSession(emitLoop(program, flavor), device, threads);
    const measuring = (make: typeof evaluationProgram): Promise<RuntimeSession> =>
      createSession(emitLoop(forAll(make(spec, 'packed')), flavor), device, threads);
    const names = parameterBlocks(spec.architecture, spec.groups).map(({ name }) => name);
    const evaluation = new EvaluationSessions(spec, names, await measuring(evaluationProgram), () =>
      measuring(scoringProgram),
    );
    return new PackedModel(spec, options, program, step, evaluation);
  }

  async open(states: readonly TrainingState[]): Promise<CandidateGroup> {
    const group = new PackedGroup(this);
    await group.write(states);
    return group;
  }

  async dispose(): Promise<void> {
    await this.step.release();
    await this.evaluation.release();
    await (await this.copy)?.release();
  }

  /** The tensors of a state, wherever they are, as they are in memory here. */
  async download(state: ReadonlyMap<string, RuntimeTensor>): Promise<Map<string, Float32Array>> {
    const there = [...state].filter(([, tensor]) => isOnDevice(tensor));
    const local = new Map(
      [...state].flatMap(([name, tensor]) =>
        isOnDevice(tensor) ? [] : [[name, tensor.data as Float32Array] as const],
      ),
    );
    if (there.length === 0) return local;
    this.copy ??= this.compileCopy();
    const outputs = await (await this.copy).run(Object.fromEntries(state));
    for (const [name] of there) local.set(name, floatResult(outputs, nextName(name)));
    return local;
  }
}

class PackedGroup implements CandidateGroup {
  private readonly model: PackedModel;
  /** Blocks and their moments by graph input name, [candidates, ...]. */
  private state: Map<string, RuntimeTensor> | null = null;
  /** Where the next loop leaves the state, by graph input name: memory that is not fresh is filled much faster. */
  private spare = new Map<string, RuntimeTensor>();
  /** Moments of frozen parameters, which no graph reads, by candidate. */
  private frozen: readonly FrozenMoments[] = [];
  private disposed = false;

  constructor(model: PackedModel) {
    this.model = model;
  }

  get count(): number {
    return this.model.count;
  }

  async train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults[]> {
    const state = this.open();
    const { spec, isResident } = this.model;
    const steps = checkScalars(spec, scalars);
    checkTokens(spec, tokens, spec.batchSize, steps);
    const run = isResident ? this.stepByStep : this.inOneLoop;
    const { losses, gradientNorms } = await run.call(this, state, tokens, scalars, steps);
    const norms = byCandidate(gradientNorms, this.count);
    return byCandidate(losses, this.count).map((own, index) => ({
      losses: own,
      gradientNorms: norms[index]!,
    }));
  }

  async evaluate(tokens: Int32Array): Promise<Float32Array[]> {
    const state = this.open();
    return byCandidate(await this.model.evaluation.evaluate(tokens, (name) => state.get(name)!), this.count);
  }

  async score(tokens: Int32Array): Promise<Float32Array[]> {
    const state = this.open();
    const { evaluationBatchSize, architecture } = this.model.spec;
    const scores = await this.model.evaluation.score(tokens, (name) => state.get(name)!);
    return byCandidate(scores, this.count, evaluationBatchSize * architecture.context);
  }

  async read(): Promise<TrainingState[]> {
    const values = await this.model.download(this.open());
    const { spec, blocks } = this.model;
    return unpackStates(spec, blocks, { inputs: values, frozen: this.frozen });
  }

  async write(states: readonly TrainingState[]): Promise<void> {
    if (this.disposed) throw disposedError();
    const { spec, blocks, count, program } = this.model;
    const { inputs, frozen } = packStates(spec, blocks, count, states);
    const next = new Map<string, RuntimeTensor>();
    for (const [name, values] of inputs)
      next.set(name, floatTensor(values, program.graph.inputs.get(name)!.shape));
    this.frozen = frozen;
    this.release();
    this.spare.clear();
    this.state = next;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.release();
    this.spare.clear();
    this.state = null;
  }

  private async inOneLoop(
    state: Map<string, RuntimeTensor>,
    tokens: Int32Array,
    scalars: readonly StepScalars[],
    steps: number,
  ): Promise<StepResults> {
    const { spec, step, program } = this.model;
    const feeds: Record<string, RuntimeTensor> = {
      [ITERATIONS]: int64Scalar(steps),
      tokens: int32Tensor(tokens, [steps, spec.batchSize, spec.architecture.context + 1]),
    };
    for (const { name, values } of scalarColumns(spec, scalars)) feeds[name] = floatTensor(values, [steps]);
    for (const [name, tensor] of state) feeds[name] = tensor;
    const fetches: Record<string, RuntimeTensor | null> = { loss: null, gradientNorm: null };
    for (const { input, output } of program.carried) fetches[output] = this.spare.get(input) ?? null;
    const outputs = await step.run(feeds, fetches);
    for (const { input, output } of program.carried) {
      this.spare.set(input, state.get(input)!);
      state.set(input, outputs[output]!);
    }
    return { losses: floatResult(outputs, 'loss'), gradientNorms: floatResult(outputs, 'gradientNorm') };
  }

  private async stepByStep(
    state: Map<string, RuntimeTensor>,
    tokens: Int32Array,
    scalars: readonly StepScalars[],
    steps: number,
  ): Promise<StepResults> {
    const { spec, step, program, count } = this.model;
    const columns = scalarColumns(spec, scalars);
    const batchLength = tokens.length / steps;
    const losses = new Float32Array(steps * count);
    const gradientNorms = new Float32Array(steps * count);
    for (let index = 0; index < steps; index++) {
      const batch = tokens.subarray(index * batchLength, (index + 1) * batchLength);
      const feeds: Record<string, RuntimeTensor> = {
        tokens: int32Tensor(batch, [spec.batchSize, spec.architecture.context + 1]),
      };
      for (const { name, values } of columns)
        feeds[name] = floatTensor(values.subarray(index, index + 1), []);
      for (const [name, tensor] of state) feeds[name] = tensor;
      const outputs = await step.run(feeds);
      for (const { input, output } of program.carried) {
        const old = state.get(input)!;
        state.set(input, outputs[output]!);
        if (isOnDevice(old)) old.dispose();
      }
      losses.set(floatResult(outputs, 'loss'), index * count);
      gradientNorms.set(floatResult(outputs, 'gradientNorm'), index * count);
    }
    return { losses, gradientNorms };
  }

  private release(): void {
    for (const tensor of this.state?.values() ?? []) if (isOnDevice(tensor)) tensor.dispose();
  }

  private open(): Map<string, RuntimeTensor> {
    if (!this.state) throw disposedError();
    return this.state;
  }
}
