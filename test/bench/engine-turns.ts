/** The measuring side of this project's engines: trains a model of one size when it has the turn. */
import type { CompiledModel, StepResults, TrainingState } from '../../src-main/engine/engine.ts';
import type { StepScalars } from '../../src-main/model/adamw.ts';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { initialParameters } from '../../src-main/model/parameter-layout.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { zerosLike } from '../../src-main/tensor/tensor-map.ts';
import { BENCH_LEARNING_RATE, BENCH_OPTIMIZER, benchTokens, type StepSize } from './step-sizes.ts';
import { type Ready, serveTurns } from './turns.ts';

export const benchSpec = ({ architecture, batchSize }: StepSize): TrainingSpec => ({
  architecture,
  optimizer: BENCH_OPTIMIZER,
  batchSize,
  evaluationBatchSize: batchSize,
});

export function benchState({ architecture }: StepSize, seed = 1): TrainingState {
  const parameters = initialParameters(architecture, seed);
  return { parameters, momentM: zerosLike(parameters), momentV: zerosLike(parameters) };
}

/** Scalars of `count` steps after `before` others. */
export const benchScalars = (count: number, before = 0): StepScalars[] =>
  Array.from({ length: count }, (_, index) =>
    stepScalars(BENCH_OPTIMIZER, BENCH_LEARNING_RATE, before + index + 1),
  );

/** Answers turns with two samples of `steps` steps each, after one that is not counted. */
export async function serveTraining(
  ready: Ready,
  size: StepSize,
  steps: number,
  train: (tokens: Int32Array, scalars: readonly StepScalars[]) => Promise<unknown>,
): Promise<void> {
  let done = 0;
  async function sample(): Promise<number> {
    const tokens = benchTokens(size, steps, done + 1);
    const scalars = benchScalars(steps, done);
    done += steps;
    const start = performance.now();
    await train(tokens, scalars);
    return (performance.now() - start) / steps;
  }
  await sample();
  await serveTurns(ready, async () => ({ stepMs: [await sample(), await sample()] }));
}

/** As `serveTraining`, of one model. */
export async function serveModel(
  ready: Ready,
  size: StepSize,
  steps: number,
  model: CompiledModel,
): Promise<void> {
  const session = await model.open(benchState(size));
  await serveTraining(
    ready,
    size,
    steps,
    (tokens, scalars): Promise<StepResults> => session.train(tokens, scalars),
  );
  await session.dispose();
  await model.dispose();
}
