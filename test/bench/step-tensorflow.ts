/** Measuring process of this project's engine on TensorFlow.js: `step-tensorflow.ts SIZE DEVICE THREADS`. */
import { tensorflowEngine } from '../../src-main/engine/tensorflow-engine.ts';
import type { TensorflowDevice } from '../../src-main/engine/tensorflow-runtime.ts';
import { loadTensorflow } from '../../src-main/engine/tensorflow-runtime.ts';
import { benchSpec, serveModel } from './engine-turns.ts';
import { STEP_SIZES } from './step-sizes.ts';
import { PRODUCT_SIZE, productRate } from './turns.ts';

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

const engine = await tensorflowEngine({ device, threads });
await serveModel(
  { engine: `engine on ${device}`, gflopsPerSecond },
  size,
  1,
  await engine.compile(benchSpec(size)),
);
