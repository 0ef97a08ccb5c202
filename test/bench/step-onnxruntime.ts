/** Measuring process of this project's engine: `step-onnxruntime.ts SIZE THREADS wasm|graph`. */
import type { OptimizerForm } from '../../src-main/engine/onnxruntime-engine.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { createSession, floatTensor } from '../../src-main/engine/onnxruntime-runtime.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { emitSingle } from '../../src-main/onnx/emit-program.ts';
import { benchSpec, serveModel } from './engine-turns.ts';
import { STEP_SIZES } from './step-sizes.ts';
import { PRODUCT_SIZE, productRate } from './turns.ts';

const [sizeName, threadText, form] = process.argv.slice(2) as [string, string, OptimizerForm];
const size = STEP_SIZES[sizeName]!;
const threads = Number(threadText);

async function largeProduct(): Promise<number> {
  const b = new GraphBuilder();
  const shape = [PRODUCT_SIZE, PRODUCT_SIZE];
  const product = b.matmul(b.input('a', shape), b.input('b', shape));
  const graph = graphOf(new Map([['product', product]]));
  const program = { name: 'product', graph, carried: [], fixed: [], sequence: [], results: [] };
  const session = await createSession(emitSingle(program, 'cpu'), 'cpu', threads);
  const matrix = (): Float32Array => Float32Array.from({ length: PRODUCT_SIZE ** 2 }, Math.random);
  const feeds = { a: floatTensor(matrix(), shape), b: floatTensor(matrix(), shape) };
  const rate = await productRate(() => session.run(feeds));
  await session.release();
  return rate;
}

const gflopsPerSecond = await largeProduct();
const engine = onnxRuntimeEngine({ device: 'cpu', threads, optimizer: form });
await serveModel(
  { engine: form === 'wasm' ? 'onnxruntime' : 'onnxruntime-graph', gflopsPerSecond },
  size,
  size.stepsPerSample,
  await engine.compile(benchSpec(size)),
);
