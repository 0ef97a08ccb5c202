import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainerEventBody, TrainerJob } from '../../src-main/contract/job.ts';
import { metricSpecsSchema } from '../../src-main/contract/metrics.ts';
import { recipeSchema } from '../../src-main/contract/recipe.ts';
import type { Dataset } from '../../src-main/data/dataset.ts';
import { buildDataset } from '../../src-main/data/dataset.ts';
import { readMetricFile, writeMetricFile } from '../../src-main/data/metric-file.ts';
import { prepareMetrics } from '../../src-main/data/prepare-metrics.ts';
import type { CompiledModel } from '../../src-main/engine/engine.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { initialParameters } from '../../src-main/model/parameter-layout.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import {
  checkpointFileName,
  readCheckpoint,
  writeCheckpoint,
} from '../../src-main/training/checkpoint-file.ts';
import type { JobEnding } from '../../src-main/training/trainer-loop.ts';
import { runJob } from '../../src-main/training/trainer-loop.ts';

let folder: string;
let dataset: Dataset;
let job: TrainerJob;
const models = new Map<string, Promise<CompiledModel>>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-loop-'));
  dataset = buildDataset({
    corpus: { synthetic: 'copy', examples: 200, length: 6, symbols: 5, seed: 0 },
    tokenizer: { kind: 'character', maxVocabulary: 256 },
    validationShare: 0.1,
  });
  const architecture = {
    width: 16,
    heads: 2,
    context: 8,
    mlpRatio: 4,
    activation: 'gelu',
    tiedEmbedding: true,
    attentionBias: true,
    dropout: 0,
    layers: 1,
    vocabulary: dataset.vocabulary,
  } as const;
  const { hash } = writeCheckpoint(folder, {
    architecture,
    step: 0,
    parameters: initialParameters(architecture, 1),
    momentM: null,
    momentV: null,
    lineage: null,
    extra: {},
  });
  job = {
    runId: 'run',
    architecture,
    dataset: { path: 'dataset', contentHash: dataset.contentHash },
    start: { path: join(folder, checkpointFileName(hash)), hash, step: 0 },
    origin: { path: join(folder, checkpointFileName(hash)), hash },
    recipe: recipeSchema.parse({ batchSize: 2, warmupSteps: 5 }),
    scheduleSteps: 60,
    untilStep: 60,
    batchSeed: 7,
    firstBatch: 0,
    adamStepOffset: 0,
    evaluation: { batchCount: 3, batchSize: 2, steps: [4, 10, 37, 60] },
    checkpointFolder: folder,
    checkpointSeconds: 0,
    divergenceLoss: 20,
    secondsBefore: 0,
    compute: { device: 'cpu', threads: 1 },
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compile = (spec: TrainingSpec): Promise<CompiledModel> => {
  const key = JSON.stringify(spec);
  const model = models.get(key) ?? onnxRuntimeEngine({ device: 'cpu', threads: 1 }).compile(spec);
  models.set(key, model);
  return model;
};

interface Replaced {
  readonly compile?: (spec: TrainingSpec) => Promise<CompiledModel>;
  readonly onEvent?: (event: TrainerEventBody) => void;
  readonly isCancelled?: () => boolean;
  readonly now?: () => number;
}

/** Runs a job in this process; the clock stands still unless given. */
async function train(
  given: TrainerJob,
  replaced: Replaced = {},
): Promise<{ events: TrainerEventBody[]; ending: JobEnding }> {
  const events: TrainerEventBody[] = [];
  const ending = await runJob(given, {
    deviceDescription: 'test',
    loadDataset: () => dataset,
    loadMetric: (path) => readMetricFile(path),
    compile: replaced.compile ?? compile,
    emit: async (event) => {
      events.push(event);
      replaced.onEvent?.(event);
    },
    isCancelled: replaced.isCancelled ?? (() => false),
    now: replaced.now ?? (() => 0),
    wall: replaced.now ?? (() => 0),
  });
  return { events, ending };
}

const ofKind = <Kind extends TrainerEventBody['kind']>(events: readonly TrainerEventBody[], kind: Kind) =>
  events.filter((event): event is Extract<TrainerEventBody, { kind: Kind }> => event.kind === kind);

/** A model whose losses are written down: `losses[step]` in training, and one validation loss a call. */
function scripted(losses: (step: number) => number, validation: (call: number) => number, norm = () => 1) {
  const calls: number[] = [];
  let step = 0;
  let evaluations = 0;
  let disposed = 0;
  const script = async (spec: TrainingSpec): Promise<CompiledModel> => ({
    spec,
    dispose: async () => {},
    open: async (state) => ({
      train: async (_tokens, scalars) => {
        calls.push(scalars.length);
        const values = scalars.map(() => losses(++step));
        return {
          losses: Float32Array.from(values),
          gradientNorms: Float32Array.from(values, norm),
        };
      },
      evaluate: async () => new Float32Array(3).fill(validation(evaluations++)),
      read: async () => state,
      score: async () => new Float32Array(0),
      readParameters: async () => state.parameters,
      write: async () => {},
      dispose: async () => {
        disposed++;
      },
    }),
  });
  return { compile: script, calls, disposals: () => disposed };
}

describe('runJob', () => {
  it('evaluates at the given steps and takes a checkpoint after each, the last one final', async () => {
    const { events, ending } = await train(job);
    expect(ofKind(events, 'evaluation').map(({ step }) => step)).toEqual([0, 4, 10, 37, 60]);
    expect(ofKind(events, 'checkpoint').map(({ step, final }) => [step, final])).toEqual([
      [4, false],
      [10, false],
      [37, false],
      [60, true],
    ]);
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== 'progress');
    expect(kinds.slice(0, 4)).toEqual(['started', 'evaluation', 'evaluation', 'checkpoint']);
    expect(ending).toMatchObject({ kind: 'finished', step: 60 });
    const [first, second] = ofKind(events, 'evaluation');
    expect(first).toMatchObject({ trainingLoss: null, gradientNorm: null, learningRate: null });
    expect(second!.learningRate).toBeCloseTo((job.recipe.learningRate * 4) / 5, 12);
  });

  it('ends with the same events and bytes from any checkpoint, at any speed', async () => {
    const { events } = await train(job);
    const checkpoints = ofKind(events, 'checkpoint');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...checkpoints.slice(0, -1)),
        // Milliseconds between two looks at the clock: from many steps a call down to one.
        fc.constantFrom(0, 1, 100, 400, 3000),
        async ({ hash, step }, tickMs) => {
          let ms = 0;
          const start = { path: join(folder, checkpointFileName(hash)), hash, step };
          const again = await train({ ...job, start }, { now: () => (ms += tickMs) });
          const strip = (all: readonly TrainerEventBody[]): unknown[] =>
            all
              .filter(
                (event) => (event.kind === 'evaluation' || event.kind === 'checkpoint') && event.step > step,
              )
              .map((event) => ({ ...event, seconds: 0 }));
          expect(strip(again.events)).toEqual(strip(events));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('reports how far the weights are from step 0, or null when that is not known', async () => {
    const { events } = await train(job);
    const distances = ofKind(events, 'evaluation').map((event) => event.weightDistance);
    expect(distances[0]).toBe(0);
    const { hash, step } = ofKind(events, 'checkpoint').at(-1)!;
    const start = { path: join(folder, checkpointFileName(hash)), hash, step };
    const [first, last] = [job.start.path, start.path].map((path) =>
      [...readCheckpoint(path).parameters.values()].flatMap((values) => [...values]),
    ) as [number[], number[]];
    const moved = Math.hypot(...last.map((value, index) => value - first[index]!));
    expect(distances.at(-1)! / (moved / Math.hypot(...first))).toBeCloseTo(1, 10);

    const { origin: _, ...unknown } = job;
    const without = await train(unknown);
    expect(ofKind(without.events, 'evaluation').map((event) => event.weightDistance)).toEqual(
      distances.map(() => null),
    );
    await expect(train({ ...job, start, origin: start, untilStep: 60 })).rejects.toThrow(
      /is step 60 of a model with 1 layers; the origin must be step 0/,
    );
  });

  it('measures the metrics of the job at every evaluation, the same after a resume', async () => {
    const specs = metricSpecsSchema.parse([
      { name: 'own', corpus: { synthetic: 'copy', examples: 200, length: 6, symbols: 5 } },
      { primitive: 'copy', length: 2, symbols: 5, examples: 20 },
    ]);
    const metrics = prepareMetrics(specs, dataset, {
      context: 8,
      batchCount: 3,
      batchSize: 2,
      validationShare: 0.1,
    }).map(({ metric, data }) => ({ ...metric, path: writeMetricFile(folder, data) }));
    const { events } = await train({ ...job, evaluation: { ...job.evaluation, metrics } });
    const evaluations = ofKind(events, 'evaluation');
    for (const { loss, metrics: values } of evaluations) {
      expect(Object.keys(values!)).toEqual(['own', 'copy.accuracy']);
      // The same corpus, split and batches as the study's own.
      expect(values!.own).toBe(loss);
      expect(values!['copy.accuracy']).toBeGreaterThanOrEqual(0);
      expect(values!['copy.accuracy']).toBeLessThanOrEqual(1);
    }
    const plain = await train(job);
    expect(evaluations.map(({ metrics: _, ...rest }) => rest)).toEqual(ofKind(plain.events, 'evaluation'));
    const { hash, step } = ofKind(events, 'checkpoint')[1]!;
    const start = { path: join(folder, checkpointFileName(hash)), hash, step };
    const again = await train({ ...job, start, evaluation: { ...job.evaluation, metrics } });
    expect(ofKind(again.events, 'evaluation')).toEqual(evaluations.filter((event) => event.step > step));
  });

  it('takes checkpoints at least the given time apart, by its clock, but always at the end', async () => {
    let ms = 0;
    const model = scripted(
      () => 1,
      () => {
        ms += 700;
        return 1;
      },
    );
    const { events } = await train(
      { ...job, checkpointSeconds: 1 },
      { compile: model.compile, now: () => ms },
    );
    // Evaluations end 700, 1400, 2100, 2800 ms after the start; the clock restarts with every checkpoint.
    expect(ofKind(events, 'checkpoint').map(({ step }) => step)).toEqual([4, 37, 60]);
  });

  it('trains every step once, one first and then as many a call as are worth it', async () => {
    let ms = 0;
    const model = scripted(
      () => {
        ms += 20;
        return 1;
      },
      () => 1,
    );
    await train(job, { compile: model.compile, now: () => ms });
    expect(model.calls.reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(model.calls[0]).toBe(1);
    expect(Math.max(...model.calls)).toBeGreaterThan(4);
  });

  it('ends as diverged at the very step whose loss or gradient is not finite, within a chunk', async () => {
    for (const bad of [1, 2, 5, 23, 60])
      for (const what of ['loss', 'norm'] as const)
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const model = scripted(
            (step) => (what === 'loss' && step === bad ? value : 1),
            () => 1,
            () => 1,
          );
          let seen = 0;
          const norms = scripted(
            () => 1,
            () => 1,
            () => (++seen === bad ? value : 1),
          );
          const used = what === 'loss' ? model : norms;
          const { events, ending } = await train(job, { compile: used.compile });
          expect(ending).toMatchObject({ kind: 'diverged', step: bad });
          expect(ending.kind === 'diverged' && ending.reason).toBe(
            `the ${what === 'loss' ? 'training loss' : 'gradient norm'} became ${value} at step ${bad}`,
          );
          const evaluated = ofKind(events, 'evaluation').map(({ step }) => step);
          expect(evaluated).toEqual([0, 4, 10, 37].filter((step) => step < bad));
          expect(used.disposals()).toBe(1);
        }
  });

  it('records an evaluation that is not finite or above the limit, then ends as diverged', async () => {
    const cases = [
      [Number.NaN, 'the validation loss became NaN at step 10'],
      [20.5, 'the validation loss became 20.500, above the limit of 20.00 at step 10'],
    ] as const;
    for (const [loss, reason] of cases) {
      const model = scripted(
        () => 1,
        (call) => (call === 2 ? loss : 20),
      );
      const { events, ending } = await train(job, { compile: model.compile });
      expect(ending).toMatchObject({ kind: 'diverged', step: 10, reason });
      expect(ofKind(events, 'evaluation').at(-1)).toMatchObject({ step: 10, loss });
      expect(ofKind(events, 'checkpoint').at(-1)!.step).toBe(4);
    }
  });

  it('stops between two engine calls when it is cancelled, without a checkpoint', async () => {
    let isCancelled = false;
    const { events, ending } = await train(job, {
      isCancelled: () => isCancelled,
      onEvent: (event) => {
        if (event.kind === 'progress' && event.step > 10) isCancelled = true;
      },
    });
    expect(ending.kind).toBe('cancelled');
    expect(ofKind(events, 'checkpoint').at(-1)!.step).toBe(10);
    expect(events.at(-1)!.kind).toBe('progress');
  });

  it('evaluates the growing point alone when there is nothing to train', async () => {
    const { events, ending } = await train({ ...job, untilStep: 0 });
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'evaluation', 'checkpoint']);
    expect(ofKind(events, 'checkpoint')[0]).toMatchObject({ step: 0, final: true });
    expect(ending).toMatchObject({ kind: 'finished', step: 0 });
  });

  it('refuses a start that is not what the job says', async () => {
    const { start } = job;
    const failures: [Partial<TrainerJob>, RegExp][] = [
      [{ start: { ...start, step: 3 } }, /is at step 0; the job expects 3/],
      [{ start: { ...start, hash: 'f'.repeat(64) } }, /it must be ffff/],
      [{ start: { ...start, path: join(folder, 'none') } }, /does not exist/],
      [{ architecture: { ...job.architecture, layers: 2 } }, /has 1 layers; the job expects 2/],
      [{ architecture: { ...job.architecture, vocabulary: 3 } }, /token ids; the model knows 3/],
    ];
    for (const [change, message] of failures)
      await expect(train({ ...job, ...change })).rejects.toThrow(message);
  });
});
