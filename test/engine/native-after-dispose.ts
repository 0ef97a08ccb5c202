/**
 * Uses what was disposed, and prints the error or what came of it: in a process of its own, because freed memory may end it.
 *
 *   node test/engine/native-after-dispose.ts train|score|evaluate|program twice|program run
 */
import { nativeEngine } from '../../src-main/engine/native-engine.ts';
import { loadNativeLibrary } from '../../src-main/engine/native-library.ts';
import { NativePrograms } from '../../src-main/engine/native-program.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

async function afterModel(use: string): Promise<unknown> {
  const spec = tinySpec();
  const model = await (await nativeEngine({ threads: 2 })).compile(spec);
  const session = await model.open(tinyState(spec));
  await model.dispose();
  if (use === 'train') return session.train(tinyTokens(spec, 1, spec.batchSize), tinyScalars(spec, 1));
  const tokens = tinyTokens(spec, 1, spec.evaluationBatchSize);
  return use === 'score' ? session.score(tokens) : session.evaluate(tokens);
}

async function afterProgram(use: string): Promise<unknown> {
  const b = new GraphBuilder();
  const graph = graphOf(new Map([['y', b.matmul(b.input('x', [4, 4]), b.input('w', [4, 4]))]]));
  const program = new NativePrograms(await loadNativeLibrary(), 2).compile(graph);
  const run = program.bind(() => new Float32Array(16));
  run();
  program.dispose();
  return use === 'twice' ? program.dispose() : run();
}

const [what, use] = process.argv.slice(2);
try {
  const result = await (what === 'program' ? afterProgram(use!) : afterModel(what!));
  process.stdout.write(`went on: ${String(result)}\n`);
} catch (error) {
  process.stdout.write(`threw: ${String(error)}\n`);
}
