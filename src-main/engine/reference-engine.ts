/**
 * Runs programs by walking the graph with the reference kernels. State is float32 between steps and float64
 * inside a step, so that results do not depend on how steps are split over calls.
 */
import { EspalierError } from '../contract/errors.ts';
import type { Graph, Node } from '../graph/ir.ts';
import type { Program } from '../graph/program.ts';
import { accumulateProgram, partsOf, updateProgram } from '../model/accumulation-programs.ts';
import type { StepScalars } from '../model/adamw.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import { momentMName, momentVName, scalarNames } from '../model/program-names.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { evaluationProgram, scoringProgram, stepProgram } from '../model/training-programs.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import { cloneTensors } from '../tensor/tensor-map.ts';
import type { CompiledModel, StepResults, TrainingEngine, TrainingSession, TrainingState } from './engine.ts';
import type { Array64 } from './reference-kernels.ts';
import { referenceKernels } from './reference-kernels.ts';
import { checkScalars, checkState, checkTokens, disposedError } from './session-checks.ts';

/** Values of the graph's outputs for the given inputs (ids as whole numbers), all in float64. */
export function evaluateGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, ArrayLike<number>>,
): Map<string, Float64Array> {
  const values = new Map<Node, Array64>();
  for (const node of graph.nodes) {
    if (node.op === 'input') {
      const given = inputs.get(node.attributes.name);
      if (given?.length !== sizeOf(node.shape))
        throw new EspalierError(
          'failed',
          `input ${node.attributes.name} has ${given?.length ?? 'no'} values; must have ${sizeOf(node.shape)}`,
        );
      values.set(node, { shape: node.shape, values: Float64Array.from(given) });
      continue;
    }
    const kernel = referenceKernels[node.op] as (node: Node, inputs: readonly Array64[]) => Float64Array;
    const operands = node.inputs.map((input) => values.get(input)!);
    values.set(node, { shape: node.shape, values: kernel(node, operands) });
  }
  return new Map([...graph.outputs].map(([name, node]) => [name, values.get(node)!.values]));
}

export const referenceEngine: TrainingEngine = {
  name: 'reference',
  device: 'reference',
  description: 'reference interpreter, float64, 1 thread',
  compile: async (spec) => new ReferenceModel(spec),
};

/** One training step: state, scalars and tokens [B, T+1] → next state, loss, norm. */
interface ReferenceStep {
  readonly carried: Program['carried'];
  run(inputs: ReadonlyMap<string, ArrayLike<number>>, tokens: Int32Array): ReadonlyMap<string, Float64Array>;
}

function wholeStep(spec: TrainingSpec): ReferenceStep {
  const { graph, carried } = stepProgram(spec);
  return { carried, run: (inputs, tokens) => evaluateGraph(graph, new Map([...inputs, ['tokens', tokens]])) };
}

/** The sums stay in float64 between the parts. */
function stepInParts(spec: TrainingSpec): ReferenceStep {
  const parts = partsOf(spec);
  const accumulate = accumulateProgram(spec, 'separate');
  const update = updateProgram(spec, 'separate');
  return {
    carried: update.carried,
    run: (inputs, tokens) => {
      let sums = new Map<string, ArrayLike<number>>(
        accumulate.carried.map(({ input }) => [
          input,
          new Float64Array(sizeOf(accumulate.graph.inputs.get(input)!.shape)),
        ]),
      );
      let loss = 0;
      const length = tokens.length / parts;
      for (let part = 0; part < parts; part++) {
        const ids = tokens.subarray(part * length, (part + 1) * length);
        const outputs = evaluateGraph(accumulate.graph, new Map([...inputs, ...sums, ['tokens', ids]]));
        sums = new Map(accumulate.carried.map(({ input, output }) => [input, outputs.get(output)!]));
        loss += outputs.get('loss')![0]!;
      }
      const outputs = evaluateGraph(update.graph, new Map([...inputs, ...sums]));
      return outputs.set('loss', Float64Array.of(loss));
    },
  };
}

class ReferenceModel implements CompiledModel {
  readonly spec: TrainingSpec;
  readonly step: ReferenceStep;
  readonly evaluation: Program;
  readonly scoring: Program;

  constructor(spec: TrainingSpec) {
    this.spec = spec;
    this.step = partsOf(spec) === 1 ? wholeStep(spec) : stepInParts(spec);
    this.evaluation = evaluationProgram(spec);
    this.scoring = scoringProgram(spec);
  }

  async open(state: TrainingState): Promise<TrainingSession> {
    const session = new ReferenceSession(this);
    await session.write(state);
    return session;
  }

  async dispose(): Promise<void> {}
}

class ReferenceSession implements TrainingSession {
  private readonly model: ReferenceModel;
  private state: Map<string, Float32Array> | null = null;
  private disposed = false;

  constructor(model: ReferenceModel) {
    this.model = model;
  }

  async train(tokens: Int32Array, scalars: readonly StepScalars[]): Promise<StepResults> {
    const state = this.open();
    const { spec, step } = this.model;
    const count = checkScalars(spec, scalars);
    checkTokens(spec, tokens, spec.batchSize, count);
    const names = scalarNames(scalars.length / count);
    const batchLength = tokens.length / count;
    const losses = new Float32Array(count);
    const gradientNorms = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      const inputs = new Map<string, ArrayLike<number>>(state);
      for (const [group, { learningRate, correction1, correction2 }] of names.entries()) {
        const own = scalars[index * names.length + group]!;
        inputs.set(learningRate, [own.learningRate]);
        inputs.set(correction1, [own.correction1]).set(correction2, [own.correction2]);
      }
      const batch = tokens.subarray(index * batchLength, (index + 1) * batchLength);
      const outputs = step.run(inputs, batch);
      for (const { input, output } of step.carried) state.set(input, Float32Array.from(outputs.get(output)!));
      losses[index] = outputs.get('loss')![0]!;
      gradientNorms[index] = outputs.get('gradientNorm')![0]!;
    }
    return { losses, gradientNorms };
  }

  async evaluate(tokens: Int32Array): Promise<Float32Array> {
    return Float32Array.from(
      this.runBatches(this.model.evaluation, tokens),
      (outputs) => outputs.get('loss')![0]!,
    );
  }

  async score(tokens: Int32Array): Promise<Float32Array> {
    const batches = this.runBatches(this.model.scoring, tokens);
    return Float32Array.from(batches.flatMap((outputs) => [...outputs.get('correct')!]));
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
    const next = cloneTensors(state.parameters);
    for (const [name, values] of cloneTensors(state.momentM)) next.set(momentMName(name), values);
    for (const [name, values] of cloneTensors(state.momentV)) next.set(momentVName(name), values);
    this.state = next;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.state = null;
  }

  /** Outputs of a program for each of N batches; tokens [N, evaluationBatchSize, context + 1]. */
  private runBatches({ graph }: Program, tokens: Int32Array): Map<string, Float64Array>[] {
    const state = this.open();
    const { spec } = this.model;
    const count = checkTokens(spec, tokens, spec.evaluationBatchSize);
    const batchLength = tokens.length / count;
    return Array.from({ length: count }, (_, index) => {
      const batch = tokens.subarray(index * batchLength, (index + 1) * batchLength);
      return evaluateGraph(graph, new Map<string, ArrayLike<number>>(state).set('tokens', batch));
    });
  }

  private readPart(inputName: (parameter: string) => string): Map<string, Float32Array> {
    const state = this.open();
    return new Map(
      parameterLayout(this.model.spec.architecture).map(({ name }) => [
        name,
        state.get(inputName(name))!.slice(),
      ]),
    );
  }

  private open(): Map<string, Float32Array> {
    if (!this.state) throw disposedError();
    return this.state;
  }
}
