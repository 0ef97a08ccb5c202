/** Measuring process of this project's engines for the CPU: `step-engine.ts SIZE THREADS native|wasm|graph`. */
import type { TrainingEngine } from '../../src-main/engine/engine.ts';
import { nativeEngine } from '../../src-main/engine/native-engine.ts';
import { loadNativeLibrary } from '../../src-main/engine/native-library.ts';
import { NativePrograms } from '../../src-main/engine/native-program.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { createSession, floatTensor } from '../../src-main/engine/onnxruntime-runtime.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { emitSingle } from '../../src-main/onnx/emit-program.ts';
import { benchSpec, serveModel } from './engine-turns.ts';
import { STEP_SIZES } from './step-sizes.ts';
import { PRODUCT_SIZE, productRate } from './turns.ts';

/** Own kernels, or ONNX Runtime with AdamW in WebAssembly or in the graph. */
export type StepForm = 'native' | 'wasm' | 'graph';

const [sizeName, threadText, form] = process.argv.slice(2) as [string, string, StepForm];
const size = STEP_SIZES[sizeName]!;
const threads = Number(threadText);
const matrix = (): Float32Array => Float32Array.from({ length: PRODUCT_SIZE ** 2 }, Math.random);

function productGraph(): Graph {
  const b = new GraphBuilder();
  const shape = [PRODUCT_SIZE, PRODUCT_SIZE];
  return graphOf(new Map([['product', b.matmul(b.input('a', shape), b.input('b', shape))]]));
}

async function nativeRate(): Promise<number> {
  const programs = new NativePrograms(await loadNativeLibrary(), threads);
  const memory: Record<string, Float32Array> = { a: matrix(), b: matrix(), product: matrix() };
  const run = programs.compile(productGraph()).bind((_, name) => memory[name]!);
  const rate = await productRate(async () => run());
  programs.dispose();
  return rate;
}

async function onnxRuntimeRate(): Promise<number> {
  const program = {
    name: 'product',
    graph: productGraph(),
    carried: [],
    fixed: [],
    sequence: [],
    results: [],
  };
  const session = await createSession(emitSingle(program, 'cpu'), 'cpu', threads);
  const shape = [PRODUCT_SIZE, PRODUCT_SIZE];
  const feeds = { a: floatTensor(matrix(), shape), b: floatTensor(matrix(), shape) };
  const rate = await productRate(() => session.run(feeds));
  await session.release();
  return rate;
}

const NAMES = { native: 'native', wasm: 'onnxruntime', graph: 'onnxruntime-graph' } as const;
const gflopsPerSecond = await (form === 'native' ? nativeRate() : onnxRuntimeRate());
const engine: TrainingEngine =
  form === 'native'
    ? await nativeEngine({ threads })
    : onnxRuntimeEngine({ device: 'cpu', threads, optimizer: form });
await serveModel(
  { engine: NAMES[form], gflopsPerSecond },
  size,
  size.stepsPerSample,
  await engine.compile(benchSpec(size)),
);
