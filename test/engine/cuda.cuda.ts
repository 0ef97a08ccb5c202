/** The engine contract on CUDA; run where there is one (test/gpu/run.sh). */
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { describeEngine } from './engine-contract.ts';
import { describeGroups } from './group-contract.ts';
import { describePlacement } from './placement-contract.ts';
import { describePrecision } from './precision-contract.ts';

const open = async () => onnxRuntimeEngine({ device: 'cuda', threads: 1 });
const TOLERANCE = { loss: 5e-6, parameters: 5e-3 };

describeEngine('onnxruntime cuda', open, TOLERANCE);
describeGroups('onnxruntime cuda', open, TOLERANCE);
describePlacement('cuda');
describePrecision('cuda', async (spec, count) => (await open()).compileGroup!(spec, count), [
  'float16',
  'bfloat16',
]);
