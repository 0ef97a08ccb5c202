/** The engine contract on WebGPU; run through with-swiftshader.ts on machines without a GPU (npm run test:webgpu). */
import { describe, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { describeEngine } from './engine-contract.ts';
import { describeGroups } from './group-contract.ts';
import { describePlacement } from './placement-contract.ts';
import { describePrecision } from './precision-contract.ts';
import { tinySpec } from './tiny-model.ts';

const open = async () => onnxRuntimeEngine({ device: 'webgpu', threads: 1 });
const TOLERANCE = { loss: 5e-6, parameters: 5e-3 };
const isSoftware = process.env.VK_DRIVER_FILES?.includes('swiftshader') ?? false;

describeEngine('onnxruntime webgpu', open, TOLERANCE, { isSoftware });
// Software drivers are slow; the other cases are run on the CPU.
describeGroups('onnxruntime webgpu', open, TOLERANCE, ['gelu, tied, biases']);

describePlacement('webgpu');

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
