/** Training states as the packed programs take them (model/packed-parameters.ts), for engines that run those. */
import { EspalierError } from '../contract/errors.ts';
import type { StepScalars } from '../model/adamw.ts';
import type { ParameterBlock } from '../model/packed-parameters.ts';
import { packBlock, unpackBlock } from '../model/packed-parameters.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import { momentMName, momentVName, scalarNames } from '../model/program-names.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { Shape } from '../tensor/shape.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import type { TrainingState } from './engine.ts';
import { checkState } from './session-checks.ts';

/** Moments of one candidate's frozen parameters, which no graph reads. */
export type FrozenMoments = Pick<TrainingState, 'momentM' | 'momentV'>;

/** Shapes of the graph inputs that hold the state of `count` candidates: blocks and the moments of those that learn. */
export function stateShapes(blocks: readonly ParameterBlock[], count: number): Map<string, Shape> {
  return new Map(
    blocks.flatMap(({ name, group, shape }) => {
      const own = count === 1 ? shape : [count, ...shape];
      const names = group === null ? [name] : [name, momentMName(name), momentVName(name)];
      return names.map((input): [string, Shape] => [input, own]);
    }),
  );
}

export interface PackedStates {
  /** Blocks and their moments by graph input name, candidate after candidate. */
  readonly inputs: Map<string, Float32Array>;
  /** By candidate. */
  readonly frozen: readonly FrozenMoments[];
}

/** @throws EspalierError `failed` for a wrong number of states, or one that does not fit the architecture */
export function packStates(
  spec: TrainingSpec,
  blocks: readonly ParameterBlock[],
  count: number,
  states: readonly TrainingState[],
): PackedStates {
  if (states.length !== count)
    throw new EspalierError('failed', `a group was given ${states.length} states; must be ${count}`);
  for (const state of states) checkState(spec, state);
  const inputs = new Map<string, Float32Array>();
  const join = (input: string, block: ParameterBlock, part: keyof TrainingState): void => {
    const values = new Float32Array(count * block.size);
    for (const [candidate, state] of states.entries())
      values.set(packBlock(block, state[part]), candidate * block.size);
    inputs.set(input, values);
  };
  const still = new Set<string>();
  for (const block of blocks) {
    join(block.name, block, 'parameters');
    if (block.group === null) for (const { name } of block.parameters) still.add(name);
    else {
      join(momentMName(block.name), block, 'momentM');
      join(momentVName(block.name), block, 'momentV');
    }
  }
  const copies = (tensors: TensorMap): TensorMap =>
    new Map([...tensors].flatMap(([name, values]) => (still.has(name) ? [[name, values.slice()]] : [])));
  const frozen = states.map(({ momentM, momentV }) => ({
    momentM: copies(momentM),
    momentV: copies(momentV),
  }));
  return { inputs, frozen };
}

/** Copies of all states, with their tensors in layout order. */
export function unpackStates(
  spec: TrainingSpec,
  blocks: readonly ParameterBlock[],
  { inputs, frozen }: { readonly inputs: TensorMap; readonly frozen: readonly FrozenMoments[] },
): TrainingState[] {
  const order = parameterLayout(spec.architecture).map(({ name }) => name);
  return frozen.map(({ momentM, momentV }, candidate) => {
    const part = (named: (name: string) => string, still: TensorMap): TensorMap => {
      const tensors = new Map(still);
      for (const block of blocks) {
        const joined = inputs.get(named(block.name));
        if (!joined) continue; // moments of the frozen block
        const own = joined.subarray(candidate * block.size, (candidate + 1) * block.size);
        for (const [name, tensor] of unpackBlock(block, own)) tensors.set(name, tensor);
      }
      return new Map(order.map((name) => [name, tensors.get(name)!]));
    };
    return {
      parameters: part((name) => name, new Map()),
      momentM: part(momentMName, momentM),
      momentV: part(momentVName, momentV),
    };
  });
}

/** Values [N, candidates, width] as one array [N, width] for each candidate. */
export function byCandidate(values: Float32Array, count: number, width = 1): Float32Array[] {
  if (count === 1) return [values];
  const rows = values.length / (count * width);
  return Array.from({ length: count }, (_, candidate) => {
    const own = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      const start = (row * count + candidate) * width;
      own.set(values.subarray(start, start + width), row * width);
    }
    return own;
  });
}

/** Sums over the parts of values [parts, candidates]. */
export function sumOfParts(values: Float32Array, candidates: number): Float32Array {
  return Float32Array.from({ length: candidates }, (_, candidate) => {
    let sum = 0;
    for (let index = candidate; index < values.length; index += candidates) sum += values[index]!;
    return sum;
  });
}

/** Every scalar input with its values, one for each step. */
export function scalarColumns(
  { groups }: TrainingSpec,
  scalars: readonly StepScalars[],
): { name: string; values: Float32Array }[] {
  const names = scalarNames(groups?.length ?? 1);
  return names.flatMap((inputs, group) => {
    const own = scalars.filter((_, index) => index % names.length === group);
    return (['learningRate', 'correction1', 'correction2'] as const).map((key) => ({
      name: inputs[key],
      values: Float32Array.from(own, (scalar) => scalar[key]),
    }));
  });
}
