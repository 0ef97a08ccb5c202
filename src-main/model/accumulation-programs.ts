/**
 * A training step in parts (gradient accumulation): the batch passes through the model in equal parts, whose gradients
 * are summed before one update. Programs and not one unrolled graph, because a runtime orders the nodes of a graph as
 * it likes and could keep the activations of every part.
 */
import { EspalierError } from '../contract/errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import { graphOf } from '../graph/ir.ts';
import { withProductPrecision } from '../graph/product-precision.ts';
import type { Program } from '../graph/program.ts';
import type { ParameterForm } from './learning-tensors.ts';
import { learningTensors, lossAndGradients } from './learning-tensors.ts';
import { clippedAdamW } from './optimizer-nodes.ts';
import { gradientSumName, nextName } from './program-names.ts';
import type { TrainingSpec } from './training-programs.ts';

/**
 * Into how many parts a batch is cut.
 * @throws EspalierError `failed` where they could not be equal
 */
export function partsOf({ batchSize, accumulationSteps = 1 }: TrainingSpec): number {
  if (!(accumulationSteps >= 1 && Number.isInteger(accumulationSteps) && batchSize % accumulationSteps === 0))
    throw new EspalierError(
      'failed',
      `a batch of ${batchSize} sequences cannot be cut into ${accumulationSteps} equal parts`,
    );
  return accumulationSteps;
}

/**
 * Tokens of one part [B/parts, T+1] and the sums so far → the sums with this part's gradients, and the part's share of
 * the loss. The sums begin at zero; after all parts they are the gradients of the mean loss of the batch.
 */
export function accumulateProgram(spec: TrainingSpec, form: ParameterForm): Program {
  const b = new GraphBuilder();
  const { loss, learning, inputs } = lossAndGradients(b, spec, form, partsOf(spec));
  const outputs = new Map<string, Node>([['loss', loss]]);
  const carried = learning.map(({ name, shape, gradient }) => {
    const input = gradientSumName(name);
    const output = nextName(input);
    outputs.set(output, b.add(b.input(input, shape), gradient));
    return { input, output };
  });
  const program: Program = {
    name: 'accumulate',
    graph: graphOf(outputs),
    carried,
    fixed: inputs,
    sequence: ['tokens'],
    results: ['loss'],
  };
  return withProductPrecision(program, spec.precision ?? 'float32');
}

/** The sums of a batch → next state and global gradient norm; for engines that have the optimizer in a graph. */
export function updateProgram(spec: TrainingSpec, form: ParameterForm): Program {
  const b = new GraphBuilder();
  const learning = learningTensors(spec, form).map((tensor) => ({
    ...tensor,
    gradient: b.input(gradientSumName(tensor.name), tensor.shape),
  }));
  const { outputs, carried, scalars } = clippedAdamW(b, spec.optimizer, spec.groups?.length ?? 1, learning);
  return {
    name: 'update',
    graph: graphOf(outputs),
    carried,
    fixed: learning.map(({ name }) => gradientSumName(name)),
    sequence: scalars,
    results: ['gradientNorm'],
  };
}
