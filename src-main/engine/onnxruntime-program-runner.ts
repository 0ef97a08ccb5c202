/** Runs programs through ONNX Runtime on the CPU, one iteration a call. */
import { EspalierError } from '../contract/errors.ts';
import { productFlops } from '../graph/product-flops.ts';
import type { Program } from '../graph/program.ts';
import { emitSingle } from '../onnx/emit-program.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { RuntimeTensor } from './onnxruntime-runtime.ts';
import { createSession, floatTensor, int32Tensor, runtimeVersion } from './onnxruntime-runtime.ts';
import type { CompiledProgram, ProgramInputs, ProgramRunner } from './program-runner.ts';
import { turn } from './program-runner.ts';

/** @param threads Threads of one operator; results do not depend on it. */
export function onnxRuntimeProgramRunner(threads: number): ProgramRunner {
  return {
    device: 'cpu',
    description: `onnxruntime-node ${runtimeVersion}, cpu, ${threads} thread${threads === 1 ? '' : 's'}`,
    compile: (program) => compile(program, threads),
  };
}

async function compile(program: Program, threads: number): Promise<CompiledProgram> {
  const session = await createSession(emitSingle(program, 'cpu'), 'cpu', threads);
  return {
    flops: productFlops(program.graph),
    run: async (inputs) => {
      const feeds = feedsOf(program, inputs);
      await turn();
      const outputs = await session.run(feeds);
      return new Map(program.results.map((name) => [name, outputs[name]!.data as Float32Array]));
    },
    dispose: () => session.release(),
  };
}

function feedsOf({ graph }: Program, inputs: ProgramInputs): Record<string, RuntimeTensor> {
  const feeds: Record<string, RuntimeTensor> = {};
  for (const [name, { shape, dtype }] of graph.inputs) {
    const values = inputs.get(name);
    if (values?.length !== sizeOf(shape))
      throw new EspalierError(
        'failed',
        `input ${name} has ${values?.length ?? 'no'} values; must have ${sizeOf(shape)}`,
      );
    feeds[name] =
      dtype === 'i32'
        ? int32Tensor(values instanceof Int32Array ? values : Int32Array.from(values), shape)
        : floatTensor(values instanceof Float32Array ? values : Float32Array.from(values), shape);
  }
  return feeds;
}
