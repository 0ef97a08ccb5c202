/**
 * Parameters joined to a few large matrices, the blocks, one for each (group, decays) pair and one for the frozen ones.
 * A step over a small model is bound by the number of kernels a GPU starts, and AdamW over a hundred tensors is
 * most of them: over blocks it is a dozen kernels whatever the depth. Blocks have rows and are joined row by row,
 * because joining kernels keep a table with an entry for every place along the axis.
 */
import type { Architecture } from '../contract/architecture.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import type { Shape } from '../tensor/shape.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import type { ParameterGroups } from './parameter-groups.ts';
import { groupIndexes } from './parameter-groups.ts';
import type { ParameterSpec } from './parameter-layout.ts';
import { parameterLayout } from './parameter-layout.ts';

export interface ParameterBlock {
  /** `packed.0.decayed`, `packed.1.plain`, …, `packed.frozen`. */
  readonly name: string;
  /** Index of the group whose step scalars it takes; null for what is frozen. */
  readonly group: number | null;
  readonly decays: boolean;
  /** Its parameters in the order in which their values follow each other. */
  readonly parameters: readonly ParameterSpec[];
  /** Number of values. */
  readonly size: number;
  /** [size / w, w]; w divides the size of every parameter. */
  readonly shape: Shape;
}

/** Every parameter in exactly one block; learning blocks first, by group, decayed before plain. */
export function parameterBlocks(
  architecture: Architecture,
  groups: ParameterGroups | undefined,
): ParameterBlock[] {
  const groupOf = groupIndexes(architecture, groups);
  const layout = parameterLayout(architecture);
  const block = (name: string, group: number | null, decays: boolean): ParameterBlock => {
    const parameters = layout.filter(
      (parameter) =>
        (groupOf.get(parameter.name) ?? null) === group && (group === null || parameter.decays === decays),
    );
    const size = parameters.reduce((sum, parameter) => sum + parameter.size, 0);
    const width = parameters.reduce(
      (divisor, parameter) => greatestCommonDivisor(divisor, parameter.size),
      0,
    );
    return { name, group, decays, parameters, size, shape: [size / width, width] };
  };
  const learning = Array.from({ length: groups?.length ?? 1 }, (_, group) => [
    block(`packed.${group}.decayed`, group, true),
    block(`packed.${group}.plain`, group, false),
  ]);
  return [...learning.flat(), block('packed.frozen', null, false)].filter(({ size }) => size > 0);
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** A parameter's own rows of its block. */
export const rowsOf = ({ shape }: Pick<ParameterBlock, 'shape'>, { size }: ParameterSpec): Shape => [
  size / shape[1]!,
  shape[1]!,
];

/** Every parameter as a piece of its block, a graph input. */
export function packedParameterInputs(b: GraphBuilder, blocks: readonly ParameterBlock[]): Map<string, Node> {
  const pieces = new Map<string, Node>();
  for (const block of blocks) {
    const input = b.input(block.name, block.shape);
    let start = 0;
    for (const parameter of block.parameters) {
      const [rows] = rowsOf(block, parameter) as [number, number];
      pieces.set(parameter.name, b.reshape(b.slice(input, 0, start, start + rows), parameter.shape));
      start += rows;
    }
  }
  return pieces;
}

/** The values of a block's parameters, joined. */
export function packBlock({ size, parameters }: ParameterBlock, tensors: TensorMap): Float32Array {
  const values = new Float32Array(size);
  let start = 0;
  for (const parameter of parameters) {
    values.set(tensors.get(parameter.name)!, start);
    start += parameter.size;
  }
  return values;
}

/** Copies of the block's tensors, by parameter name. */
export function unpackBlock({ parameters }: ParameterBlock, values: Float32Array): [string, Float32Array][] {
  let start = 0;
  return parameters.map(({ name, size }) => {
    start += size;
    return [name, values.slice(start - size, start)];
  });
}
