/**
 * Training with the optimizer inside the graph, over packed parameters (model/packed-parameters.ts), of one candidate
 * or of several at once (graph/candidate-axis.ts). onnxruntime-packed-steps.ts says how steps are run.
 */
import { forCandidates } from '../graph/candidate-axis.ts';
import type { StepScalars } from '../model/adamw.ts';
import type { ParameterBlock } from '../model/packed-parameters.ts';
import { parameterBlocks } from '../model/packed-parameters.ts';
import { nextName } from '../model/program-names.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { evaluationProgram, scoringProgram } from '../model/training-programs.ts';
import { copyProgram } from '../onnx/copy-program.ts';
import { emitLoop, emitSingle } from '../onnx/emit-program.ts';
import type { Shape } from '../tensor/shape.ts';
import type { CandidateGroup, CompiledGroup, StepResults, TrainingState } from './engine.ts';
import { EvaluationSessions } from './onnxruntime-evaluation.ts';
import type { PackedOptions, PackedSteps } from './onnxruntime-packed-steps.ts';
import { compilePackedSteps } from './onnxruntime-packed-steps.ts';
import type { RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import { createSession, floatResult, floatTensor, isOnDevice } from './onnxruntime-runtime.ts';
import type { FrozenMoments } from './packed-states.ts';
import { byCandidate, packStates, stateShapes, unpackStates } from './packed-states.ts';
import { checkScalars, checkTokens, disposedError } from './session-checks.ts';

/** Everything that depends on the architecture and the number of candidates alone. */
export class PackedModel implements CompiledGroup {
  readonly spec: TrainingSpec;
  readonly count: number;
  readonly blocks: readonly ParameterBlock[];
  /** Of the graph inputs that hold the state. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly steps: PackedSteps;
  readonly evaluation: EvaluationSessions;
  private readonly compileCopy: () => Promise<RuntimeSession>;
  private copy: Promise<RuntimeSession> | null = null;

  private constructor(
    spec: TrainingSpec,
    { device, threads, flavor, count }: PackedOptions,
    steps: PackedSteps,
    evaluation: EvaluationSessions,
  ) {
    this.spec = spec;
    this.count = count;
    this.blocks = parameterBlocks(spec.architecture, spec.groups);
    this.shapes = stateShapes(this.blocks, count);
    this.steps = steps;
    this.evaluation = evaluation;
    this.compileCopy = () => createSession(emitSingle(copyProgram(this.shapes), flavor), device, threads);
  }

  static async compile(spec: TrainingSpec, options: PackedOptions): Promise<PackedModel> {
    const { device, threads, flavor, count } = options;
    const measuring = (make: typeof evaluationProgram): Promise<RuntimeSession> =>
      createSession(emitLoop(forCandidates(make(spec, 'packed'), count), flavor), device, threads);
    const names = parameterBlocks(spec.architecture, spec.groups).map(({ name }) => name);
    const steps = await compilePackedSteps(spec, options);
    const evaluation = new EvaluationSessions(spec, names, await measuring(evaluationProgram), () =>
      measuring(scoringProgram),
    );
    return new PackedModel(spec, options, steps, evaluation);
  }

  async open(states: readonly TrainingState[]): Promise<CandidateGroup> {
    const group = new PackedGroup(this);
    await group.write(states);
    return group;
  }

  async dispose(): Promise<void> {
    await this.steps.release();
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
    const { spec, steps } = this.model;
    const count = checkScalars(spec, scalars);
    checkTokens(spec, tokens, spec.batchSize, count);
    const { losses, gradientNorms } = await steps.run(state, { tokens, scalars, count });
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
    const { spec, blocks, count, shapes } = this.model;
    const { inputs, frozen } = packStates(spec, blocks, count, states);
    const next = new Map<string, RuntimeTensor>();
    for (const [name, values] of inputs) next.set(name, floatTensor(values, shapes.get(name)!));
    this.frozen = frozen;
    this.release();
    this.state = next;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.release();
    this.state = null;
  }

  private release(): void {
    for (const tensor of this.state?.values() ?? []) if (isOnDevice(tensor)) tensor.dispose();
  }

  private open(): Map<string, RuntimeTensor> {
    if (!this.state) throw disposedError();
    return this.state;
  }
}
