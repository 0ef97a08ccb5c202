/** Measuring process of this project's engine on TensorFlow.js: `step-tensorflow.ts SIZE DEVICE THREADS`. */
import { tensorflowEngine } from '../../src-main/engine/tensorflow-engine.ts';
import type { TensorflowDevice } from '../../src-main/engine/tensorflow-runtime.ts';
import { loadTensorflow } from '../../src-main/engine/tensorflow-runtime.ts';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { initialParameters } from '../../src-main/model/parameter-layout.ts';
import { zerosLike } from '../../src-main/tensor/tensor-map.ts';
import { BENCH_LEARNING_RATE, BENCH_OPTIMIZER, benchTokens, STEP_SIZES } from './step-sizes.ts';
import { PRODUCT_SIZE, productRate, serveTurns } from './turns.ts';

const [sizeName, device, threadText] = process.argv.slice(2) as [string, TensorflowDevice, string];
const size = STEP_SIZES[sizeName]!;
const threads = Number(threadText);

const { tf, use } = await loadTensorflow(device, threads);
use();
const square = tf.randomNormal([PRODUCT_SIZE, PRODUCT_SIZE]);
const gflopsPerSecond = await productRate(
  async () => tf.tidy(() => tf.matMul(square, square).dataSync()[0]),
  device === 'tfjs-cpu' ? 1 : 5,
);
square.dispose();

const { architecture, batchSize } = size;
const engine = await tensorflowEngine({ device, threads });
const model = await engine.compile({
  architecture,
  optimizer: BENCH_OPTIMIZER,
  batchSize,
  evaluationBatchSize: batchSize,
});
const parameters = initialParameters(architecture, 1);
const session = await model.open({
  parameters,
  momentM: zerosLike(parameters),
  momentV: zerosLike(parameters),
});

let step = 0;
async function sample(): Promise<number> {
  step++;
  const tokens = benchTokens(size, 1, step);
  const start = performance.now();
  await session.train(tokens, [stepScalars(BENCH_OPTIMIZER, BENCH_LEARNING_RATE, step)]);
  return performance.now() - start;
}

await sample();
await serveTurns({ engine: `engine on ${device}`, gflopsPerSecond }, async () => ({
  stepMs: [await sample(), await sample()],
}));
await session.dispose();
await model.dispose();
