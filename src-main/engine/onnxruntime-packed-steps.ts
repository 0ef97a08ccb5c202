/**
 * How the packed training steps are run, so that the state stays out of JavaScript:
 *
 *     loop      K whole steps run inside one ONNX `Loop` a call; the state crosses once a call. CUDA, and the CPU's
 *               second opinion.
 *     resident  one step a call, whose results stay on the device and are the next call's inputs. WebGPU, where a
 *               Loop runs on the CPU and carries the state there and back at each step.
 *     parts     a step in parts (model/accumulation-programs.ts): the parts of a batch in a Loop or one by one, as
 *               above, then the update.
 */
import { forCandidates } from '../graph/candidate-axis.ts';
import type { Program } from '../graph/program.ts';
import { accumulateProgram, partsOf, updateProgram } from '../model/accumulation-programs.ts';
import type { StepScalars } from '../model/adamw.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { stepProgram } from '../model/training-programs.ts';
import { emitLoop, emitSingle, ITERATIONS } from '../onnx/emit-program.ts';
import type { Flavor } from '../onnx/emitter.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { StepResults } from './engine.ts';
import type { RuntimeDevice, RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import {
  createSession,
  floatResult,
  floatTensor,
  int32Tensor,
  int64Scalar,
  isOnDevice,
} from './onnxruntime-runtime.ts';
import { scalarColumns, sumOfParts } from './packed-states.ts';

export interface PackedOptions {
  readonly device: RuntimeDevice;
  readonly threads: number;
  readonly flavor: Flavor;
  /** Candidates trained together. */
  readonly count: number;
}

/** Tokens [count, batchSize, context + 1] and their scalars, [count, groups]. */
export interface StepInputs {
  readonly tokens: Int32Array;
  readonly scalars: readonly StepScalars[];
  readonly count: number;
}

/** Graph inputs by name. */
type Values = Map<string, RuntimeTensor>;

export interface PackedSteps {
  /** Replaces what the steps change in `state`; results are [count, candidates]. */
  run(state: Values, inputs: StepInputs): Promise<StepResults>;
  release(): Promise<void>;
}

export async function compilePackedSteps(spec: TrainingSpec, options: PackedOptions): Promise<PackedSteps> {
  const { count } = options;
  const isResident = options.device === 'webgpu';
  if (partsOf(spec) === 1) {
    const program = forCandidates(stepProgram(spec, 'packed'), count);
    return isResident
      ? new ResidentSteps(spec, count, await compileResident(program, options))
      : new LoopSteps(spec, await compileLoop(program, options));
  }
  const accumulate = forCandidates(accumulateProgram(spec, 'packed'), count);
  const update = forCandidates(updateProgram(spec, 'packed'), count);
  return new StepsInParts(spec, count, isResident, {
    accumulate: await (isResident ? compileResident : compileLoop)(accumulate, options),
    update: await (isResident ? compileResident : compileSingle)(update, options),
  });
}

interface Compiled {
  readonly program: Program;
  readonly session: RuntimeSession;
}

async function compileLoop(program: Program, { device, threads, flavor }: PackedOptions): Promise<Compiled> {
  return { program, session: await createSession(emitLoop(program, flavor), device, threads) };
}

async function compileSingle(
  program: Program,
  { device, threads, flavor }: PackedOptions,
): Promise<Compiled> {
  return { program, session: await createSession(emitSingle(program, flavor), device, threads) };
}

/** What the program carries stays on the device. */
async function compileResident(
  program: Program,
  { device, threads, flavor }: PackedOptions,
): Promise<Compiled> {
  const kept = program.carried.map(({ output }) => output);
  return { program, session: await createSession(emitSingle(program, flavor), device, threads, kept) };
}

class LoopSteps implements PackedSteps {
  /** Whose spare memory is whose; a state that is gone takes its own with it. */
  private readonly spares = new WeakMap<Values, Values>();
  private readonly spec: TrainingSpec;
  private readonly step: Compiled;

  constructor(spec: TrainingSpec, step: Compiled) {
    this.spec = spec;
    this.step = step;
  }

  async run(state: Values, { tokens, scalars, count }: StepInputs): Promise<StepResults> {
    const feeds = loopFeeds(this.spec, tokens, count);
    for (const { name, values } of scalarColumns(this.spec, scalars))
      feeds[name] = floatTensor(values, [count]);
    // Where this loop leaves the state: memory that is not fresh is filled much faster.
    const spare = this.spares.get(state) ?? new Map();
    const fetches: Record<string, RuntimeTensor | null> = { loss: null, gradientNorm: null };
    for (const { input, output } of this.step.program.carried) fetches[output] = spare.get(input) ?? null;
    const before = new Map(state);
    const outputs = await runCarrying(this.step, feeds, state, fetches);
    this.spares.set(state, before);
    return { losses: floatResult(outputs, 'loss'), gradientNorms: floatResult(outputs, 'gradientNorm') };
  }

  release(): Promise<void> {
    return this.step.session.release();
  }
}

class ResidentSteps implements PackedSteps {
  private readonly spec: TrainingSpec;
  private readonly candidates: number;
  private readonly step: Compiled;

  constructor(spec: TrainingSpec, candidates: number, step: Compiled) {
    this.spec = spec;
    this.candidates = candidates;
    this.step = step;
  }

  run(state: Values, inputs: StepInputs): Promise<StepResults> {
    return eachStep(this.spec, this.candidates, inputs, async (batch, scalars) => {
      const feeds = { tokens: batchTensor(this.spec, batch, this.spec.batchSize), ...scalars };
      const outputs = await runCarrying(this.step, feeds, state);
      return { loss: floatResult(outputs, 'loss'), gradientNorm: floatResult(outputs, 'gradientNorm') };
    });
  }

  release(): Promise<void> {
    return this.step.session.release();
  }
}

class StepsInParts implements PackedSteps {
  private readonly spec: TrainingSpec;
  private readonly candidates: number;
  private readonly isResident: boolean;
  private readonly accumulate: Compiled;
  private readonly update: Compiled;

  constructor(
    spec: TrainingSpec,
    candidates: number,
    isResident: boolean,
    { accumulate, update }: { readonly accumulate: Compiled; readonly update: Compiled },
  ) {
    this.spec = spec;
    this.candidates = candidates;
    this.isResident = isResident;
    this.accumulate = accumulate;
    this.update = update;
  }

  run(state: Values, inputs: StepInputs): Promise<StepResults> {
    return eachStep(this.spec, this.candidates, inputs, async (batch, scalars) => {
      const sums = this.zeroSums();
      try {
        const loss = await this.addParts(batch, state, sums);
        const outputs = await runCarrying(this.update, { ...scalars, ...Object.fromEntries(sums) }, state);
        return { loss, gradientNorm: floatResult(outputs, 'gradientNorm') };
      } finally {
        for (const tensor of sums.values()) if (isOnDevice(tensor)) tensor.dispose();
      }
    });
  }

  async release(): Promise<void> {
    await this.accumulate.session.release();
    await this.update.session.release();
  }

  private zeroSums(): Values {
    const { carried, graph } = this.accumulate.program;
    return new Map(
      carried.map(({ input }) => {
        const { shape } = graph.inputs.get(input)!;
        return [input, floatTensor(new Float32Array(sizeOf(shape)), shape)];
      }),
    );
  }

  /** The loss of the batch for each candidate. */
  private async addParts(batch: Int32Array, state: Values, sums: Values): Promise<Float32Array> {
    const { spec, accumulate, candidates } = this;
    const parts = partsOf(spec);
    const parameters = Object.fromEntries(
      accumulate.program.fixed.map((name) => [name, state.get(name)!] as const),
    );
    let shares: Float32Array; // [parts, candidates]
    if (this.isResident) {
      shares = new Float32Array(parts * candidates);
      const length = batch.length / parts;
      for (let part = 0; part < parts; part++) {
        const tokens = batchTensor(
          spec,
          batch.subarray(part * length, (part + 1) * length),
          spec.batchSize / parts,
        );
        const outputs = await runCarrying(accumulate, { tokens, ...parameters }, sums);
        shares.set(floatResult(outputs, 'loss'), part * candidates);
      }
    } else {
      const feeds = { ...loopFeeds(spec, batch, parts, spec.batchSize / parts), ...parameters };
      shares = floatResult(await runCarrying(accumulate, feeds, sums), 'loss');
    }
    return sumOfParts(shares, candidates);
  }
}

/** Runs a program and puts what it carries into `state`, of which it reads what it knows. */
async function runCarrying(
  { program, session }: Compiled,
  feeds: Record<string, RuntimeTensor>,
  state: Values,
  fetches?: Record<string, RuntimeTensor | null>,
): Promise<Readonly<Record<string, RuntimeTensor>>> {
  const own = { ...feeds };
  for (const [name, tensor] of state) if (program.graph.inputs.has(name)) own[name] = tensor;
  const outputs = fetches ? await session.run(own, fetches) : await session.run(own);
  for (const { input, output } of program.carried) {
    const old = state.get(input)!;
    state.set(input, outputs[output]!);
    if (isOnDevice(old)) old.dispose();
  }
  return outputs;
}

/** One call a step: its batch and its scalars → its loss and norm, [candidates] each. */
async function eachStep(
  spec: TrainingSpec,
  candidates: number,
  { tokens, scalars, count }: StepInputs,
  run: (
    batch: Int32Array,
    scalars: Readonly<Record<string, RuntimeTensor>>,
  ) => Promise<{ readonly loss: Float32Array; readonly gradientNorm: Float32Array }>,
): Promise<StepResults> {
  const columns = scalarColumns(spec, scalars);
  const length = tokens.length / count;
  const losses = new Float32Array(count * candidates);
  const gradientNorms = new Float32Array(count * candidates);
  for (let index = 0; index < count; index++) {
    const own = columns.map(
      ({ name, values }) => [name, floatTensor(values.subarray(index, index + 1), [])] as const,
    );
    const batch = tokens.subarray(index * length, (index + 1) * length);
    const { loss, gradientNorm } = await run(batch, Object.fromEntries(own));
    losses.set(loss, index * candidates);
    gradientNorms.set(gradientNorm, index * candidates);
  }
  return { losses, gradientNorms };
}

function batchTensor({ architecture }: TrainingSpec, ids: Int32Array, sequences: number): RuntimeTensor {
  return int32Tensor(ids, [sequences, architecture.context + 1]);
}

function loopFeeds(
  { architecture, batchSize }: TrainingSpec,
  tokens: Int32Array,
  iterations: number,
  sequences = batchSize,
): Record<string, RuntimeTensor> {
  return {
    [ITERATIONS]: int64Scalar(iterations),
    tokens: int32Tensor(tokens, [iterations, sequences, architecture.context + 1]),
  };
}
