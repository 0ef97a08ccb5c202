/** Measuring process of this project's engine on a GPU: `step-of-device.ts SIZE DEVICE CANDIDATES STEPS`. */
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { initialParameters } from '../../src-main/model/parameter-layout.ts';
import { zerosLike } from '../../src-main/tensor/tensor-map.ts';
import { BENCH_LEARNING_RATE, BENCH_OPTIMIZER, benchTokens, STEP_SIZES } from '../bench/step-sizes.ts';
import { serveTurns } from '../bench/turns.ts';
import type { GpuDevice } from './steps.ts';

const [sizeName, device, countText, stepsText] = process.argv.slice(2) as [string, GpuDevice, string, string];
const size = STEP_SIZES[sizeName]!;
const [count, steps] = [Number(countText), Number(stepsText)];
const { architecture, batchSize } = size;
const compiled = await onnxRuntimeEngine({ device, threads: 1 }).compileGroup!(
  { architecture, optimizer: BENCH_OPTIMIZER, batchSize, evaluationBatchSize: batchSize },
  count,
);
const group = await compiled.open(
  Array.from({ length: count }, (_, candidate) => {
    const parameters = initialParameters(architecture, candidate + 1);
    return { parameters, momentM: zerosLike(parameters), momentV: zerosLike(parameters) };
  }),
);

let done = 0;
async function sample(): Promise<number> {
  const tokens = benchTokens(size, steps, done + 1);
  const scalars = Array.from({ length: steps }, (_, index) =>
    stepScalars(BENCH_OPTIMIZER, BENCH_LEARNING_RATE, done + index + 1),
  );
  done += steps;
  const start = performance.now();
  await group.train(tokens, scalars);
  return (performance.now() - start) / steps;
}

await sample();
await serveTurns({ engine: device, gflopsPerSecond: 0 }, async () => ({
  stepMs: [await sample(), await sample()],
}));
