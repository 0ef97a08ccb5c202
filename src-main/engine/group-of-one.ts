/** A compiled model made of a compiled group of one candidate. */
import type { StepScalars } from '../model/adamw.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import type {
  CandidateGroup,
  CompiledGroup,
  CompiledModel,
  StepResults,
  TrainingSession,
  TrainingState,
} from './engine.ts';

export class ModelOfOne implements CompiledModel {
  private readonly group: CompiledGroup;

  constructor(group: CompiledGroup) {
    this.group = group;
  }

  get spec(): TrainingSpec {
    return this.group.spec;
  }

  async open(state: TrainingState): Promise<TrainingSession> {
    return new SessionOfOne(await this.group.open([state]));
  }

  dispose(): Promise<void> {
    return this.group.dispose();
  }
}

class SessionOfOne implements TrainingSession {
  private readonly group: CandidateGroup;

  constructor(group: CandidateGroup) {
    this.group = group;
  }

  async train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults> {
    return (await this.group.train(tokens, scalars))[0]!;
  }
  async evaluate(tokens: Int32Array): Promise<Float32Array> {
    return (await this.group.evaluate(tokens))[0]!;
  }
  async score(tokens: Int32Array): Promise<Float32Array> {
    return (await this.group.score(tokens))[0]!;
  }
  async read(): Promise<TrainingState> {
    return (await this.group.read())[0]!;
  }
  async readParameters(): Promise<TensorMap> {
    return (await this.read()).parameters;
  }
  write(state: TrainingState): Promise<void> {
    return this.group.write([state]);
  }
  dispose(): Promise<void> {
    return this.group.dispose();
  }
}
