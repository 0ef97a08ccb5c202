import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { referenceEngine } from '../../src-main/engine/reference-engine.ts';
import { describeEngine } from './engine-contract.ts';

describeEngine('reference', async () => referenceEngine, { loss: 1e-12, parameters: 1e-12 });
describeEngine('onnxruntime cpu, 1 thread', async () => onnxRuntimeEngine({ device: 'cpu', threads: 1 }), {
  loss: 5e-6,
  parameters: 2e-3,
});
describeEngine('onnxruntime cpu, 2 threads', async () => onnxRuntimeEngine({ device: 'cpu', threads: 2 }), {
  loss: 5e-6,
  parameters: 2e-3,
});
