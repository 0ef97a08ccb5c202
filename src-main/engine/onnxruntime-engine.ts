/**
 * Trains through ONNX Runtime in one of two forms: the optimizer inside the graph (GPUs; the CPU's second
 * opinion), or outside in WebAssembly (the CPU's default: faster, docs/decisions.md). The evaluation is the same.
 */
import { EspalierError } from '../contract/errors.ts';
import { accumulateProgram, partsOf } from '../model/accumulation-programs.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { evaluationProgram, gradientProgram, scoringProgram } from '../model/training-programs.ts';
import { emitLoop, emitSingle } from '../onnx/emit-program.ts';
import type { Flavor } from '../onnx/emitter.ts';
import type { CompiledGroup, CompiledModel, TrainingEngine } from './engine.ts';
import { ModelOfOne } from './group-of-one.ts';
import { EvaluationSessions } from './onnxruntime-evaluation.ts';
import { requireHalfOnWebgpu } from './onnxruntime-half.ts';
import { PackedModel } from './onnxruntime-packed-training.ts';
import { OnnxRuntimePasses } from './onnxruntime-passes.ts';
import type { RuntimeDevice } from './onnxruntime-runtime.ts';
import { createSession, runtimeVersion } from './onnxruntime-runtime.ts';
import { checkPrecision } from './session-checks.ts';
import { WasmTrainingModel } from './wasm-training.ts';

/** Where clipping and AdamW run: inside the ONNX graph, or in WebAssembly on the CPU. */
export type OptimizerForm = 'graph' | 'wasm';

export interface OnnxRuntimeOptions {
  readonly device: RuntimeDevice;
  /** Threads of one operator on the CPU; ignored by GPUs. */
  readonly threads: number;
  /** `wasm` on the CPU and `graph` elsewhere, unless given. */
  readonly optimizer?: OptimizerForm;
}

/** Which lowering a device takes. */
export const FLAVOR_OF: Readonly<Record<RuntimeDevice, Flavor>> = {
  cpu: 'cpu',
  cuda: 'cuda',
  webgpu: 'portable',
};

/** @throws EspalierError `bad-input` for the WebAssembly optimizer on a device other than the CPU */
export function onnxRuntimeEngine({ device, threads, optimizer }: OnnxRuntimeOptions): TrainingEngine {
  const form = optimizer ?? (device === 'cpu' ? 'wasm' : 'graph');
  if (form === 'wasm' && device !== 'cpu')
    throw new EspalierError('bad-input', `optimizer is wasm on device ${device}; wasm must be on cpu`, {
      hint: 'Leave the optimizer out, or use graph.',
    });
  const where = device === 'cpu' ? `cpu, ${threads} thread${threads === 1 ? '' : 's'}` : device;
  const compileGroup = async (spec: TrainingSpec, count: number): Promise<CompiledGroup> => {
    checkPrecision(spec, device);
    if (device === 'webgpu' && spec.precision === 'float16') await requireHalfOnWebgpu();
    return PackedModel.compile(spec, { device, threads, flavor: FLAVOR_OF[device], count });
  };
  const runtime = `onnxruntime-node ${runtimeVersion}, ${where}`;
  return {
    name: 'onnxruntime',
    device,
    description: `${runtime}, AdamW in ${form === 'wasm' ? 'WebAssembly' : 'the graph'}`,
    describeGroup: (count) => `${runtime}, AdamW in the graph, ${count} candidates in one graph`,
    compile: async (spec) =>
      form === 'wasm' ? compileWasm(spec, threads) : new ModelOfOne(await compileGroup(spec, 1)),
    compileGroup,
  };
}

async function compileWasm(spec: TrainingSpec, threads: number): Promise<CompiledModel> {
  checkPrecision(spec, 'cpu');
  const create = (model: Uint8Array) => createSession(model, 'cpu', threads);
  const program = partsOf(spec) === 1 ? gradientProgram(spec) : accumulateProgram(spec, 'separate');
  const gradients = await create(emitSingle(program, 'cpu'));
  const names = parameterLayout(spec.architecture).map(({ name }) => name);
  const evaluation = new EvaluationSessions(
    spec,
    names,
    await create(emitLoop(evaluationProgram(spec), 'cpu')),
    () => create(emitLoop(scoringProgram(spec), 'cpu')),
  );
  return new WasmTrainingModel(spec, new OnnxRuntimePasses(spec, gradients, evaluation));
}
