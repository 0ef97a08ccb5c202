/**
 * Trains through ONNX Runtime: the whole step, optimizer included, is one graph, and K steps run inside one
 * ONNX `Loop` per call, so only token ids, step scalars and losses cross into JavaScript.
 */
import { EspalierError } from '../contract/errors.ts';
import type { Program } from '../graph/program.ts';
import type { StepScalars } from '../model/adamw.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import {
  evaluationProgram,
  momentMName,
  momentVName,
  nextName,
  stepProgram,
} from '../model/training-programs.ts';
import { emitLoop, ITERATIONS } from '../onnx/emit-program.ts';
import type { CompiledModel, StepResults, TrainingEngine, TrainingSession, TrainingState } from './engine.ts';
import type { RuntimeDevice, RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import {
  createSession,
  floatTensor,
  int32Tensor,
  int64Scalar,
  runtimeVersion,
} from './onnxruntime-runtime.ts';
import { checkState, checkTokens, disposedError } from './session-checks.ts';

export interface OnnxRuntimeOptions {
  readonly device: RuntimeDevice;
  /** Threads of one operator on the CPU; ignored by GPUs. */
  readonly threads: number;
}

export function onnxRuntimeEngine({ device, threads }: OnnxRuntimeOptions): TrainingEngine {
  const where = device === 'cpu' ? `cpu, ${threads} thread${threads === 1 ? '' : 's'}` : device;
  return {
    name: 'onnxruntime',
    device,
    description: `onnxruntime-node ${runtimeVersion}, ${where}`,
    compile: async (spec) => {
      const compile = (program: Program): Promise<RuntimeSession> =>
        createSession(emitLoop(program, device === 'cpu' ? 'cpu' : 'portable'), device, threads);
      const step = await compile(stepProgram(spec));
      const evaluation = await compile(evaluationProgram(spec));
      return new OnnxModel(spec, step, evaluation);
    },
  };
}

class OnnxModel implements CompiledModel {
  readonly spec: TrainingSpec;
  readonly step: RuntimeSession;
  readonly evaluation: RuntimeSession;

  constructor(spec: TrainingSpec, step: RuntimeSession, evaluation: RuntimeSession) {
    this.spec = spec;
    this.step = step;
    this.evaluation = evaluation;
  }

  async open(state: TrainingState): Promise<TrainingSession> {
    const session = new OnnxSession(this);
    await session.write(state);
    return session;
  }

  async dispose(): Promise<void> {
    await this.step.release();
    await this.evaluation.release();
  }
}

class OnnxSession implements TrainingSession {
  private readonly model: OnnxModel;
  /** Parameters and both moments by graph input name. */
  private state: Map<string, RuntimeTensor> | null = null;
  private disposed = false;

  constructor(model: OnnxModel) {
    this.model = model;
  }

  async train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults> {
    const state = this.open();
    const { spec, step } = this.model;
    const count = scalars.length;
    checkTokens(spec, tokens, spec.batchSize, count);
    const column = (key: keyof StepScalars): RuntimeTensor =>
      floatTensor(
        Float32Array.from(scalars, (scalar) => scalar[key]),
        [count],
      );
    const outputs = await step.run({
      ...Object.fromEntries(state),
      [ITERATIONS]: int64Scalar(count),
      tokens: int32Tensor(tokens, [count, spec.batchSize, spec.architecture.context + 1]),
      learningRate: column('learningRate'),
      correction1: column('correction1'),
      correction2: column('correction2'),
    });
    for (const name of state.keys()) state.set(name, outputs[nextName(name)]!);
    return { losses: floats(outputs, 'loss'), gradientNorms: floats(outputs, 'gradientNorm') };
  }

  async evaluate(tokens: Int32Array): Promise<Float32Array> {
    const state = this.open();
    const { spec, evaluation } = this.model;
    const count = checkTokens(spec, tokens, spec.evaluationBatchSize);
    const feeds: Record<string, RuntimeTensor> = {
      [ITERATIONS]: int64Scalar(count),
      tokens: int32Tensor(tokens, [count, spec.evaluationBatchSize, spec.architecture.context + 1]),
    };
    for (const { name } of parameterLayout(spec.architecture)) feeds[name] = state.get(name)!;
    return floats(await evaluation.run(feeds), 'loss');
  }

  async read(): Promise<TrainingState> {
    const state = this.open();
    const part = (name: (parameter: string) => string): Map<string, Float32Array> =>
      new Map(
        parameterLayout(this.model.spec.architecture).map((parameter) => [
          parameter.name,
          (state.get(name(parameter.name))!.data as Float32Array).slice(),
        ]),
      );
    return { parameters: part((name) => name), momentM: part(momentMName), momentV: part(momentVName) };
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

  private open(): Map<string, RuntimeTensor> {
    if (!this.state) throw disposedError();
    return this.state;
  }
}

function floats(outputs: Readonly<Record<string, RuntimeTensor>>, name: string): Float32Array {
  const tensor = outputs[name];
  if (!tensor) throw new EspalierError('failed', `the runtime returned no output named ${name}`);
  return (tensor.data as Float32Array).slice();
}
