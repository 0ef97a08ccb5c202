/**
 * What an engine promises. `compile` builds everything that depends on the architecture alone; sessions share
 * it and hold the state of one training run each. The contract suite (test/engine/contract.test.ts) runs over
 * every implementation.
 *
 * Obligations: the same session calls give the same bytes on the same machine, however the steps are split over
 * calls; `read` returns copies; two sessions of one compiled model never influence each other; after `dispose`
 * every call throws.
 */
import type { ComputeDevice } from '../contract/compute.ts';
import type { StepScalars } from '../model/adamw.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';

export type EngineName = 'reference' | 'onnxruntime' | 'native' | 'tensorflow';

/** Everything a training run carries from step to step, but for the step counter. */
export interface TrainingState {
  readonly parameters: TensorMap;
  readonly momentM: TensorMap;
  readonly momentV: TensorMap;
}

export interface TrainingEngine {
  readonly name: EngineName;
  readonly device: ComputeDevice;
  /** One line for records: runtime, version, device, threads. */
  readonly description: string;
  compile(spec: TrainingSpec): Promise<CompiledModel>;
  /**
   * For `count` candidates of equal shape that see the same batches with the same scalars, trained in one graph;
   * absent where an engine has no such form. Each candidate gets what it would get alone, up to float32 rounding.
   */
  compileGroup?(spec: TrainingSpec, count: number): Promise<CompiledGroup>;
  /** As `description`, of `count` candidates in one graph. */
  describeGroup?(count: number): string;
}

export interface CompiledGroup {
  readonly spec: TrainingSpec;
  readonly count: number;
  /** One state for each candidate. */
  open(states: readonly TrainingState[]): Promise<CandidateGroup>;
  dispose(): Promise<void>;
}

/** As a TrainingSession, with one result and one state for each candidate. */
export interface CandidateGroup {
  readonly count: number;
  train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<readonly StepResults[]>;
  evaluate(tokens: Int32Array): Promise<readonly Float32Array[]>;
  score(tokens: Int32Array): Promise<readonly Float32Array[]>;
  read(): Promise<TrainingState[]>;
  write(states: readonly TrainingState[]): Promise<void>;
  dispose(): Promise<void>;
}

export interface CompiledModel {
  readonly spec: TrainingSpec;
  open(state: TrainingState): Promise<TrainingSession>;
  dispose(): Promise<void>;
}

export interface StepResults {
  /** Training loss before each step, [K]. */
  readonly losses: Float32Array;
  /** Global gradient norm before clipping, [K]. */
  readonly gradientNorms: Float32Array;
}

export interface TrainingSession {
  /**
   * K steps; tokens [K, batchSize, context + 1], one set of scalars for each step and parameter group, [K, groups].
   * Frozen parameters and their moments stay as they are, to the last bit.
   */
  train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults>;
  /** Mean loss of each of N batches; tokens [N, evaluationBatchSize, context + 1]. */
  evaluate(tokens: Int32Array): Promise<Float32Array>;
  /**
   * Which predictions are right, [N, evaluationBatchSize, context]: 1 where the next token is the only arg max, else
   * 0; tokens as for `evaluate`. What it needs is compiled at the first call.
   */
  score(tokens: Int32Array): Promise<Float32Array>;
  read(): Promise<TrainingState>;
  /** The parameters alone; cheaper than `read`. */
  readParameters(): Promise<TensorMap>;
  write(state: TrainingState): Promise<void>;
  dispose(): Promise<void>;
}
