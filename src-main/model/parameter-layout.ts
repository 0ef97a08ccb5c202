/**
 * The parameters of an architecture: names, shapes, storage order, initialisers. This list is the one source
 * of truth for the forward pass, growth, checkpoints and counts.
 *
 * Storage order. Weights that read a LayerNorm (q, k, v, up) are stored input-first `[in, out]`; weights that
 * write the residual stream (attn.o, mlp.down) output-first `[out, in]`. Both weight gradients then come out of
 * one product with the narrow operand transposed (docs/decisions.md). `wte`, `head.w` are `[vocabulary, width]`.
 */
import type { Architecture } from '../contract/architecture.ts';
import { normalArray, randomStream } from '../tensor/random.ts';
import type { Shape } from '../tensor/shape.ts';
import { sizeOf } from '../tensor/shape.ts';
import { mlpWidth } from './architecture.ts';

/** The part a parameter plays inside its layer (or outside all layers). */
export type ParameterRole =
  | 'wte'
  | 'wpe'
  | 'lnf.g'
  | 'lnf.b'
  | 'head.w'
  | 'ln1.g'
  | 'ln1.b'
  | 'ln2.g'
  | 'ln2.b'
  | 'attn.q.w'
  | 'attn.q.b'
  | 'attn.k.w'
  | 'attn.k.b'
  | 'attn.v.w'
  | 'attn.v.b'
  | 'attn.o.w'
  | 'attn.o.b'
  | 'mlp.up.w'
  | 'mlp.up.b'
  | 'mlp.down.w'
  | 'mlp.down.b';

export interface ParameterSpec {
  /** `h.3.attn.q.w`, `wte`, … */
  readonly name: string;
  readonly role: ParameterRole;
  /** Layer index, or null outside the layers. */
  readonly layer: number | null;
  readonly shape: Shape;
  readonly size: number;
  readonly initial:
    | { readonly kind: 'normal'; readonly deviation: number }
    | { readonly kind: 'constant'; readonly value: 0 | 1 };
  /** Whether AdamW decays it: weight matrices yes; gains, biases and embeddings no. */
  readonly decays: boolean;
}

/** Out-projections: the tensors that write to the residual stream. Zero in all four makes a layer the identity. */
export const OUT_PROJECTION_ROLES: readonly ParameterRole[] = [
  'attn.o.w',
  'attn.o.b',
  'mlp.down.w',
  'mlp.down.b',
];

/** `h.{layer}.{role}`. */
export const layerParameterName = (layer: number, role: ParameterRole): string => `h.${layer}.${role}`;

/** All parameters in canonical order: wte, wpe, layers from the bottom, final LayerNorm, head. */
export function parameterLayout(architecture: Architecture): ParameterSpec[] {
  const { width, context, vocabulary, layers, tiedEmbedding } = architecture;
  const specs: ParameterSpec[] = [
    spec('wte', null, [vocabulary, width], { kind: 'normal', deviation: 0.05 }, false),
    spec('wpe', null, [context, width], { kind: 'normal', deviation: 0.02 }, false),
  ];
  for (let layer = 0; layer < layers; layer++) specs.push(...layerLayout(architecture, layer));
  specs.push(spec('lnf.g', null, [width], ONE, false), spec('lnf.b', null, [width], ZERO, false));
  if (!tiedEmbedding)
    specs.push(spec('head.w', null, [vocabulary, width], { kind: 'normal', deviation: 0.05 }, false));
  return specs;
}

const ONE = { kind: 'constant', value: 1 } as const;
const ZERO = { kind: 'constant', value: 0 } as const;

/** The parameters of one layer; out-projections start smaller by √(2·layers) (Radford et al. 2019, §2.3). */
function layerLayout(architecture: Architecture, layer: number): ParameterSpec[] {
  const { width, layers, attentionBias } = architecture;
  const hidden = mlpWidth(architecture);
  const inward = { kind: 'normal', deviation: 1 / Math.sqrt(width) } as const;
  const outward = (fanIn: number) =>
    ({ kind: 'normal', deviation: 1 / Math.sqrt(fanIn) / Math.sqrt(2 * layers) }) as const;
  const at = (
    role: ParameterRole,
    shape: Shape,
    initial: ParameterSpec['initial'],
    decays = false,
  ): ParameterSpec => spec(role, layer, shape, initial, decays);
  const bias = (role: ParameterRole): ParameterSpec[] => (attentionBias ? [at(role, [width], ZERO)] : []);
  return [
    at('ln1.g', [width], ONE),
    at('ln1.b', [width], ZERO),
    at('attn.q.w', [width, width], inward, true),
    ...bias('attn.q.b'),
    at('attn.k.w', [width, width], inward, true),
    ...bias('attn.k.b'),
    at('attn.v.w', [width, width], inward, true),
    ...bias('attn.v.b'),
    at('attn.o.w', [width, width], outward(width), true),
    ...bias('attn.o.b'),
    at('ln2.g', [width], ONE),
    at('ln2.b', [width], ZERO),
    at('mlp.up.w', [width, hidden], inward, true),
    at('mlp.up.b', [hidden], ZERO),
    at('mlp.down.w', [width, hidden], outward(hidden), true),
    at('mlp.down.b', [width], ZERO),
  ];
}

function spec(
  role: ParameterRole,
  layer: number | null,
  shape: Shape,
  initial: ParameterSpec['initial'],
  decays: boolean,
): ParameterSpec {
  const name = layer === null ? role : layerParameterName(layer, role);
  return { name, role, layer, shape, size: sizeOf(shape), initial, decays };
}

/** Exact number of parameters, tied embeddings counted once. */
export function countParameters(architecture: Architecture): number {
  return parameterLayout(architecture).reduce((sum, parameter) => sum + parameter.size, 0);
}

/** Fresh values of one parameter from the stream named by (seed, 'init', name). */
export function initialParameter(parameter: ParameterSpec, seed: number): Float32Array {
  const { initial } = parameter;
  return initial.kind === 'constant'
    ? new Float32Array(parameter.size).fill(initial.value)
    : normalArray(randomStream(seed, 'init', parameter.name), parameter.size, initial.deviation);
}

/** Fresh values of every parameter; each tensor draws from its own stream. */
export function initialParameters(architecture: Architecture, seed: number): Map<string, Float32Array> {
  return new Map(
    parameterLayout(architecture).map((parameter) => [parameter.name, initialParameter(parameter, seed)]),
  );
}
