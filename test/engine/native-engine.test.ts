/** The engine of own kernels: what other engines do not promise, and how it ends. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StepResults, TrainingEngine, TrainingState } from '../../src-main/engine/engine.ts';
import { nativeEngine } from '../../src-main/engine/native-engine.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

interface Trained {
  readonly results: StepResults;
  readonly evaluation: Float32Array;
  readonly scores: Float32Array;
  readonly state: TrainingState;
}

/** What comes of `steps` steps. */
async function train(engine: TrainingEngine, spec: TrainingSpec, steps: number): Promise<Trained> {
  const model = await engine.compile(spec);
  const session = await model.open(tinyState(spec));
  const results = await session.train(tinyTokens(spec, steps, spec.batchSize), tinyScalars(spec, steps));
  const batches = tinyTokens(spec, 2, spec.evaluationBatchSize);
  const evaluation = await session.evaluate(batches);
  const scores = await session.score(batches);
  const state = await session.read();
  await session.dispose();
  await model.dispose();
  return { results, evaluation, scores, state };
}

describe('nativeEngine', () => {
  it('gives the same bytes over one, two and three threads, whatever the vectors', async () => {
    // Large enough that every kind of unit is split over threads.
    const shared = { width: 64, heads: 4, context: 64, vocabulary: 90 };
    for (const lanes of [4, 8, 16])
      for (const spec of [
        tinySpec(shared, { clipNorm: 0.5 }),
        { ...tinySpec({ ...shared, activation: 'relu', tiedEmbedding: false }), accumulationSteps: 3 },
      ]) {
        const alone = await train(await nativeEngine({ threads: 1, lanes }), spec, 3);
        for (const threads of [2, 3])
          expect(await train(await nativeEngine({ threads, lanes }), spec, 3), `${threads} threads`).toEqual(
            alone,
          );
      }
  });

  it('trains like ONNX Runtime for 20 steps', async () => {
    const spec = tinySpec({}, { clipNorm: 0.5 });
    const [own, other] = [
      await train(await nativeEngine({ threads: 2 }), spec, 20),
      await train(onnxRuntimeEngine({ device: 'cpu', threads: 1 }), spec, 20),
    ];
    expect(relativeError(own.results.losses, other.results.losses)).toBeLessThan(1e-5);
    expect(relativeError(own.results.gradientNorms, other.results.gradientNorms)).toBeLessThan(1e-4);
    expect(relativeError(own.evaluation, other.evaluation)).toBeLessThan(1e-5);
  });

  it('names its vectors and threads', async () => {
    const { description } = await nativeEngine({ threads: 1, lanes: 4 });
    expect(description).toMatch(/^own kernels \((SSE2|NEON)\), 1 thread, AdamW in WebAssembly$/);
    expect((await nativeEngine({ threads: 3 })).description).toContain('3 threads');
  });

  it('refuses products of 16 bits', async () => {
    const engine = await nativeEngine({ threads: 1 });
    await expect(engine.compile({ ...tinySpec(), precision: 'float16' })).rejects.toThrow(
      'precision is float16 on device native; must be float32 there',
    );
  });
});

describe('dispose', () => {
  it('may be called twice, on sessions and models', async () => {
    const spec = tinySpec();
    const model = await (await nativeEngine({ threads: 2 })).compile(spec);
    const session = await model.open(tinyState(spec));
    await session.dispose();
    await session.dispose();
    await model.dispose();
    await model.dispose();
    await expect(session.train(tinyTokens(spec, 1, spec.batchSize), tinyScalars(spec, 1))).rejects.toThrow(
      'was disposed',
    );
  });

  it('of one model leaves the sessions of another alone', async () => {
    const spec = tinySpec();
    const engine = await nativeEngine({ threads: 2 });
    const [first, second] = [await engine.compile(spec), await engine.compile(spec)];
    const session = await second.open(tinyState(spec));
    await first.dispose();
    const { losses } = await session.train(tinyTokens(spec, 2, spec.batchSize), tinyScalars(spec, 2));
    expect(losses.every((loss) => loss > 0)).toBe(true);
    await session.dispose();
    await second.dispose();
  });

  /** What a use after dispose prints, or how its process ended. */
  function afterDispose(...use: string[]): string {
    const script = join(import.meta.dirname, 'native-after-dispose.ts');
    const { stdout, signal } = spawnSync(process.execPath, [script, ...use], {
      encoding: 'utf8',
      timeout: 10_000,
      killSignal: 'SIGKILL',
    });
    return stdout || `ended by ${signal}`;
  }

  for (const use of ['train', 'evaluate', 'score'])
    it(`of a model ends its sessions: ${use} throws`, () => {
      expect(afterDispose(use)).toMatch(/^threw: .*disposed/);
    });

  it('of a program may be called twice', () => {
    expect(afterDispose('program', 'twice')).toBe('went on: undefined\n');
  });

  it('of a program ends what was bound', () => {
    expect(afterDispose('program', 'run')).toMatch(/^threw: .*disposed/);
  });
});
