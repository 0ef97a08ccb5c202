/**
 * Global-norm clipping (Pascanu et al. 2013, §3.2) and AdamW with decoupled weight decay (Loshchilov & Hutter
 * 2019, algorithm 2) as graph nodes. The step size and the two bias corrections are inputs, so that any
 * schedule works and the step counter lives outside the graph.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global gradient norm; larger gradients are scaled down to it. */
  readonly clipNorm: number;
}

/** Scalars of one step; `step` counts from 1 since the moments were zero. */
export interface StepScalars {
  readonly learningRate: number;
  /** 1 − β1^step. */
  readonly correction1: number;
  /** 1 − β2^step. */
  readonly correction2: number;
}

export function stepScalars(settings: AdamWSettings, learningRate: number, step: number): StepScalars {
  return {
    learningRate,
    correction1: 1 - settings.beta1 ** step,
    correction2: 1 - settings.beta2 ** step,
  };
}

/** √Σ‖g‖² over all gradients, summed in a tree of pairs; a scalar. */
export function globalNorm(b: GraphBuilder, gradients: readonly Node[]): Node {
  let sums = gradients.map((gradient) => b.sumAll(b.square(gradient)));
  while (sums.length > 1) {
    const pairs: Node[] = [];
    for (let index = 0; index < sums.length; index += 2) {
      const [left, right] = [sums[index]!, sums[index + 1]];
      pairs.push(right ? b.add(left, right) : left);
    }
    sums = pairs;
  }
  return b.sqrt(sums[0]!);
}

/** min(1, clipNorm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_ has it. */
export function clipFactor(b: GraphBuilder, norm: Node, clipNorm: number): Node {
  return b.minimum(b.divide(b.scalar(clipNorm), b.add(norm, b.scalar(CLIP_EPSILON))), b.scalar(1));
}

export const CLIP_EPSILON = 1e-6;

export interface AdamWTensors {
  readonly parameter: Node;
  readonly m: Node;
  readonly v: Node;
}

export interface AdamWScalarNodes {
  readonly learningRate: Node;
  readonly correction1: Node;
  readonly correction2: Node;
}

/**
 * p ← p·(1 − lr·wd) − (lr/c1)·m / (√v/√c2 + ε) with m ← β1·m + (1−β1)·g, v ← β2·v + (1−β2)·g².
 * `gradient` is already clipped; `decays` switches the weight decay.
 */
export function adamWUpdate(
  b: GraphBuilder,
  settings: AdamWSettings,
  scalars: AdamWScalarNodes,
  state: AdamWTensors,
  gradient: Node,
  decays: boolean,
): AdamWTensors {
  const m = b.add(b.scale(state.m, settings.beta1), b.scale(gradient, 1 - settings.beta1));
  const v = b.add(b.scale(state.v, settings.beta2), b.scale(b.square(gradient), 1 - settings.beta2));
  const stepSize = b.divide(scalars.learningRate, scalars.correction1);
  const scale = b.divide(b.scalar(1), b.sqrt(scalars.correction2));
  const denominator = b.add(b.multiply(b.sqrt(v), scale), b.scalar(settings.epsilon));
  const kept =
    decays && settings.weightDecay > 0
      ? b.multiply(
          state.parameter,
          b.subtract(b.scalar(1), b.scale(scalars.learningRate, settings.weightDecay)),
        )
      : state.parameter;
  return { parameter: b.subtract(kept, b.multiply(b.divide(m, denominator), stepSize)), m, v };
}
