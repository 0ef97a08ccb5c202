/** The engine contract on WebGPU; run through with-swiftshader.ts on machines without a GPU (npm run test:webgpu). */
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { describeEngine } from './engine-contract.ts';
import { describeGroups } from './group-contract.ts';
import { describePlacement } from './placement-contract.ts';
import { describePrecision } from './precision-contract.ts';

const open = async () => onnxRuntimeEngine({ device: 'webgpu', threads: 1 });
const TOLERANCE = { loss: 5e-6, parameters: 5e-3 };

describeEngine('onnxruntime webgpu', open, TOLERANCE);
// Software drivers are slow; the other cases are run on the CPU.
describeGroups('onnxruntime webgpu', open, TOLERANCE, ['gelu, tied, biases', 'a batch in three parts']);

describePlacement('webgpu');
describePrecision('webgpu', async (spec, count) => (await open()).compileGroup!(spec, count), ['float16']);
