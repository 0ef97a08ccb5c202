/**
 * A model as one point: all parameters in one flat array, in layout order, so that directions, interpolation and
 * Hessian-vector products are vector arithmetic. Views give every tensor back by name without copying.
 */
import type { Architecture } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import type { ParameterRole } from '../model/parameter-layout.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import type { Shape } from '../tensor/shape.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';

export interface SpaceParameter {
  readonly name: string;
  readonly shape: Shape;
  /**
   * Axis that counts the filters of a matrix: 1 when a filter (the weights of one output) is a column, 0 when it is
   * a row; null for parameters without filters (biases, gains), which directions leave alone.
   */
  readonly filterAxis: 0 | 1 | null;
  /** Part of the model for norms: `embedding`, `layer 3`, `head`. */
  readonly part: string;
}

export interface ParameterSpace {
  readonly parameters: readonly (SpaceParameter & { readonly offset: number; readonly size: number })[];
  /** Number of values in a point. */
  readonly size: number;
}

export function parameterSpace(parameters: readonly SpaceParameter[]): ParameterSpace {
  let offset = 0;
  const placed = parameters.map((parameter) => {
    const size = sizeOf(parameter.shape);
    offset += size;
    return { ...parameter, offset: offset - size, size };
  });
  return { parameters: placed, size: offset };
}

/** Weights that read a LayerNorm are stored input-first (model/parameter-layout.ts): their filters are columns. */
const INPUT_FIRST: ReadonlySet<ParameterRole> = new Set(['attn.q.w', 'attn.k.w', 'attn.v.w', 'mlp.up.w']);

/** The space of an architecture. A row of an embedding (one token, one position) is a filter. */
export function spaceOfArchitecture(architecture: Architecture): ParameterSpace {
  return parameterSpace(
    parameterLayout(architecture).map(({ name, role, layer, shape }) => ({
      name,
      shape,
      filterAxis: shape.length < 2 ? null : INPUT_FIRST.has(role) ? 1 : 0,
      part: layer !== null ? `layer ${layer}` : role === 'wte' || role === 'wpe' ? 'embedding' : 'head',
    })),
  );
}

/** Copies tensors into one point. @throws EspalierError `failed` for a tensor that is missing or of another size */
export function pointOf(space: ParameterSpace, tensors: TensorMap): Float32Array {
  const point = new Float32Array(space.size);
  for (const { name, offset, size } of space.parameters) {
    const values = tensors.get(name);
    if (values?.length !== size)
      throw new EspalierError('failed', `${name} has ${values?.length ?? 'no'} values; it must have ${size}`);
    point.set(values, offset);
  }
  return point;
}

/** The tensors of a point, sharing its memory. */
export function viewsOf(space: ParameterSpace, point: Float32Array): Map<string, Float32Array> {
  return new Map(
    space.parameters.map(({ name, offset, size }) => [name, point.subarray(offset, offset + size)]),
  );
}

/** Inner product in float64. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

export const norm = (a: Float32Array): number => Math.sqrt(dot(a, a));

/** `point + Σ factor·direction`, rounded once to float32. */
export function moved(
  point: Float32Array,
  ...steps: readonly (readonly [factor: number, direction: Float32Array])[]
): Float32Array {
  const result = new Float32Array(point.length);
  for (let index = 0; index < point.length; index++) {
    let value = point[index]!;
    for (const [factor, direction] of steps) value += factor * direction[index]!;
    result[index] = value;
  }
  return result;
}

/** `(1 − share)·from + share·to`; exactly `from` at 0 and `to` at 1. */
export function between(from: Float32Array, to: Float32Array, share: number): Float32Array {
  return from.map((value, index) => (1 - share) * value + share * to[index]!);
}
