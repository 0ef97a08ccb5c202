/** Sources with no layer and with one: they train, are kept, go on, grow to four layers by every preset, and train on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainerEventBody, TrainerJob } from '../../src-main/contract/job.ts';
import { recipeSchema } from '../../src-main/contract/recipe.ts';
import type { GrowingStrategy } from '../../src-main/contract/strategy.ts';
import type { Dataset } from '../../src-main/data/dataset.ts';
import { buildDataset } from '../../src-main/data/dataset.ts';
import type { CompiledModel } from '../../src-main/engine/engine.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { compileStrategy } from '../../src-main/growth/compile-strategy.ts';
import { grow } from '../../src-main/growth/grow.ts';
import { trainingFlopsPerStep } from '../../src-main/model/flops.ts';
import { countParameters, initialParameters } from '../../src-main/model/parameter-layout.ts';
import { presetStrategies } from '../../src-main/service/resource-files.ts';
import type { CheckpointContent } from '../../src-main/training/checkpoint-file.ts';
import {
  checkpointFileName,
  readCheckpoint,
  writeCheckpoint,
} from '../../src-main/training/checkpoint-file.ts';
import { runJob } from '../../src-main/training/trainer-loop.ts';

const SOURCE_STEPS = 40;
const TARGET_LAYERS = 4;

let folder: string;
let dataset: Dataset;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-shallow-'));
  dataset = buildDataset({
    corpus: { synthetic: 'copy', examples: 300, length: 6, symbols: 5, seed: 0 },
    tokenizer: { kind: 'character', maxVocabulary: 256 },
    validationShare: 0.1,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const architectureOf = (layers: number) =>
  ({
    width: 16,
    heads: 2,
    context: 8,
    mlpRatio: 2,
    activation: 'gelu',
    tiedEmbedding: true,
    attentionBias: true,
    dropout: 0,
    layers,
    vocabulary: dataset.vocabulary,
  }) as const;

const models = new Map<string, Promise<CompiledModel>>();

/** Trains from a checkpoint's content; events of evaluations and checkpoints, and the end. */
async function train(
  content: CheckpointContent,
  untilStep: number,
  changes: Partial<TrainerJob> = {},
  form: 'wasm' | 'graph' = 'wasm',
) {
  const { hash } = writeCheckpoint(folder, content);
  const start = { path: join(folder, checkpointFileName(hash)), hash, step: content.step };
  const events: TrainerEventBody[] = [];
  const engine = onnxRuntimeEngine({ device: 'cpu', threads: 1, optimizer: form });
  const ending = await runJob(
    {
      runId: 'run',
      architecture: content.architecture,
      dataset: { path: 'dataset', contentHash: dataset.contentHash },
      start,
      ...(content.step === 0 ? { origin: start } : {}),
      recipe: recipeSchema.parse({ batchSize: 4, warmupSteps: 4 }),
      scheduleSteps: SOURCE_STEPS,
      untilStep,
      batchSeed: 7,
      firstBatch: 0,
      adamStepOffset: 0,
      evaluation: { batchCount: 2, batchSize: 4, steps: [10, 20] },
      checkpointFolder: folder,
      checkpointSeconds: 0,
      divergenceLoss: 20,
      secondsBefore: 0,
      compute: { device: 'cpu', threads: 1 },
      ...changes,
    },
    {
      deviceDescription: 'test',
      loadDataset: () => dataset,
      loadMetric: () => {
        throw new Error('no metric was asked for');
      },
      compile: (spec) => {
        const key = `${form} ${JSON.stringify(spec)}`;
        const model = models.get(key) ?? engine.compile(spec);
        models.set(key, model);
        return model;
      },
      emit: async (event) => void events.push(event),
      isCancelled: () => false,
      now: () => 0,
      wall: () => 0,
    },
  );
  expect(ending.kind).toBe('finished');
  const checkpoints = events.filter((event) => event.kind === 'checkpoint');
  const contentOf = (index: number): CheckpointContent =>
    readCheckpoint(join(folder, checkpointFileName(checkpoints.at(index)!.hash)));
  return { evaluations: events.filter((event) => event.kind === 'evaluation'), checkpoints, contentOf };
}

const initial = (layers: number): CheckpointContent => ({
  architecture: architectureOf(layers),
  step: 0,
  parameters: initialParameters(architectureOf(layers), 1),
  momentM: null,
  momentV: null,
  lineage: null,
  extra: {},
});

/** The presets that can grow these depths, by name. */
const applicable = (layers: number): GrowingStrategy[] =>
  [...presetStrategies().values()].filter((strategy) => {
    try {
      compileStrategy(strategy, layers, TARGET_LAYERS);
      return true;
    } catch {
      return false;
    }
  });

for (const layers of [0, 1])
  describe(`a source of ${layers} layer${layers === 1 ? '' : 's'}`, () => {
    for (const form of ['wasm', 'graph'] as const)
      it(`learns, and goes on from its checkpoints with the same bytes: ${form}`, async () => {
        const { evaluations, checkpoints, contentOf } = await train(initial(layers), SOURCE_STEPS, {}, form);
        expect(evaluations.at(-1)!.loss).toBeLessThan(evaluations[0]!.loss - 0.1);
        expect(evaluations.at(-1)!.weightDistance).toBeGreaterThan(0);
        const again = await train(contentOf(0), SOURCE_STEPS, {}, form);
        expect(again.checkpoints).toEqual(checkpoints.slice(1));
      });

    it('grows to four layers by every preset that can, and trains on', async () => {
      const source = (await train(initial(layers), SOURCE_STEPS)).contentOf(-1);
      const strategies = applicable(layers);
      const names = strategies.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['randTop', 'idRandTop', 'embOnly', 'scratch']));
      // There is nothing to copy in a source without layers.
      expect(names.includes('stack')).toBe(layers > 0);
      for (const strategy of strategies) {
        const grown = grow({
          source: {
            architecture: source.architecture,
            parameters: source.parameters,
            moments: { m: source.momentM!, v: source.momentV! },
          },
          targetLayers: TARGET_LAYERS,
          strategy,
          seed: 1,
          repeat: 0,
        });
        const content = { ...grown, step: 0, momentM: null, momentV: null, extra: {} };
        const { evaluations, contentOf } = await train(content, 20);
        const losses = evaluations.map(({ loss }) => loss);
        expect(losses.every(Number.isFinite), strategy.name).toBe(true);
        expect(losses.at(-1)!, strategy.name).toBeLessThan(losses[0]!);
        expect(contentOf(-1).lineage).toEqual(grown.lineage);
      }
    });

    it('keeps its loss when identity layers are put on top', async () => {
      const trained = await train(initial(layers), SOURCE_STEPS);
      const source = trained.contentOf(-1);
      const grown = grow({
        source: { architecture: source.architecture, parameters: source.parameters, moments: null },
        targetLayers: TARGET_LAYERS,
        strategy: presetStrategies().get('idRandTop')!,
        seed: 1,
        repeat: 0,
      });
      const { evaluations } = await train({ ...grown, step: 0, momentM: null, momentV: null, extra: {} }, 0);
      expect(evaluations[0]!.loss).toBeCloseTo(trained.evaluations.at(-1)!.loss, 5);
    });

    it('can have its new layers trained first', async () => {
      const recipe = recipeSchema.parse({
        batchSize: 4,
        warmupSteps: 4,
        trainable: 'newLayers',
        frozenSteps: 10,
      });
      const grown = grow({
        source: { ...initial(layers), moments: null },
        targetLayers: TARGET_LAYERS,
        strategy: presetStrategies().get('randTop')!,
        seed: 1,
        repeat: 0,
      });
      const { contentOf } = await train({ ...grown, step: 0, momentM: null, momentV: null, extra: {} }, 20, {
        recipe,
      });
      expect(contentOf(0).parameters.get('wte')).toEqual(grown.parameters.get('wte'));
      expect(contentOf(-1).parameters.get('wte')).not.toEqual(grown.parameters.get('wte'));
    });
  });

describe('a model without layers', () => {
  it('has embeddings, a final norm and the products of the head only', () => {
    const { width, context, vocabulary } = architectureOf(0);
    expect(countParameters(architectureOf(0))).toBe(width * (vocabulary + context) + 2 * width);
    expect(trainingFlopsPerStep(architectureOf(0), 4)).toBe(3 * 2 * width * vocabulary * 4 * context);
  });
});
