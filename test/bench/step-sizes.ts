/** The models whose training step is measured, and the data both sides train on. */
import type { Architecture } from '../../src-main/contract/architecture.ts';
import type { AdamWSettings } from '../../src-main/model/adamw.ts';
import { randomStream } from '../../src-main/tensor/random.ts';

export interface StepSize {
  readonly architecture: Architecture;
  readonly batchSize: number;
  /** Steps in one timed sample of the fast engines. */
  readonly stepsPerSample: number;
  /** Rounds in which the TensorFlow.js side takes part; it is slower by a factor of about forty. */
  readonly tfjsRounds: number;
}

const gpt = (
  width: number,
  layers: number,
  context: number,
  heads: number,
  changes: Partial<Architecture> = {},
): Architecture => ({
  width,
  layers,
  context,
  heads,
  mlpRatio: 4,
  vocabulary: 96,
  activation: 'gelu',
  tiedEmbedding: true,
  attentionBias: true,
  dropout: 0,
  ...changes,
});

const DEMO = { activation: 'relu', attentionBias: false } as const;

/** By name `width/layers/context/batch`. The two of width 64 are the demo study's source and target. */
export const STEP_SIZES: Readonly<Record<string, StepSize>> = {
  '64/4/64/8': {
    architecture: gpt(64, 4, 64, 4, DEMO),
    batchSize: 8,
    stepsPerSample: 20,
    tfjsRounds: 3,
  },
  '64/8/64/8': {
    architecture: gpt(64, 8, 64, 4, DEMO),
    batchSize: 8,
    stepsPerSample: 10,
    tfjsRounds: 3,
  },
  '128/4/64/16': { architecture: gpt(128, 4, 64, 4), batchSize: 16, stepsPerSample: 4, tfjsRounds: 3 },
  '256/6/128/16': { architecture: gpt(256, 6, 128, 4), batchSize: 16, stepsPerSample: 1, tfjsRounds: 1 },
  '512/8/128/8': { architecture: gpt(512, 8, 128, 8), batchSize: 8, stepsPerSample: 1, tfjsRounds: 1 },
};

export const BENCH_OPTIMIZER: AdamWSettings = {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.01,
  clipNorm: 1,
};
export const BENCH_LEARNING_RATE = 1e-3;

/** Random token ids [count, batchSize, context + 1]. */
export function benchTokens({ architecture, batchSize }: StepSize, count: number, seed: number): Int32Array {
  const stream = randomStream(seed, 'bench');
  const { context, vocabulary } = architecture;
  return Int32Array.from({ length: count * batchSize * (context + 1) }, () => stream.below(vocabulary));
}
