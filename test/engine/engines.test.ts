import { describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src-main/engine/native-engine.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { referenceEngine } from '../../src-main/engine/reference-engine.ts';
import { describeEngine } from './engine-contract.ts';
import { describeGroups } from './group-contract.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

const FLOAT32 = { loss: 5e-6, parameters: 2e-3 };

describeEngine('reference', async () => referenceEngine, { loss: 1e-12, parameters: 1e-12 });
for (const optimizer of ['wasm', 'graph'] as const)
  for (const threads of [1, 2])
    describeEngine(
      `onnxruntime cpu, AdamW in ${optimizer}, threads ${threads}`,
      async () => onnxRuntimeEngine({ device: 'cpu', threads, optimizer }),
      FLOAT32,
    );
for (const lanes of [4, 8, 16])
  describeEngine(
    `native, at most ${lanes} lanes`,
    async () => nativeEngine({ threads: lanes === 8 ? 2 : 1, lanes }),
    FLOAT32,
  );

describeGroups(
  'onnxruntime cpu',
  async () => onnxRuntimeEngine({ device: 'cpu', threads: 1, optimizer: 'graph' }),
  FLOAT32,
);

describe('onnxRuntimeEngine', () => {
  /** State and results of `steps` steps. */
  async function train(
    optimizer: 'wasm' | 'graph',
    threads: number,
    steps: number,
    changes: Parameters<typeof tinySpec>[0] = {},
  ) {
    const spec = tinySpec(changes, { clipNorm: 0.5 });
    const model = await onnxRuntimeEngine({ device: 'cpu', threads, optimizer }).compile(spec);
    const session = await model.open(tinyState(spec));
    const results = await session.train(tinyTokens(spec, steps, spec.batchSize), tinyScalars(spec, steps));
    const state = await session.read();
    await session.dispose();
    await model.dispose();
    return { results, state };
  }

  // Both forms share the gradient graph and round the update alike; only the norm is summed in another order,
  // so the clip factor may differ in its last bit, which Adam's sign-like step can amplify.
  it('trains alike for 20 steps with AdamW in the graph and in WebAssembly', async () => {
    const [wasm, graph] = [await train('wasm', 1, 20), await train('graph', 1, 20)];
    expect(relativeError(wasm.results.losses, graph.results.losses)).toBeLessThan(1e-5);
    expect(relativeError(wasm.results.gradientNorms, graph.results.gradientNorms)).toBeLessThan(1e-4);
    for (const part of ['parameters', 'momentM', 'momentV'] as const)
      for (const [tensor, values] of graph.state[part])
        if (!tensor.endsWith('attn.k.b'))
          expect(relativeError(wasm.state[part].get(tensor)!, values), `${part} ${tensor}`).toBeLessThan(
            1e-3,
          );
  });

  it('gives the same bytes over one and two threads', async () => {
    const shared = { width: 64, heads: 4, context: 64 }; // large enough that operators are split over threads
    for (const optimizer of ['wasm', 'graph'] as const)
      expect(await train(optimizer, 2, 3, shared), optimizer).toEqual(await train(optimizer, 1, 3, shared));
  });

  it('refuses the WebAssembly optimizer on a GPU', () => {
    expect(() => onnxRuntimeEngine({ device: 'webgpu', threads: 1, optimizer: 'wasm' })).toThrow(
      'wasm must be on cpu',
    );
  });
});
