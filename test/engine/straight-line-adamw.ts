/**
 * Clipping and AdamW written out step by step in float64 over gradients of the reference graph: an oracle for what
 * engines do with parameter groups and frozen parameters.
 */

import type { TrainingState } from '../../src-main/engine/engine.ts';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { gradientName } from '../../src-main/model/program-names.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { gradientProgram } from '../../src-main/model/training-programs.ts';

/** What one parameter does in one step; undefined freezes it. */
export interface OwnStep {
  readonly learningRate: number;
  /** Adam's step counter of this parameter, from 1. */
  readonly count: number;
}

export interface StraightLineResult {
  readonly state: TrainingState;
  readonly losses: number[];
  readonly gradientNorms: number[];
}

/** Trains on tokens [steps, batchSize, context + 1]; `own(name, step)` with steps from 1. */
export function straightLine(
  { architecture, optimizer, batchSize, evaluationBatchSize }: TrainingSpec,
  start: TrainingState,
  tokens: Int32Array,
  own: (name: string, step: number) => OwnStep | undefined,
): StraightLineResult {
  const { graph } = gradientProgram({ architecture, optimizer, batchSize, evaluationBatchSize });
  const copy = (tensors: TrainingState['parameters']): Map<string, Float32Array> =>
    new Map([...tensors].map(([name, values]) => [name, values.slice()]));
  const [p, m, v] = [copy(start.parameters), copy(start.momentM), copy(start.momentV)];
  const batchLength = batchSize * (architecture.context + 1);
  const result = { losses: [] as number[], gradientNorms: [] as number[] };
  for (let step = 1; step * batchLength <= tokens.length; step++) {
    const batch = tokens.subarray((step - 1) * batchLength, step * batchLength);
    const outputs = evaluateGraph(graph, new Map<string, ArrayLike<number>>(p).set('tokens', batch));
    const learning = parameterLayout(architecture).filter(({ name }) => own(name, step) !== undefined);
    let squares = 0;
    for (const { name } of learning) for (const g of outputs.get(gradientName(name))!) squares += g * g;
    const norm = Math.sqrt(squares);
    const factor = Math.min(1, optimizer.clipNorm / (norm + 1e-6));
    for (const { name, size, decays } of learning) {
      const { learningRate, count } = own(name, step)!;
      const { beta1, beta2, epsilon, weightDecay } = optimizer;
      for (let index = 0; index < size; index++) {
        const g = factor * outputs.get(gradientName(name))![index]!;
        const nextM = beta1 * m.get(name)![index]! + (1 - beta1) * g;
        const nextV = beta2 * v.get(name)![index]! + (1 - beta2) * g * g;
        const kept = p.get(name)![index]! * (decays ? 1 - learningRate * weightDecay : 1);
        const moved = nextM / (1 - beta1 ** count) / (Math.sqrt(nextV / (1 - beta2 ** count)) + epsilon);
        p.get(name)![index] = kept - learningRate * moved;
        m.get(name)![index] = nextM;
        v.get(name)![index] = nextV;
      }
    }
    result.losses.push(outputs.get('loss')![0]!);
    result.gradientNorms.push(norm);
  }
  return { ...result, state: { parameters: p, momentM: m, momentV: v } };
}
