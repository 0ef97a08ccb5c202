/**
 * The forward pass: a pre-norm GPT (Radford et al. 2019, §2.3) from token ids to the mean cross-entropy, read
 * from top to bottom. B batch, T context, D width, H heads, d = D/H, F MLP width, V vocabulary, R = B·T rows.
 * Activations are row matrices [R, D]; weights are stored as parameter-layout.ts says.
 */
import type { Architecture } from '../contract/architecture.ts';
import type { Segment } from '../graph/autodiff.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import { headWidth } from './architecture.ts';
import { attentionScale, outputMultiplier } from './mup.ts';
import type { ParameterRole } from './parameter-layout.ts';
import { layerParameterName, parameterLayout } from './parameter-layout.ts';

export const LAYER_NORM_EPSILON = 1e-5;

/** Score of a masked position: far enough below any score that its probability is exactly zero. */
const MASKED = -1e9;

/** Graph inputs for every parameter, by name. */
export function parameterInputs(builder: GraphBuilder, architecture: Architecture): Map<string, Node> {
  return new Map(parameterLayout(architecture).map(({ name, shape }) => [name, builder.input(name, shape)]));
}

/** Logits [R, V] for token ids [B, T]. Adds every layer, from what it reads to what it writes, to `segments`. */
export function forward(
  b: GraphBuilder,
  architecture: Architecture,
  parameters: ReadonlyMap<string, Node>,
  ids: Node,
  segments: Segment[] = [],
): Node {
  const { width, layers, vocabulary } = architecture;
  const [batch, time] = ids.shape as [number, number];
  const read = (name: string): Node => parameters.get(name)!;

  const positions = b.slice(read('wpe'), 0, 0, time); // [T, D]
  let x = b.reshape(b.add(b.gather(read('wte'), ids), positions), [batch * time, width]); // [R, D]
  const mask = causalMask(b, time); // [T, T]
  for (let layer = 0; layer < layers; layer++) {
    const at = (role: ParameterRole): Node | undefined => parameters.get(layerParameterName(layer, role));
    const input = x;
    x = b.add(x, attention(b, architecture, at, normalise(b, x, at('ln1.g')!, at('ln1.b')!), mask, batch));
    x = b.add(x, mlp(b, architecture, at, normalise(b, x, at('ln2.g')!, at('ln2.b')!)));
    segments.push({ input, output: x });
  }
  const final = normalise(b, x, read('lnf.g'), read('lnf.b'));
  const head = read(architecture.tiedEmbedding ? 'wte' : 'head.w'); // [V, D]
  const logits = b.matmul(final, head, { transposeB: true, alpha: outputMultiplier(architecture) });
  return b.reshape(logits, [batch * time, vocabulary]);
}

/**
 * Mean cross-entropy in nats per token of predicting tokens[:, 1:] from tokens[:, :T]; tokens [B, T+1]. Of one of
 * `parts` equal parts of a batch, its share: the shares sum up to the mean over the batch. `segments` as in `forward`.
 */
export function meanLoss(
  b: GraphBuilder,
  architecture: Architecture,
  parameters: ReadonlyMap<string, Node>,
  tokens: Node,
  { parts = 1, segments = [] }: { readonly parts?: number; readonly segments?: Segment[] } = {},
): Node {
  const [batch, length] = tokens.shape as [number, number];
  const rows = batch * (length - 1);
  const logits = forward(b, architecture, parameters, b.slice(tokens, 1, 0, length - 1), segments);
  const targets = b.reshape(b.slice(tokens, 1, 1, length), [rows]);
  return b.scale(b.sumAll(b.crossEntropy(logits, targets)), 1 / (parts * rows));
}

type ReadLayer = (role: ParameterRole) => Node | undefined;

function normalise(b: GraphBuilder, x: Node, gain: Node, bias: Node): Node {
  return b.layerNorm(x, gain, bias, LAYER_NORM_EPSILON);
}

function withBias(b: GraphBuilder, product: Node, bias: Node | undefined): Node {
  return bias ? b.add(product, bias) : product;
}

/** Multi-head causal self-attention of y [R, D]; returns [R, D]. */
function attention(
  b: GraphBuilder,
  architecture: Architecture,
  at: ReadLayer,
  y: Node,
  mask: Node,
  batch: number,
): Node {
  const { width, heads } = architecture;
  const head = headWidth(architecture);
  const time = y.shape[0]! / batch;
  const split = (weight: ParameterRole, bias: ParameterRole): Node => {
    const rows = withBias(b, b.matmul(y, at(weight)!), at(bias)); // [R, D]
    return b.transpose(b.reshape(rows, [batch, time, heads, head]), [0, 2, 1, 3]); // [B, H, T, d]
  };
  const query = split('attn.q.w', 'attn.q.b');
  const key = split('attn.k.w', 'attn.k.b');
  const value = split('attn.v.w', 'attn.v.b');
  const scores = b.matmul(query, key, { transposeB: true, alpha: attentionScale(architecture) }); // [B, H, T, T]
  const weights = b.softmax(b.add(scores, mask));
  const mixed = b.transpose(b.matmul(weights, value), [0, 2, 1, 3]); // [B, T, H, d]
  const joined = b.reshape(mixed, [batch * time, width]); // [R, D]
  return withBias(b, b.matmul(joined, at('attn.o.w')!, { transposeB: true }), at('attn.o.b'));
}

/**
 * down(activation(up(y))), [R, D]. For the exact GELU, gelu(x) = x·Φ(x) = s·(x·s)·(1 + erf(x·s)) with s = 1/√2:
 * both factors s ride along in the neighbouring products and cost nothing.
 */
function mlp(b: GraphBuilder, architecture: Architecture, at: ReadLayer, y: Node): Node {
  if (architecture.activation === 'relu') {
    const hidden = b.relu(b.add(b.matmul(y, at('mlp.up.w')!), at('mlp.up.b')!)); // [R, F]
    return b.add(b.matmul(hidden, at('mlp.down.w')!, { transposeB: true }), at('mlp.down.b')!);
  }
  const alpha = Math.SQRT1_2;
  const scaled = b.add(b.matmul(y, at('mlp.up.w')!, { alpha }), b.scale(at('mlp.up.b')!, alpha)); // [R, F]
  const hidden = b.scaledGelu(scaled);
  return b.add(b.matmul(hidden, at('mlp.down.w')!, { transposeB: true, alpha }), at('mlp.down.b')!);
}

function causalMask(b: GraphBuilder, time: number): Node {
  const values = new Float32Array(time * time);
  for (let row = 0; row < time; row++) values.fill(MASKED, row * time + row + 1, (row + 1) * time);
  return b.constant(values, [time, time]);
}
