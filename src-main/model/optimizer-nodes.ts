/** Clipping and AdamW over everything that learns: the part of a step that comes after the gradients. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import type { Program } from '../graph/program.ts';
import type { AdamWSettings } from './adamw.ts';
import { adamWUpdate, clipFactor, globalNorm } from './adamw.ts';
import type { LearningTensor } from './learning-tensors.ts';
import { momentMName, momentVName, nextName, scalarNames } from './program-names.ts';

export interface OptimizerNodes {
  /** `gradientNorm` (before clipping) and the next state. */
  readonly outputs: ReadonlyMap<string, Node>;
  readonly carried: Program['carried'];
  /** Graph inputs for the step scalars of every group. */
  readonly scalars: readonly string[];
}

/** Reads every learning tensor and its moments as graph inputs. */
export function clippedAdamW(
  b: GraphBuilder,
  settings: AdamWSettings,
  groupCount: number,
  learning: readonly (LearningTensor & { readonly gradient: Node })[],
): OptimizerNodes {
  const names = scalarNames(groupCount);
  const norm = globalNorm(
    b,
    learning.map(({ gradient }) => gradient),
  );
  const factor = clipFactor(b, norm, settings.clipNorm);
  const outputs = new Map<string, Node>([['gradientNorm', norm]]);
  const carried: { input: string; output: string }[] = [];
  for (const { name, shape, group, decays, gradient } of learning) {
    const { learningRate, correction1, correction2 } = names[group]!;
    const scalars = {
      learningRate: b.input(learningRate, []),
      correction1: b.input(correction1, []),
      correction2: b.input(correction2, []),
    };
    const state = {
      parameter: b.input(name, shape),
      m: b.input(momentMName(name), shape),
      v: b.input(momentVName(name), shape),
    };
    const next = adamWUpdate(b, settings, scalars, state, b.multiply(gradient, factor), decays);
    for (const [input, node] of [
      [name, next.parameter],
      [momentMName(name), next.m],
      [momentVName(name), next.v],
    ] as const) {
      outputs.set(nextName(input), node);
      carried.push({ input, output: nextName(input) });
    }
  }
  return { outputs, carried, scalars: names.flatMap((name) => Object.values(name)) };
}
