/**
 * Trains through ONNX Runtime in one of two forms: the optimizer inside the graph (GPUs; the CPU's second
 * opinion), or outside in WebAssembly (the CPU's default: faster, docs/decisions.md). The evaluation is the same.
 */
import { EspalierError } from '../contract/errors.ts';
import {
  evaluationProgram,
  gradientProgram,
  scoringProgram,
  stepProgram,
} from '../model/training-programs.ts';
import { emitLoop, emitSingle } from '../onnx/emit-program.ts';
import type { TrainingEngine } from './engine.ts';
import { EvaluationSessions } from './onnxruntime-evaluation.ts';
import { GraphTrainingModel } from './onnxruntime-graph-training.ts';
import type { RuntimeDevice } from './onnxruntime-runtime.ts';
import { createSession, runtimeVersion } from './onnxruntime-runtime.ts';
import { WasmTrainingModel } from './onnxruntime-wasm-training.ts';

/** Where clipping and AdamW run: inside the ONNX graph, or in WebAssembly on the CPU. */
export type OptimizerForm = 'graph' | 'wasm';

export interface OnnxRuntimeOptions {
  readonly device: RuntimeDevice;
  /** Threads of one operator on the CPU; ignored by GPUs. */
  readonly threads: number;
  /** `wasm` on the CPU and `graph` elsewhere, unless given. */
  readonly optimizer?: OptimizerForm;
}

/** @throws EspalierError `bad-input` for the WebAssembly optimizer on a device other than the CPU */
export function onnxRuntimeEngine({ device, threads, optimizer }: OnnxRuntimeOptions): TrainingEngine {
  const form = optimizer ?? (device === 'cpu' ? 'wasm' : 'graph');
  if (form === 'wasm' && device !== 'cpu')
    throw new EspalierError('bad-input', `optimizer is wasm on device ${device}; wasm must be on cpu`, {
      hint: 'Leave the optimizer out, or use graph.',
    });
  const flavor = device === 'cpu' ? 'cpu' : 'portable';
  const where = device === 'cpu' ? `cpu, ${threads} thread${threads === 1 ? '' : 's'}` : device;
  return {
    name: 'onnxruntime',
    device,
    description: `onnxruntime-node ${runtimeVersion}, ${where}, AdamW in ${form === 'wasm' ? 'WebAssembly' : 'the graph'}`,
    compile: async (spec) => {
      const step =
        form === 'wasm' ? emitSingle(gradientProgram(spec), flavor) : emitLoop(stepProgram(spec), flavor);
      const training = await createSession(step, device, threads);
      const evaluation = await createSession(emitLoop(evaluationProgram(spec), flavor), device, threads);
      const sessions = new EvaluationSessions(spec, evaluation, () =>
        createSession(emitLoop(scoringProgram(spec), flavor), device, threads),
      );
      return form === 'wasm'
        ? new WasmTrainingModel(spec, training, sessions)
        : new GraphTrainingModel(spec, training, sessions);
    },
  };
}
