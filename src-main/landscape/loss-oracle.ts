/**
 * What every analysis asks of a model: losses, gradients and Hessian-vector products on a fixed set of batches.
 * `ProgramOracle` answers with compiled programs; tests answer with toys whose landscape is known.
 */
import { EspalierError } from '../contract/errors.ts';
import type { CompiledProgram, ProgramInputs, ProgramRunner } from '../engine/program-runner.ts';
import type { Program } from '../graph/program.ts';
import { directionName, productName } from '../model/landscape-programs.ts';
import { gradientName } from '../model/program-names.ts';
import type { ParameterSpace } from './parameter-space.ts';
import { moved, norm, viewsOf } from './parameter-space.ts';

export interface HessianMethod {
  readonly method: 'exact' | 'differences';
  /** Why not exact; null for exact. */
  readonly reason: string | null;
}

export interface LossOracle {
  readonly space: ParameterSpace;
  readonly batchCount: number;
  /** Sequences in a batch. */
  readonly batchSize: number;
  /** Mean loss of every batch. */
  batchLosses(point: Float32Array): Promise<Float64Array>;
  /** Gradient of the mean loss of one batch. */
  batchGradient(point: Float32Array, batch: number): Promise<Float32Array>;
  /** How `batchProduct` will answer. */
  hessianMethod(): Promise<HessianMethod>;
  /** H·v of the mean loss of one batch; by differences, v should have a norm near 1. */
  batchProduct(point: Float32Array, batch: number, v: Float32Array): Promise<Float32Array>;
}

export interface OraclePrograms {
  /** Output `loss`. */
  readonly loss: Program;
  /** Outputs `gradient.*` (model/training-programs.ts). */
  readonly gradient: Program;
  /** Outputs `product.*` from inputs `direction.*` (model/landscape-programs.ts). */
  readonly product: Program;
}

export interface OracleOptions {
  readonly runner: ProgramRunner;
  readonly space: ParameterSpace;
  readonly programs: { readonly [Name in keyof OraclePrograms]: () => OraclePrograms[Name] };
  /** Token ids of each batch. */
  readonly batches: readonly Int32Array[];
  readonly batchSize: number;
  readonly signal: AbortSignal;
  /** Told the FLOPs of every run. */
  readonly onRun: (flops: number) => void;
}

/**
 * Step of the difference quotient over 1 + ‖θ‖. Float32 gradients carry about six digits: a larger step bends, a
 * smaller one drowns in rounding.
 */
const DIFFERENCE_STEP = 2e-4;

/** Programs are compiled when they are first needed. Throws `interrupted` before the next batch once the signal fired. */
export class ProgramOracle implements LossOracle {
  readonly space: ParameterSpace;
  readonly batchCount: number;
  readonly batchSize: number;
  private readonly options: OracleOptions;
  private readonly compiled = new Map<keyof OraclePrograms, Promise<CompiledProgram>>();
  private known: HessianMethod | null = null;

  constructor(options: OracleOptions) {
    this.options = options;
    this.space = options.space;
    this.batchCount = options.batches.length;
    this.batchSize = options.batchSize;
  }

  async batchLosses(point: Float32Array): Promise<Float64Array> {
    const losses = new Float64Array(this.batchCount);
    const views = viewsOf(this.space, point);
    for (let batch = 0; batch < this.batchCount; batch++)
      losses[batch] = (await this.run('loss', views, batch)).get('loss')![0]!;
    return losses;
  }

  async batchGradient(point: Float32Array, batch: number): Promise<Float32Array> {
    return this.gather(await this.run('gradient', viewsOf(this.space, point), batch), gradientName);
  }

  async hessianMethod(): Promise<HessianMethod> {
    if (this.known) return this.known;
    try {
      await this.program('product');
      this.known = { method: 'exact', reason: null };
    } catch (error) {
      if (!(error instanceof EspalierError) || error.code !== 'refused') throw error;
      this.known = { method: 'differences', reason: error.message };
    }
    return this.known;
  }

  async batchProduct(point: Float32Array, batch: number, v: Float32Array): Promise<Float32Array> {
    const { method } = await this.hessianMethod();
    if (method === 'differences') return this.difference(point, batch, v);
    const inputs = viewsOf(this.space, point);
    for (const [name, values] of viewsOf(this.space, v)) inputs.set(directionName(name), values);
    return this.gather(await this.run('product', inputs, batch), productName);
  }

  async dispose(): Promise<void> {
    const compiled = await Promise.allSettled(this.compiled.values());
    this.compiled.clear();
    for (const one of compiled) if (one.status === 'fulfilled') await one.value.dispose();
  }

  /** (∇L(θ + h·v) − ∇L(θ − h·v)) / 2h. */
  private async difference(point: Float32Array, batch: number, v: Float32Array): Promise<Float32Array> {
    const h = DIFFERENCE_STEP * (1 + norm(point));
    const ahead = await this.batchGradient(moved(point, [h, v]), batch);
    const behind = await this.batchGradient(moved(point, [-h, v]), batch);
    return ahead.map((value, index) => (value - behind[index]!) / (2 * h));
  }

  private program(name: keyof OraclePrograms): Promise<CompiledProgram> {
    const known = this.compiled.get(name) ?? this.options.runner.compile(this.options.programs[name]());
    this.compiled.set(name, known);
    return known;
  }

  private async run(
    name: keyof OraclePrograms,
    inputs: ProgramInputs,
    batch: number,
  ): Promise<ReadonlyMap<string, Float32Array | Float64Array>> {
    const program = await this.program(name);
    if (this.options.signal.aborted)
      throw new EspalierError('interrupted', 'the landscape probe was stopped');
    const outputs = await program.run(new Map(inputs).set('tokens', this.options.batches[batch]!));
    this.options.onRun(program.flops);
    return outputs;
  }

  private gather(
    outputs: ReadonlyMap<string, Float32Array | Float64Array>,
    outputName: (parameter: string) => string,
  ): Float32Array {
    const result = new Float32Array(this.space.size);
    for (const { name, offset } of this.space.parameters) result.set(outputs.get(outputName(name))!, offset);
    return result;
  }
}
