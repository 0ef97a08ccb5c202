/** Measuring process of TensorFlow.js with its wasm backend (one thread): `step-tfjs.ts SIZE`. */
import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import type * as tfTypes from '@tensorflow/tfjs-core';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { initialParameters, parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { BENCH_LEARNING_RATE, BENCH_OPTIMIZER, benchTokens, STEP_SIZES } from './step-sizes.ts';
import { PRODUCT_SIZE, productRate, serveTurns } from './turns.ts';

// TensorFlow.js 4.22 calls functions that Node 23 removed (tensorflow/tfjs issue 8609).
Object.assign(util, {
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  isArray: Array.isArray,
});
const tf: typeof tfTypes = await import('@tensorflow/tfjs-core');
// Gradient rules are only in the package's loose modules, whose imports leave out the file ending. They enter
// themselves into a registry that all copies of the library share.
registerHooks({
  resolve: (specifier, context, next) => {
    const loose = specifier.startsWith('.') && context.parentURL?.includes('/tfjs-core/dist/');
    return next(loose && !specifier.endsWith('.js') ? `${specifier}.js` : specifier, context);
  },
});
await import(`${'@tensorflow/tfjs-core'}/dist/register_all_gradients.js`);
const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
const { tfjsStep } = await import('./tfjs-model.ts');

const size = STEP_SIZES[process.argv[2]!]!;
const { architecture, batchSize } = size;
const packageFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
setWasmPaths(`${join(dirname(packageFile), 'dist')}/`);
await tf.setBackend('wasm');
if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
  throw new Error('TensorFlow.js does not use SIMD here; the comparison would be unfair');

const tensors = (values: ReadonlyMap<string, Float32Array> | null): tfTypes.Tensor[] =>
  parameterLayout(architecture).map(({ name, shape }) =>
    values ? tf.tensor(values.get(name)!, [...shape]) : tf.zeros([...shape]),
  );
const state = {
  parameters: tensors(initialParameters(architecture, 1)),
  momentM: tensors(null),
  momentV: tensors(null),
};

const square = tf.randomNormal([PRODUCT_SIZE, PRODUCT_SIZE]);
const gflopsPerSecond = await productRate(
  async () => tf.tidy(() => tf.matMul(square, square).dataSync()[0]),
  2,
);
square.dispose();

let step = 0;
await serveTurns({ engine: 'tfjs-wasm', gflopsPerSecond }, async () => {
  step++;
  const values = benchTokens(size, 1, step);
  const ids = tf.tensor2d(values, [batchSize, architecture.context + 1], 'int32');
  const start = performance.now();
  tfjsStep(
    architecture,
    BENCH_OPTIMIZER,
    stepScalars(BENCH_OPTIMIZER, BENCH_LEARNING_RATE, step),
    state,
    ids,
  );
  const stepMs = performance.now() - start;
  ids.dispose();
  return { stepMs: [stepMs] };
});
