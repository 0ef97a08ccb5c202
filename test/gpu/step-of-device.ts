/** Measuring process of this project's engine on a GPU: `step-of-device.ts SIZE DEVICE CANDIDATES STEPS`. */
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { benchSpec, benchState, serveTraining } from '../bench/engine-turns.ts';
import { STEP_SIZES } from '../bench/step-sizes.ts';
import type { GpuDevice } from './steps.ts';

const [sizeName, device, countText, stepsText] = process.argv.slice(2) as [string, GpuDevice, string, string];
const size = STEP_SIZES[sizeName]!;
const count = Number(countText);
const compiled = await onnxRuntimeEngine({ device, threads: 1 }).compileGroup!(benchSpec(size), count);
const group = await compiled.open(Array.from({ length: count }, (_, index) => benchState(size, index + 1)));
await serveTraining({ engine: device, gflopsPerSecond: 0 }, size, Number(stepsText), (tokens, scalars) =>
  group.train(tokens, scalars),
);
