/**
 * The same GPT and the same training step in TensorFlow.js, written with its own ops, gradients and kernels.
 * Only embeddings go through a one-hot product: the wasm backend has no kernel for the gradient of a gather.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import type { AdamWSettings, StepScalars } from '../../src-main/model/adamw.ts';
import { CLIP_EPSILON } from '../../src-main/model/adamw.ts';
import type { ParameterRole } from '../../src-main/model/parameter-layout.ts';
import { layerParameterName, parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { LAYER_NORM_EPSILON } from '../../src-main/model/transformer.ts';

/** One tensor for each parameter, in layout order. */
export type Tensors = tf.Tensor[];

export interface TfjsState {
  parameters: Tensors;
  momentM: Tensors;
  momentV: Tensors;
}

/** Mean cross-entropy of predicting ids[:, 1:] from ids[:, :T]; ids [B, T+1]. */
export function tfjsLoss(architecture: Architecture, parameters: Tensors, ids: tf.Tensor2D): tf.Scalar {
  const { width, layers, context, vocabulary } = architecture;
  const byName = new Map(parameterLayout(architecture).map(({ name }, index) => [name, parameters[index]!]));
  const batch = ids.shape[0];
  const rows = batch * context;
  const hot = (start: number): tf.Tensor => {
    const shifted = tf.reshape(tf.slice(ids, [0, start], [batch, context]), [rows]);
    return tf.cast(tf.oneHot(shifted as tf.Tensor1D, vocabulary), 'float32');
  };
  const wte = byName.get('wte')!;
  const tokens = tf.reshape(tf.matMul(hot(0), wte), [batch, context, width]);
  let x = tf.reshape(tf.add(tokens, byName.get('wpe')!), [rows, width]);
  const mask = causalMask(context);
  for (let layer = 0; layer < layers; layer++) {
    const at = (role: ParameterRole): tf.Tensor | undefined => byName.get(layerParameterName(layer, role));
    x = tf.add(x, attention(architecture, at, normalise(x, at('ln1.g')!, at('ln1.b')!), mask, batch));
    x = tf.add(x, mlp(architecture, at, normalise(x, at('ln2.g')!, at('ln2.b')!)));
  }
  const final = normalise(x, byName.get('lnf.g')!, byName.get('lnf.b')!);
  const logits = tf.matMul(final, byName.get('head.w') ?? wte, false, true);
  return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), hot(1))), -1 / rows) as tf.Scalar;
}

type ReadLayer = (role: ParameterRole) => tf.Tensor | undefined;

function normalise(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), LAYER_NORM_EPSILON));
  return tf.add(tf.mul(tf.mul(centred, inverse), gain), bias);
}

const biased = (x: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor => (bias ? tf.add(x, bias) : x);

function attention(
  { width, heads, context }: Architecture,
  at: ReadLayer,
  y: tf.Tensor,
  mask: tf.Tensor,
  batch: number,
): tf.Tensor {
  const split = (weight: ParameterRole, bias: ParameterRole): tf.Tensor => {
    const rows = biased(tf.matMul(y, at(weight)!), at(bias));
    return tf.transpose(tf.reshape(rows, [batch, context, heads, width / heads]), [0, 2, 1, 3]);
  };
  const query = tf.mul(split('attn.q.w', 'attn.q.b'), 1 / Math.sqrt(width / heads));
  const scores = tf.add(tf.matMul(query, split('attn.k.w', 'attn.k.b'), false, true), mask);
  const mixed = tf.matMul(tf.softmax(scores), split('attn.v.w', 'attn.v.b'));
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * context, width]);
  return biased(tf.matMul(joined, at('attn.o.w')!, false, true), at('attn.o.b'));
}

function mlp({ activation }: Architecture, at: ReadLayer, y: tf.Tensor): tf.Tensor {
  const up = tf.add(tf.matMul(y, at('mlp.up.w')!), at('mlp.up.b')!);
  const hidden =
    activation === 'relu'
      ? tf.relu(up)
      : tf.mul(tf.mul(up, 0.5), tf.add(tf.erf(tf.mul(up, Math.SQRT1_2)), 1));
  return tf.add(tf.matMul(hidden, at('mlp.down.w')!, false, true), at('mlp.down.b')!);
}

function causalMask(context: number): tf.Tensor {
  const values = Float32Array.from({ length: context * context }, (_, index) =>
    index % context > Math.floor(index / context) ? -1e9 : 0,
  );
  return tf.tensor2d(values, [context, context]);
}

/** One step of clipping and AdamW; replaces the tensors of `state` and returns the loss before it. */
export function tfjsStep(
  architecture: Architecture,
  settings: AdamWSettings,
  { learningRate, correction1, correction2 }: StepScalars,
  state: TfjsState,
  ids: tf.Tensor2D,
): number {
  const layout = parameterLayout(architecture);
  const before = [...state.parameters, ...state.momentM, ...state.momentV];
  const next = tf.tidy(() => {
    const { value, grads } = tf.valueAndGrads((...parameters: tf.Tensor[]) =>
      tfjsLoss(architecture, parameters, ids),
    )(state.parameters);
    const norm = tf.sqrt(tf.addN(grads.map((gradient) => tf.sum(tf.square(gradient)))));
    const factor = tf.minimum(tf.div(settings.clipNorm, tf.add(norm, CLIP_EPSILON)), 1);
    const updated = layout.map(({ decays }, index) => {
      const gradient = tf.mul(grads[index]!, factor);
      const m = tf.add(tf.mul(state.momentM[index]!, settings.beta1), tf.mul(gradient, 1 - settings.beta1));
      const v = tf.add(
        tf.mul(state.momentV[index]!, settings.beta2),
        tf.mul(tf.square(gradient), 1 - settings.beta2),
      );
      const root = tf.mul(tf.sqrt(v), 1 / Math.sqrt(correction2));
      const step = tf.mul(tf.div(m, tf.add(root, settings.epsilon)), learningRate / correction1);
      const parameter = state.parameters[index]!;
      const kept = decays ? tf.mul(parameter, 1 - learningRate * settings.weightDecay) : parameter;
      return { p: tf.sub(kept, step), m, v };
    });
    return {
      loss: value,
      parameters: updated.map(({ p }) => p),
      momentM: updated.map(({ m }) => m),
      momentV: updated.map(({ v }) => v),
    };
  });
  tf.dispose(before);
  Object.assign(state, { parameters: next.parameters, momentM: next.momentM, momentV: next.momentV });
  const [loss] = next.loss.dataSync();
  next.loss.dispose();
  return loss!;
}
