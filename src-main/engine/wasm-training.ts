/**
 * Training on the CPU with the optimizer outside the graph: a runtime computes loss and gradients, WebAssembly clips and
 * updates (adamw-wasm/). Both work on one memory, so nothing is copied between them.
 */
import { partsOf } from '../model/accumulation-programs.ts';
import type { StepScalars } from '../model/adamw.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import { cloneTensors } from '../tensor/tensor-map.ts';
import { WasmAdamW } from './adamw-wasm/wasm-adamw.ts';
import type { CompiledModel, StepResults, TrainingSession, TrainingState } from './engine.ts';
import { checkScalars, checkState, checkTokens, disposedError } from './session-checks.ts';

/** Passes of a model over one memory: parameters are read there, gradients written or added to. */
export interface BoundPasses {
  /** The loss of one part of a batch; its gradients are written where a batch is one part, else added. */
  gradients(tokens: Int32Array): Promise<number>;
  /** As those of a TrainingSession, which leaves the check of the tokens to them. */
  evaluate(tokens: Int32Array): Promise<Float32Array>;
  score(tokens: Int32Array): Promise<Float32Array>;
}

/** What a runtime compiled for a model. */
export interface ModelPasses {
  bind(memory: Pick<WasmAdamW, 'parameters' | 'gradients'>): BoundPasses;
  dispose(): Promise<void>;
}

export class WasmTrainingModel implements CompiledModel {
  readonly spec: TrainingSpec;
  readonly passes: ModelPasses;

  constructor(spec: TrainingSpec, passes: ModelPasses) {
    this.spec = spec;
    this.passes = passes;
  }

  /** @throws EspalierError `refused` when the state does not fit into memory */
  async open(state: TrainingState): Promise<TrainingSession> {
    checkState(this.spec, state);
    const session = new WasmTrainingSession(this);
    await session.write(state);
    return session;
  }

  dispose(): Promise<void> {
    return this.passes.dispose();
  }
}

/** What a session holds until it is disposed: the memory, and passes over it. */
interface Workplace {
  readonly optimizer: WasmAdamW;
  readonly passes: BoundPasses;
}

class WasmTrainingSession implements TrainingSession {
  private readonly spec: TrainingSpec;
  private workplace: Workplace | null;

  constructor({ spec, passes }: WasmTrainingModel) {
    this.spec = spec;
    const { architecture, optimizer: settings, groups } = spec;
    const optimizer = new WasmAdamW(architecture, settings, groups);
    this.workplace = { optimizer, passes: passes.bind(optimizer) };
  }

  async train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults> {
    const { optimizer, passes } = this.open();
    const { spec } = this;
    const count = checkScalars(spec, scalars);
    const groupCount = scalars.length / count;
    checkTokens(spec, tokens, spec.batchSize, count);
    const parts = partsOf(spec);
    const partLength = tokens.length / (count * parts);
    const losses = new Float32Array(count);
    const gradientNorms = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      if (parts > 1) optimizer.clearGradients();
      let sum = 0;
      for (let part = index * parts; part < (index + 1) * parts; part++)
        sum += await passes.gradients(tokens.subarray(part * partLength, (part + 1) * partLength));
      losses[index] = sum;
      gradientNorms[index] = optimizer.step(scalars.slice(index * groupCount, (index + 1) * groupCount));
    }
    return { losses, gradientNorms };
  }

  async evaluate(tokens: Int32Array): Promise<Float32Array> {
    return this.open().passes.evaluate(tokens);
  }

  async score(tokens: Int32Array): Promise<Float32Array> {
    return this.open().passes.score(tokens);
  }

  async read(): Promise<TrainingState> {
    const { parameters, momentM, momentV } = this.open().optimizer;
    return {
      parameters: inLayoutOrder(this.spec, parameters),
      momentM: inLayoutOrder(this.spec, momentM),
      momentV: inLayoutOrder(this.spec, momentV),
    };
  }

  async readParameters(): Promise<TensorMap> {
    return inLayoutOrder(this.spec, this.open().optimizer.parameters);
  }

  async write(state: TrainingState): Promise<void> {
    const { optimizer } = this.open();
    checkState(this.spec, state);
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

function inLayoutOrder(
  { architecture }: TrainingSpec,
  views: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  return cloneTensors(new Map(parameterLayout(architecture).map(({ name }) => [name, views.get(name)!])));
}
