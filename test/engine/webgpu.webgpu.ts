/** The engine contract on WebGPU; run through with-swiftshader.ts on machines without a GPU (npm run test:webgpu). */
import { describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { benchScalars, benchSpec, benchState } from '../bench/engine-turns.ts';
import { benchTokens, STEP_SIZES } from '../bench/step-sizes.ts';
import { describeEngine } from './engine-contract.ts';
import { describeGroups } from './group-contract.ts';
import { describePlacement } from './placement-contract.ts';
import { describePrecision } from './precision-contract.ts';
import { tinySpec } from './tiny-model.ts';

const open = async () => onnxRuntimeEngine({ device: 'webgpu', threads: 1 });
const TOLERANCE = { loss: 5e-6, parameters: 5e-3 };
/** Nats. */
const DEMO_BAND = 1e-4;
const isSoftware = process.env.VK_DRIVER_FILES?.includes('swiftshader') ?? false;

describeEngine('onnxruntime webgpu', open, TOLERANCE, { isSoftware });
// Software drivers are slow; the other cases are run on the CPU.
describeGroups('onnxruntime webgpu', open, TOLERANCE, ['gelu, tied, biases']);

describePlacement('webgpu');

describe('the source model of the demo on webgpu', () => {
  // Two minutes on a software driver: there only when asked for.
  it.skipIf(isSoftware && !process.env.ESPALIER_LONG_TESTS)(
    'takes 20 steps to the losses of the CPU',
    { timeout: 600_000 },
    async () => {
      const size = STEP_SIZES['64/4/64/8']!;
      const steps = 20;
      const train = async (device: 'cpu' | 'webgpu'): Promise<Float32Array> => {
        const model = await onnxRuntimeEngine({ device, threads: 1 }).compile(benchSpec(size));
        const session = await model.open(benchState(size));
        const { losses } = await session.train(benchTokens(size, steps, 1), benchScalars(steps));
        await session.dispose();
        await model.dispose();
        return losses;
      };
      const [own, right] = [await train('webgpu'), await train('cpu')];
      expect(right[0]! - right.at(-1)!).toBeGreaterThan(0.05); // it learns
      const distances = [...right].map((loss, step) => Math.abs(loss - own[step]!));
      expect(Math.max(...distances)).toBeLessThan(DEMO_BAND);
    },
  );
});

/** Why the adapter has no float16; null when it has. */
async function halfObstacle(): Promise<string | null> {
  try {
    const model = await (await open()).compile({ ...tinySpec(), precision: 'float16' });
    await model.dispose();
    return null;
  } catch (error) {
    if (error instanceof EspalierError && error.code === 'refused') return error.message;
    throw error;
  }
}

const obstacle = await halfObstacle();
if (obstacle === null)
  describePrecision('webgpu', async (spec, count) => (await open()).compileGroup!(spec, count), ['float16']);
else
  describe('products in 16 bits on webgpu', () => {
    it.skip(obstacle, () => {});
  });
