/**
 * Training with the optimizer inside the graph: K whole steps run inside one ONNX `Loop` per call, so only token
 * ids, step scalars and losses cross into JavaScript. The form for GPUs, and a second opinion on the CPU.
 */
import type { StepScalars } from '../model/adamw.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { momentMName, momentVName, nextName, scalarNames } from '../model/training-programs.ts';
import { ITERATIONS } from '../onnx/emit-program.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import type { CompiledModel, StepResults, TrainingSession, TrainingState } from './engine.ts';
import type { EvaluationSessions } from './onnxruntime-evaluation.ts';
import type { RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import { floatResult, floatTensor, int32Tensor, int64Scalar } from './onnxruntime-runtime.ts';
import { checkScalars, checkState, checkTokens, disposedError } from './session-checks.ts';

/** `step` is the Loop form of the training step, `evaluation` what measures. */
export class GraphTrainingModel implements CompiledModel {
  readonly spec: TrainingSpec;
  readonly step: RuntimeSession;
  readonly evaluation: EvaluationSessions;

  constructor(spec: TrainingSpec, step: RuntimeSession, evaluation: EvaluationSessions) {
    this.spec = spec;
    this.step = step;
    this.evaluation = evaluation;
  }

  async open(state: TrainingState): Promise<TrainingSession> {
    const session = new GraphTrainingSession(this);
    await session.write(state);
    return session;
  }

  async dispose(): Promise<void> {
    await this.step.release();
    await this.evaluation.release();
  }
}

class GraphTrainingSession implements TrainingSession {
  private readonly model: GraphTrainingModel;
  /** Parameters and both moments by graph input name. */
  private state: Map<string, RuntimeTensor> | null = null;
  private disposed = false;

  constructor(model: GraphTrainingModel) {
    this.model = model;
  }

  async train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults> {
    const state = this.open();
    const { spec, step } = this.model;
    const count = checkScalars(spec, scalars);
    checkTokens(spec, tokens, spec.batchSize, count);
    const names = scalarNames(spec.groups?.length ?? 1);
    const column = (key: keyof StepScalars, group: number): RuntimeTensor => {
      const own = scalars.filter((_, index) => index % names.length === group);
      return floatTensor(
        Float32Array.from(own, (scalar) => scalar[key]),
        [count],
      );
    };
    const feeds: Record<string, RuntimeTensor> = {
      [ITERATIONS]: int64Scalar(count),
      tokens: int32Tensor(tokens, [count, spec.batchSize, spec.architecture.context + 1]),
    };
    for (const [group, { learningRate, correction1, correction2 }] of names.entries()) {
      feeds[learningRate] = column('learningRate', group);
      feeds[correction1] = column('correction1', group);
      feeds[correction2] = column('correction2', group);
    }
    // The moments of frozen parameters are no inputs of the graph.
    for (const name of step.inputNames) feeds[name] ??= state.get(name)!;
    const outputs = await step.run(feeds);
    for (const name of state.keys()) {
      const next = outputs[nextName(name)];
      if (next) state.set(name, next);
    }
    return { losses: floatResult(outputs, 'loss'), gradientNorms: floatResult(outputs, 'gradientNorm') };
  }

  async evaluate(tokens: Int32Array): Promise<Float32Array> {
    const state = this.open();
    return this.model.evaluation.evaluate(tokens, (name) => state.get(name)!);
  }

  async score(tokens: Int32Array): Promise<Float32Array> {
    const state = this.open();
    return this.model.evaluation.score(tokens, (name) => state.get(name)!);
  }

  async read(): Promise<TrainingState> {
    return {
      parameters: this.readPart((name) => name),
      momentM: this.readPart(momentMName),
      momentV: this.readPart(momentVName),
    };
  }

  async readParameters(): Promise<TensorMap> {
    return this.readPart((name) => name);
  }

  async write(state: TrainingState): Promise<void> {
    if (this.disposed) throw disposedError();
    checkState(this.model.spec, state);
    const next = new Map<string, RuntimeTensor>();
    for (const { name, shape } of parameterLayout(this.model.spec.architecture)) {
      next.set(name, floatTensor(state.parameters.get(name)!.slice(), shape));
      next.set(momentMName(name), floatTensor(state.momentM.get(name)!.slice(), shape));
      next.set(momentVName(name), floatTensor(state.momentV.get(name)!.slice(), shape));
    }
    this.state = next;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.state = null;
  }

  private readPart(inputName: (parameter: string) => string): Map<string, Float32Array> {
    const state = this.open();
    return new Map(
      parameterLayout(this.model.spec.architecture).map(({ name }) => [
        name,
        (state.get(inputName(name))!.data as Float32Array).slice(),
      ]),
    );
  }

  private open(): Map<string, RuntimeTensor> {
    if (!this.state) throw disposedError();
    return this.state;
  }
}
