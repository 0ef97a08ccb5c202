/**
 * Training on the CPU with the optimizer outside the graph: the runtime computes loss and gradients, WebAssembly
 * clips and updates (adamw-wasm/). Both work on one memory, so nothing is copied between them.
 */
import { partsOf } from '../model/accumulation-programs.ts';
import type { StepScalars } from '../model/adamw.ts';
import { groupIndexes } from '../model/parameter-groups.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import { gradientName, gradientSumName, nextName } from '../model/program-names.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import { cloneTensors } from '../tensor/tensor-map.ts';
import { WasmAdamW } from './adamw-wasm/wasm-adamw.ts';
import type { CompiledModel, StepResults, TrainingSession, TrainingState } from './engine.ts';
import type { EvaluationSessions } from './onnxruntime-evaluation.ts';
import type { RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import { floatTensor, int32Tensor } from './onnxruntime-runtime.ts';
import { checkScalars, checkState, checkTokens, disposedError } from './session-checks.ts';

/** `gradients` is the single form of the gradient program, or of the one that adds up parts; `evaluation` measures. */
export class WasmTrainingModel implements CompiledModel {
  readonly spec: TrainingSpec;
  readonly gradients: RuntimeSession;
  readonly evaluation: EvaluationSessions;

  constructor(spec: TrainingSpec, gradients: RuntimeSession, evaluation: EvaluationSessions) {
    this.spec = spec;
    this.gradients = gradients;
    this.evaluation = evaluation;
  }

  /** @throws EspalierError `refused` when the state does not fit into memory */
  async open(state: TrainingState): Promise<TrainingSession> {
    checkState(this.spec, state);
    const session = new WasmTrainingSession(this);
    await session.write(state);
    return session;
  }

  async dispose(): Promise<void> {
    await this.gradients.release();
    await this.evaluation.release();
  }
}

/** What a session holds until it is disposed: the memory and the runtime's views of it. */
interface Workplace {
  readonly optimizer: WasmAdamW;
  readonly feeds: Readonly<Record<string, RuntimeTensor>>;
  readonly fetches: Readonly<Record<string, RuntimeTensor>>;
  readonly loss: Float32Array;
}

class WasmTrainingSession implements TrainingSession {
  private readonly model: WasmTrainingModel;
  private workplace: Workplace | null;

  constructor(model: WasmTrainingModel) {
    this.model = model;
    this.workplace = prepare(model.spec);
  }

  async train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults> {
    const { optimizer, feeds, fetches, loss } = this.open();
    const { spec, gradients } = this.model;
    const count = checkScalars(spec, scalars);
    const groupCount = scalars.length / count;
    checkTokens(spec, tokens, spec.batchSize, count);
    const parts = partsOf(spec);
    const shape = [spec.batchSize / parts, spec.architecture.context + 1];
    const partLength = tokens.length / (count * parts);
    const losses = new Float32Array(count);
    const gradientNorms = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      if (parts > 1) optimizer.clearGradients();
      let sum = 0;
      for (let part = index * parts; part < (index + 1) * parts; part++) {
        const ids = tokens.subarray(part * partLength, (part + 1) * partLength);
        await gradients.run({ ...feeds, tokens: int32Tensor(ids, shape) }, fetches);
        sum += loss[0]!;
      }
      losses[index] = sum;
      gradientNorms[index] = optimizer.step(scalars.slice(index * groupCount, (index + 1) * groupCount));
    }
    return { losses, gradientNorms };
  }

  async evaluate(tokens: Int32Array): Promise<Float32Array> {
    const { feeds } = this.open();
    return this.model.evaluation.evaluate(tokens, (name) => feeds[name]!);
  }

  async score(tokens: Int32Array): Promise<Float32Array> {
    const { feeds } = this.open();
    return this.model.evaluation.score(tokens, (name) => feeds[name]!);
  }

  async read(): Promise<TrainingState> {
    const { parameters, momentM, momentV } = this.open().optimizer;
    return {
      parameters: inLayoutOrder(this.model.spec, parameters),
      momentM: inLayoutOrder(this.model.spec, momentM),
      momentV: inLayoutOrder(this.model.spec, momentV),
    };
  }

  async readParameters(): Promise<TensorMap> {
    return inLayoutOrder(this.model.spec, this.open().optimizer.parameters);
  }

  async write(state: TrainingState): Promise<void> {
    const { optimizer } = this.open();
    checkState(this.model.spec, state);
    for (const part of ['parameters', 'momentM', 'momentV'] as const)
      for (const [name, view] of optimizer[part]) view.set(state[part].get(name)!);
  }

  async dispose(): Promise<void> {
    this.workplace = null;
  }

  private open(): Workplace {
    if (!this.workplace) throw disposedError();
    return this.workplace;
  }
}

function prepare(spec: TrainingSpec): Workplace {
  const { architecture, optimizer: settings, groups } = spec;
  const optimizer = new WasmAdamW(architecture, settings, groups);
  const learning = groupIndexes(architecture, groups);
  const loss = new Float32Array(1);
  const feeds: Record<string, RuntimeTensor> = {};
  const fetches: Record<string, RuntimeTensor> = { loss: floatTensor(loss, []) };
  for (const { name, shape } of parameterLayout(architecture)) {
    feeds[name] = floatTensor(optimizer.parameters.get(name)!, shape);
    if (!learning.has(name)) continue;
    const gradient = floatTensor(optimizer.gradients.get(name)!, shape);
    if (partsOf(spec) === 1) fetches[gradientName(name)] = gradient;
    else {
      // The sums are read and written in place: each is the operand of one addition and nothing else.
      feeds[gradientSumName(name)] = gradient;
      fetches[nextName(gradientSumName(name))] = gradient;
    }
  }
  return { optimizer, feeds, fetches, loss };
}

function inLayoutOrder(
  { architecture }: TrainingSpec,
  views: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  return cloneTensors(new Map(parameterLayout(architecture).map(({ name }) => [name, views.get(name)!])));
}
