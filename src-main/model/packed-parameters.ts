/**
 * Parameters joined to a few long vectors, the blocks, one for each (group, decays) pair and one for the frozen ones.
 * A step over a small model is bound by the number of kernels a GPU starts, and AdamW over a hundred tensors is
 * most of them: over blocks it is a dozen kernels whatever the depth.
 */
import type { Architecture } from '../contract/architecture.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
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
    return { name, group, decays, parameters, size };
  };
  const learning = Array.from({ length: groups?.length ?? 1 }, (_, group) => [
    block(`packed.${group}.decayed`, group, true),
    block(`packed.${group}.plain`, group, false),
  ]);
  return [...learning.flat(), block('packed.frozen', null, false)].filter(({ size }) => size > 0);
}

/** Every parameter as a piece of its block, a graph input of shape [size]. */
export function packedParameterInputs(b: GraphBuilder, blocks: readonly ParameterBlock[]): Map<string, Node> {
  const pieces = new Map<string, Node>();
  for (const { name, size, parameters } of blocks) {
    const input = b.input(name, [size]);
    let start = 0;
    for (const parameter of parameters) {
      const piece = b.slice(input, 0, start, start + parameter.size);
      pieces.set(parameter.name, b.reshape(piece, parameter.shape));
      start += parameter.size;
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
