/** A tiny model with non-trivial gains and biases, and data for it, for the engine tests. */
import type { TrainingState } from '../../src-main/engine/engine.ts';
import type { StepScalars } from '../../src-main/model/adamw.ts';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { normalArray, randomStream } from '../../src-main/tensor/random.ts';
import { zerosLike } from '../../src-main/tensor/tensor-map.ts';

export function tinySpec(
  changes: Partial<TrainingSpec['architecture']> = {},
  optimizer: Partial<TrainingSpec['optimizer']> = {},
): TrainingSpec {
  return {
    architecture: {
      width: 16,
      heads: 2,
      context: 8,
      mlpRatio: 4,
      activation: 'gelu',
      tiedEmbedding: true,
      attentionBias: true,
      dropout: 0,
      layers: 2,
      vocabulary: 20,
      ...changes,
    },
    optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1, ...optimizer },
    batchSize: 3,
    evaluationBatchSize: 2,
  };
}

/** Gains around 1, every bias away from 0: half of the possible mistakes vanish without them. */
export function tinyState({ architecture }: TrainingSpec, seed = 1): TrainingState {
  const parameters = new Map(
    parameterLayout(architecture).map(({ name, size, initial }) => {
      const values = normalArray(
        randomStream(seed, name),
        size,
        initial.kind === 'normal' ? 2 * initial.deviation : 0.3,
      );
      if (initial.kind === 'constant' && initial.value === 1)
        for (let index = 0; index < size; index++) values[index]! += 1;
      return [name, values];
    }),
  );
  return { parameters, momentM: zerosLike(parameters), momentV: zerosLike(parameters) };
}

/** Token ids [count, batchSize, context + 1]. */
export function tinyTokens(spec: TrainingSpec, count: number, batchSize: number, seed = 1): Int32Array {
  const stream = randomStream(seed, 'tokens', batchSize);
  const { context, vocabulary } = spec.architecture;
  return Int32Array.from({ length: count * batchSize * (context + 1) }, () => stream.below(vocabulary));
}

export function tinyScalars(spec: TrainingSpec, count: number, firstStep = 1): StepScalars[] {
  return Array.from({ length: count }, (_, index) => stepScalars(spec.optimizer, 1e-2, firstStep + index));
}

/** Largest absolute difference relative to the largest absolute value of `expected`. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let scale = 1e-12;
  for (let index = 0; index < expected.length; index++) {
    difference = Math.max(difference, Math.abs(actual[index]! - expected[index]!));
    scale = Math.max(scale, Math.abs(expected[index]!));
  }
  return actual.length === expected.length ? difference / scale : Infinity;
}
