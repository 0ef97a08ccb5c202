import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainerEventBody, TrainerJob } from '../../src-main/contract/job.ts';
import { recipeSchema } from '../../src-main/contract/recipe.ts';
import { trainingBatch } from '../../src-main/data/batches.ts';
import type { Dataset } from '../../src-main/data/dataset.ts';
import { buildDataset } from '../../src-main/data/dataset.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { grow } from '../../src-main/growth/grow.ts';
import { learningRateAt } from '../../src-main/model/learning-rate.ts';
import { initialParameters } from '../../src-main/model/parameter-layout.ts';
import { zerosLike } from '../../src-main/tensor/tensor-map.ts';
import {
  checkpointFileName,
  readCheckpoint,
  writeCheckpoint,
} from '../../src-main/training/checkpoint-file.ts';
import { optimizerOf, runJob } from '../../src-main/training/trainer-loop.ts';
import { trainingPhases } from '../../src-main/training/training-phases.ts';
import { straightLine } from '../engine/straight-line-adamw.ts';
import { relativeError } from '../engine/tiny-model.ts';

const FROZEN_STEPS = 12;
const STEPS = 20;

let folder: string;
let dataset: Dataset;
let job: TrainerJob;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-phases-'));
  dataset = buildDataset({
    corpus: { synthetic: 'copy', examples: 200, length: 6, symbols: 5, seed: 0 },
    tokenizer: { kind: 'character', maxVocabulary: 256 },
    validationShare: 0.1,
  });
  const source = {
    width: 16,
    heads: 2,
    context: 8,
    mlpRatio: 2,
    activation: 'gelu',
    tiedEmbedding: true,
    attentionBias: true,
    dropout: 0,
    layers: 1,
    vocabulary: dataset.vocabulary,
  } as const;
  const { architecture, parameters, lineage } = grow({
    source: { architecture: source, parameters: initialParameters(source, 1), moments: null },
    targetLayers: 2,
    strategy: { name: 's', description: '', operator: 'random', position: 'top', moments: 'reset' },
    seed: 1,
    repeat: 0,
  });
  const { hash } = writeCheckpoint(folder, {
    architecture,
    step: 0,
    parameters,
    momentM: null,
    momentV: null,
    lineage,
    extra: {},
  });
  const start = { path: join(folder, checkpointFileName(hash)), hash };
  job = {
    runId: 'run',
    architecture,
    dataset: { path: 'dataset', contentHash: dataset.contentHash },
    start: { ...start, step: 0 },
    origin: start,
    recipe: recipeSchema.parse({
      batchSize: 2,
      warmupSteps: 5,
      clipNorm: 0.5,
      adam: { weightDecay: 0.1 },
      trainable: 'newLayers',
      frozenSteps: FROZEN_STEPS,
    }),
    scheduleSteps: STEPS,
    untilStep: STEPS,
    batchSeed: 7,
    firstBatch: 0,
    adamStepOffset: 0,
    evaluation: { batchCount: 2, batchSize: 2, steps: [4, FROZEN_STEPS, 15] },
    checkpointFolder: folder,
    checkpointSeconds: 0,
    divergenceLoss: 20,
    secondsBefore: 0,
    compute: { device: 'cpu', threads: 1 },
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function train(given: TrainerJob, optimizer: 'wasm' | 'graph' = 'wasm') {
  const events: TrainerEventBody[] = [];
  const engine = onnxRuntimeEngine({ device: 'cpu', threads: 1, optimizer });
  await runJob(given, {
    deviceDescription: 'test',
    loadDataset: () => dataset,
    loadMetric: () => {
      throw new Error('no metric was asked for');
    },
    compile: (spec) => engine.compile(spec),
    emit: async (event) => void events.push(event),
    isCancelled: () => false,
    now: () => 0,
    wall: () => 0,
  });
  const checkpoints = events.filter((event) => event.kind === 'checkpoint');
  return {
    evaluations: events.filter((event) => event.kind === 'evaluation'),
    checkpoints,
    contents: checkpoints.map(({ hash }) => readCheckpoint(join(folder, checkpointFileName(hash)))),
  };
}
const isNew = (name: string): boolean => name.startsWith('h.1.');

describe('runJob, new layers first', () => {
  for (const optimizer of ['wasm', 'graph'] as const)
    it(`trains as a straight line whose old parameters count from when they begin: ${optimizer}`, async () => {
      const { contents } = await train(job, optimizer);
      const { parameters } = readCheckpoint(job.start.path);
      const batches = Array.from({ length: STEPS }, (_, step) => [
        ...trainingBatch(dataset, { seed: 7, step: step + 1, batchSize: 2, context: 8 }),
      ]);
      const expected = straightLine(
        {
          architecture: job.architecture,
          optimizer: optimizerOf(job.recipe),
          batchSize: 2,
          evaluationBatchSize: 2,
        },
        { parameters, momentM: zerosLike(parameters), momentV: zerosLike(parameters) },
        Int32Array.from(batches.flat()),
        (name, step) => {
          const waited = isNew(name) ? 0 : FROZEN_STEPS;
          if (step <= waited) return undefined;
          return { learningRate: learningRateAt(job.recipe, step, STEPS), count: step - waited };
        },
      );
      const end = contents.at(-1)!;
      expect(end.step).toBe(STEPS);
      for (const [part, values] of [
        ['parameters', end.parameters],
        ['momentM', end.momentM!],
        ['momentV', end.momentV!],
      ] as const)
        for (const [name, tensor] of expected.state[part])
          if (!name.endsWith('attn.k.b'))
            expect(relativeError(values.get(name)!, tensor), `${part} ${name}`).toBeLessThan(5e-3);
    });

  it('keeps old parameters and their moments to the last bit until then', async () => {
    const { contents } = await train(job);
    const start = readCheckpoint(job.start.path);
    const [, atSwitch, after] = contents;
    expect(contents.map(({ step }) => step)).toEqual([4, FROZEN_STEPS, 15, STEPS]);
    for (const [name, values] of start.parameters) {
      const moved = [atSwitch!, after!].map((content) => !equal(content.parameters.get(name)!, values));
      // A key bias has no gradient but rounding; its values move all the same or not.
      if (!name.endsWith('attn.k.b')) expect(moved, name).toEqual([isNew(name), true]);
      if (isNew(name)) continue;
      expect(atSwitch!.parameters.get(name), name).toEqual(values);
      for (const moments of [atSwitch!.momentM!, atSwitch!.momentV!])
        expect(
          moments.get(name)!.every((value) => Object.is(value, 0)),
          name,
        ).toBe(true);
    }
  });

  it('ends with the same bytes from any checkpoint, before, at and after the switch', async () => {
    const whole = await train(job);
    for (const { hash, step } of whole.checkpoints.slice(0, -1)) {
      const start = { path: join(folder, checkpointFileName(hash)), hash, step };
      const again = await train({ ...job, start });
      expect(again.checkpoints, `from ${step}`).toEqual(whole.checkpoints.filter((one) => one.step > step));
      expect(again.evaluations).toEqual(whole.evaluations.filter((one) => one.step > step));
    }
  });

  it('never trains the old parameters without frozenSteps', async () => {
    const { frozenSteps: _, ...recipe } = job.recipe;
    const { contents } = await train({ ...job, recipe });
    const start = readCheckpoint(job.start.path);
    for (const [name, values] of start.parameters)
      if (!isNew(name)) expect(contents.at(-1)!.parameters.get(name), name).toEqual(values);
  });

  it('gives the bytes of the plain run when the recipe says all', async () => {
    const { frozenSteps: _, trainable: __, ...plain } = job.recipe;
    const all = await train({ ...job, recipe: { ...plain, trainable: 'all' } });
    expect((await train({ ...job, recipe: plain })).checkpoints).toEqual(all.checkpoints);
  });
});

describe('trainingPhases', () => {
  it('refuses a model that was not grown or has no new layer', () => {
    const { architecture, recipe } = job;
    expect(() => trainingPhases(recipe, architecture, null)).toThrow(/was not grown; it must have one/);
    const copy = { kind: 'copy', outScale: 1, outScaleMlp: 1, noise: 0 } as const;
    const lineage = [0, 1].map((from) => ({ ...copy, from }));
    expect(() => trainingPhases(recipe, architecture, lineage)).toThrow(/has no new layer/);
  });
});

describe('recipeSchema', () => {
  it('freezes for a number of steps only where new layers are trained first', () => {
    expect(recipeSchema.safeParse({ frozenSteps: 5 }).success).toBe(false);
    expect(recipeSchema.safeParse({ frozenSteps: 5, trainable: 'all' }).success).toBe(false);
    expect(recipeSchema.parse({ trainable: 'newLayers', frozenSteps: 5 }).frozenSteps).toBe(5);
  });
});

const equal = (a: Float32Array, b: Float32Array): boolean =>
  a.every((value, index) => Object.is(value, b[index]));
