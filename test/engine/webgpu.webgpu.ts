/** The engine contract on WebGPU; run through with-swiftshader.ts on machines without a GPU (npm run test:webgpu). */
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { describeEngine } from './engine-contract.ts';

describeEngine('onnxruntime webgpu', async () => onnxRuntimeEngine({ device: 'webgpu', threads: 1 }), {
  loss: 5e-6,
  parameters: 5e-3,
});
