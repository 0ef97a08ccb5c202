/**
 * An independent forward pass for growth tests: plain loops, float64, one sequence; nothing shared with the
 * program but the parameter names. And source models whose gains and biases are far from 1 and 0, because half
 * of all growing mistakes vanish where they are not.
 */
import type { Architecture } from '../../src-main/contract/architecture.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { randomStream } from '../../src-main/tensor/random.ts';

export const TINY: Omit<Architecture, 'layers'> = {
  width: 12,
  heads: 3,
  context: 7,
  mlpRatio: 2,
  activation: 'gelu',
  tiedEmbedding: true,
  attentionBias: true,
  dropout: 0,
  vocabulary: 11,
};

export interface TestModel {
  architecture: Architecture;
  parameters: Map<string, Float32Array>;
}

/** Gains 1 + 0.3·N, biases 0.3·N, matrices N/√width, embeddings N. */
export function sourceModel(layers: number, seed = 1, shape: Partial<Architecture> = {}): TestModel {
  const architecture: Architecture = { ...TINY, ...shape, layers };
  const parameters = new Map(
    parameterLayout(architecture).map(({ name, size, shape: dimensions }) => {
      const stream = randomStream(seed, 'test source', name);
      const isGain = name.endsWith('.g');
      const deviation =
        dimensions.length === 1 ? 0.3 : name.startsWith('h.') ? 1 / Math.sqrt(architecture.width) : 1;
      const values = Float32Array.from(
        { length: size },
        () => (isGain ? 1 : 0) + deviation * stream.normal(),
      );
      return [name, values];
    }),
  );
  return { architecture, parameters };
}

export const IDS: readonly number[] = [3, 0, 10, 7, 7, 1, 5];

/** Logits [time, vocabulary] of one sequence, flattened. */
export function logitsOf({ architecture, parameters }: TestModel, ids: readonly number[] = IDS): number[] {
  const { layers, width: D, heads, vocabulary, mlpRatio } = architecture;
  const d = D / heads;
  const F = D * mlpRatio;
  const get = (name: string, fallback?: number): ArrayLike<number> => {
    const values = parameters.get(name);
    if (values) return values;
    if (fallback === undefined) throw new Error(`no ${name}`);
    return new Array<number>(fallback).fill(0);
  };
  const activate = (x: number) => (architecture.activation === 'relu' ? Math.max(0, x) : gelu(x));
  const wte = get('wte');
  const wpe = get('wpe');
  let x = ids.map((id, t) => Array.from({ length: D }, (_, c) => wte[id * D + c]! + wpe[t * D + c]!));
  for (let layer = 0; layer < layers; layer++) {
    const p = (role: string, fallback?: number) => get(`h.${layer}.${role}`, fallback);
    const normed = x.map((row) => layerNorm(row, p('ln1.g'), p('ln1.b')));
    const [q, k, v] = (['q', 'k', 'v'] as const).map((word) =>
      normed.map((row) => inFirst(row, p(`attn.${word}.w`), p(`attn.${word}.b`, D), D)),
    ) as [number[][], number[][], number[][]];
    x = x.map((row, t) => {
      const mixed: number[] = [];
      for (let head = 0; head < heads; head++) {
        const scores: number[] = [];
        for (let s = 0; s <= t; s++) {
          let dot = 0;
          for (let c = head * d; c < (head + 1) * d; c++) dot += q[t]![c]! * k[s]![c]!;
          scores.push(dot / Math.sqrt(d));
        }
        const top = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - top));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let c = head * d; c < (head + 1) * d; c++)
          mixed.push(weights.reduce((sum, weight, s) => sum + (weight / total) * v[s]![c]!, 0));
      }
      const out = outFirst(mixed, p('attn.o.w'), p('attn.o.b', D), D);
      return row.map((value, c) => value + out[c]!);
    });
    x = x.map((row) => {
      const hidden = inFirst(layerNorm(row, p('ln2.g'), p('ln2.b')), p('mlp.up.w'), p('mlp.up.b'), F);
      const out = outFirst(hidden.map(activate), p('mlp.down.w'), p('mlp.down.b'), D);
      return row.map((value, c) => value + out[c]!);
    });
  }
  const head = architecture.tiedEmbedding ? wte : get('head.w');
  return x.flatMap((row) => {
    const normed = layerNorm(row, get('lnf.g'), get('lnf.b'));
    return Array.from({ length: vocabulary }, (_, id) =>
      normed.reduce((sum, value, c) => sum + value * head[id * D + c]!, 0),
    );
  });
}

export const maxDifference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

function layerNorm(row: readonly number[], gain: ArrayLike<number>, bias: ArrayLike<number>): number[] {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return row.map((value, c) => ((value - mean) / Math.sqrt(variance + 1e-5)) * gain[c]! + bias[c]!);
}

/** y = x W + b with W stored [in, out]. */
function inFirst(row: readonly number[], w: ArrayLike<number>, b: ArrayLike<number>, size: number): number[] {
  return Array.from({ length: size }, (_, j) =>
    row.reduce((sum, value, i) => sum + value * w[i * size + j]!, b[j]!),
  );
}

/** y = W x + b with W stored [out, in]. */
function outFirst(
  row: readonly number[],
  w: ArrayLike<number>,
  b: ArrayLike<number>,
  size: number,
): number[] {
  return Array.from({ length: size }, (_, j) =>
    row.reduce((sum, value, i) => sum + value * w[j * row.length + i]!, b[j]!),
  );
}

/** Exact GELU; erf by its series 2/√π·exp(-z²)·Σ 2ⁿ z^(2n+1)/(2n+1)!!. */
function gelu(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  let term = z;
  let sum = z;
  for (let n = 1; n < 120; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  const erf = z > 6 ? 1 : (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
  return 0.5 * x * (1 + Math.sign(x) * erf);
}
