/** The backends of TensorFlow.js that are always there. */
import { expect, it } from 'vitest';
import { openEngine } from '../../src-main/engine/open-engine.ts';
import { TensorflowProgram } from '../../src-main/engine/tensorflow-program.ts';
import { loadTensorflow } from '../../src-main/engine/tensorflow-runtime.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { describeTensorflow } from './tensorflow-contract.ts';
import { tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

const BACKENDS = ['tfjs-wasm', 'tfjs-cpu'] as const;
const open = (device: (typeof BACKENDS)[number]) => openEngine({ device, threads: 1 });

describeTensorflow('tfjs-wasm');
describeTensorflow('tfjs-cpu', ['gelu, tied, biases', 'a batch in three parts']); // the same graphs, on the slowest backend

it('says what trains', async () => {
  const engines = await Promise.all(BACKENDS.map(open));
  expect(engines.map(({ name, device }) => [name, device])).toEqual([
    ['tensorflow', 'tfjs-wasm'],
    ['tensorflow', 'tfjs-cpu'],
  ]);
  expect(engines[0]!.description).toMatch(/^TensorFlow\.js 4\.\d+\.\d+, wasm backend, (SIMD, )?1 thread$/);
  expect(engines[1]!.description).toMatch(/^TensorFlow\.js 4\.\d+\.\d+, JavaScript backend, 1 thread$/);
  expect(engines[1]!.describeGroup!(3)).toBe(`${engines[1]!.description}, 3 candidates in one graph`);
});

it('trains sessions on two backends of one process side by side as each alone', async () => {
  const spec = tinySpec();
  const [tokens, scalars] = [tinyTokens(spec, 4, spec.batchSize), tinyScalars(spec, 4)];
  const half = tokens.length / 2;
  const models = await Promise.all(BACKENDS.map(async (device) => (await open(device)).compile(spec)));
  const sessions = await Promise.all(models.map((model) => model.open(tinyState(spec))));
  for (const part of [0, 1])
    await Promise.all(
      sessions.map((session) =>
        session.train(tokens.slice(part * half, (part + 1) * half), scalars.slice(part * 2, part * 2 + 2)),
      ),
    );
  for (const [index, session] of sessions.entries()) {
    const alone = await models[index]!.open(tinyState(spec));
    await alone.train(tokens, scalars);
    expect(await session.read()).toEqual(await alone.read());
    for (const own of [session, alone]) await own.dispose();
  }
  for (const model of models) await model.dispose();
});

it('gives an output that is an input, a constant, or has two names, a tensor of its own', async () => {
  const { tf, use } = await loadTensorflow('tfjs-cpu', 1);
  use();
  const b = new GraphBuilder();
  const value = b.input('value', [2]);
  const doubled = b.scale(value, 2);
  const one = b.constant(Float32Array.of(1, 1), [2]);
  const outputs = new Map(Object.entries({ same: value, a: doubled, b: doubled, one }));
  const program = new TensorflowProgram(tf, graphOf(outputs));
  const input = tf.tensor([1, 2]);
  tf.dispose(program.run(new Map([['value', input]])));
  const again = program.run(new Map([['value', input]]));
  expect(Object.entries(again).map(([name, tensor]) => [name, [...tensor.dataSync()]])).toEqual([
    ['same', [1, 2]],
    ['a', [2, 4]],
    ['b', [2, 4]],
    ['one', [1, 1]],
  ]);
  tf.dispose([input, ...Object.values(again)]);
  program.dispose();
  expect(() => program.run(new Map())).toThrow('was given no input named value');
});
