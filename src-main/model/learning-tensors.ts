/**
 * The tensors that an optimizer moves, with their gradients: parameters one by one, or joined to blocks
 * (packed-parameters.ts).
 */
import type { Architecture } from '../contract/architecture.ts';
import type { ProductPrecision } from '../contract/compute.ts';
import type { Segment } from '../graph/autodiff.ts';
import { gradients } from '../graph/autodiff.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import type { Shape } from '../tensor/shape.ts';
import { packedParameterInputs, parameterBlocks, rowsOf } from './packed-parameters.ts';
import type { ParameterGroups } from './parameter-groups.ts';
import { groupIndexes } from './parameter-groups.ts';
import type { ParameterSpec } from './parameter-layout.ts';
import { parameterLayout } from './parameter-layout.ts';
import { meanLoss, parameterInputs } from './transformer.ts';

/** How parameters are fed: a tensor each, or joined to blocks. */
export type ParameterForm = 'separate' | 'packed';

export interface LearningTensor {
  /** Graph input that holds it. */
  readonly name: string;
  readonly shape: Shape;
  /** Index of the group whose step scalars it takes. */
  readonly group: number;
  readonly decays: boolean;
  /** One parameter, or those that a block joins. */
  readonly parameters: readonly ParameterSpec[];
}

interface GroupedArchitecture {
  readonly architecture: Architecture;
  readonly groups?: ParameterGroups;
}

/** What learns, in the order of the layout or of the blocks. */
export function learningTensors(
  { architecture, groups }: GroupedArchitecture,
  form: ParameterForm,
): LearningTensor[] {
  if (form === 'packed')
    return parameterBlocks(architecture, groups).flatMap((block) =>
      block.group === null ? [] : [{ ...block, group: block.group }],
    );
  const groupOf = groupIndexes(architecture, groups);
  return parameterLayout(architecture).flatMap((parameter) => {
    const group = groupOf.get(parameter.name);
    return group === undefined ? [] : [{ ...parameter, group, parameters: [parameter] }];
  });
}

/** Every parameter by name, and the graph inputs that hold them. */
export function parametersAs(
  b: GraphBuilder,
  { architecture, groups }: GroupedArchitecture,
  form: ParameterForm,
): { readonly parameters: ReadonlyMap<string, Node>; readonly inputs: readonly string[] } {
  if (form === 'packed') {
    const blocks = parameterBlocks(architecture, groups);
    return { parameters: packedParameterInputs(b, blocks), inputs: blocks.map(({ name }) => name) };
  }
  const parameters = parameterInputs(b, architecture);
  return { parameters, inputs: [...parameters.keys()] };
}

/** Token ids, [sequences, T+1]. */
export function tokensInput(b: GraphBuilder, { context }: Architecture, sequences: number): Node {
  return b.input('tokens', [sequences, context + 1], 'i32');
}

export interface LossAndGradients {
  /** The part's share of the mean loss of the batch, a scalar; the mean loss itself where there is one part. */
  readonly loss: Node;
  /** Of `loss` with respect to every learning tensor. */
  readonly learning: readonly (LearningTensor & { readonly gradient: Node })[];
  /** Graph inputs that hold the parameters, learning and frozen. */
  readonly inputs: readonly string[];
}

/**
 * Factor on the loss whose gradients are taken; they are divided by it in float32. float16 has nothing between 0 and
 * 6e-8, where gradients of a mean over many predictions lie (Micikevicius et al. 2018, §3.2): those of the sum over
 * `rows` predictions do not. bfloat16 has the range of float32.
 */
const lossScale = (precision: ProductPrecision, rows: number): number => (precision === 'float16' ? rows : 1);

/** Of one of `parts` equal parts of a batch; the shares of all parts sum up to the whole batch's loss and gradients. */
export function lossAndGradients(
  b: GraphBuilder,
  spec: GroupedArchitecture & {
    readonly batchSize: number;
    readonly precision?: ProductPrecision;
    readonly recompute?: boolean;
  },
  form: ParameterForm,
  parts = 1,
): LossAndGradients {
  const { architecture, batchSize, precision = 'float32', recompute = false } = spec;
  const { parameters, inputs } = parametersAs(b, spec, form);
  const tokens = tokensInput(b, architecture, batchSize / parts);
  const segments: Segment[] = [];
  const loss = meanLoss(b, architecture, parameters, tokens, { parts, segments });
  const tensors = learningTensors(spec, form);
  const names = tensors.flatMap((tensor) => tensor.parameters.map(({ name }) => name));
  // With respect to the pieces of a block: the block itself would collect every gradient through a sum of spread slices.
  const scale = lossScale(precision, batchSize * architecture.context);
  const derivatives = gradients(
    b,
    b.scale(loss, scale),
    names.map((name) => parameters.get(name)!),
    recompute ? segments : [],
  );
  const derivativeOf = new Map(names.map((name, index) => [name, derivatives[index]!]));
  const learning = tensors.map((tensor) => {
    const own = tensor.parameters.map((parameter) => derivativeOf.get(parameter.name)!);
    if (form === 'separate') return { ...tensor, gradient: b.scale(own[0]!, 1 / scale) };
    const rows = own.map((gradient, index) => b.reshape(gradient, rowsOf(tensor, tensor.parameters[index]!)));
    return { ...tensor, gradient: b.scale(b.concat(rows, 0), 1 / scale) };
  });
  return { loss, learning, inputs };
}
