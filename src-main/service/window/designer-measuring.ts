/**
 * Initial loss and function-preservation gap of a growth, by the engine that studies train with. Nothing is trained
 * and nothing is written: the source is the trained one of an earlier study where the history has it, else a freshly
 * initialised one. One growth is measured at a time, and what was measured is kept.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../../contract/architecture.ts';
import { EspalierError } from '../../contract/errors.ts';
import type { StudyRecord } from '../../contract/records.ts';
import { type StudySpec, studySpecSchema } from '../../contract/study.ts';
import type { CorpusFacts, Growth, GrowthMeasurement } from '../../contract/window/designer.ts';
import { validationBatches } from '../../data/batches.ts';
import { buildDataset, type Dataset } from '../../data/dataset.ts';
import { openProgramRunner } from '../../engine/open-program-runner.ts';
import type { CompiledProgram, ProgramRunner } from '../../engine/program-runner.ts';
import { compileStrategy } from '../../growth/compile-strategy.ts';
import { grow } from '../../growth/grow.ts';
import type { History } from '../../history/history.ts';
import { initialParameters } from '../../model/parameter-layout.ts';
import { evaluationProgram } from '../../model/training-programs.ts';
import type { TensorMap } from '../../tensor/tensor-map.ts';
import { checkpointFileName, readCheckpoint } from '../../training/checkpoint-file.ts';
import type { CatalogReader } from '../catalog-reader.ts';
import type { Home } from '../home.ts';
import { RecentValues } from './designer-recent-values.ts';

/** Batches that say enough about an initial loss; a study measures more. */
const MAX_BATCHES = 40;
/** Studies looked through for a trained source, newest first. */
const MAX_STUDIES = 500;

interface Source {
  readonly kind: GrowthMeasurement['source'];
  /** Equal for equal parameters. */
  readonly key: string;
  readonly parameters: () => TensorMap;
}

export class GrowthMeasuring {
  private readonly home: Home;
  private readonly catalog: CatalogReader;
  private readonly datasets = new RecentValues<Dataset>(2);
  private readonly programs = new RecentValues<Promise<CompiledProgram>>(
    4,
    (gone) => void gone.then((program) => program.dispose()),
  );
  private readonly losses = new RecentValues<number>(4000);
  private runner: Promise<ProgramRunner> | null = null;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(home: Home, catalog: CatalogReader) {
    this.home = home;
    this.catalog = catalog;
  }

  corpus(data: Growth['data'], context: number): CorpusFacts {
    const { vocabulary, trainingTokens, tokens } = this.dataset(data, context);
    return { vocabulary, trainingTokens, validationTokens: tokens.length - trainingTokens };
  }

  /** @throws EspalierError as growing does; `interrupted` once the signal fires */
  measure(growth: Growth, signal: AbortSignal | undefined): Promise<GrowthMeasurement> {
    const result = this.queue.then(() => this.measureNow(growth, signal));
    this.queue = result.catch(() => undefined);
    return result;
  }

  private async measureNow(growth: Growth, signal: AbortSignal | undefined): Promise<GrowthMeasurement> {
    stopIfAborted(signal);
    const { model, sourceLayers, targetLayers, seed } = growth;
    // Moments do not change what a model computes, and a source is looked at without them.
    const strategy =
      'moments' in growth.strategy ? { ...growth.strategy, moments: 'reset' as const } : growth.strategy;
    const { key: planKey } = compileStrategy(strategy, sourceLayers, targetLayers);
    const { vocabulary } = this.dataset(growth.data, model.context);
    const architecture: Architecture = { ...model, layers: sourceLayers, vocabulary };
    const source = this.findSource(growth, architecture);
    const target = { ...architecture, layers: targetLayers };
    const sourceLoss = await this.loss(growth, architecture, source.key, source.parameters, signal);
    const grown = (): TensorMap =>
      grow({
        source: { architecture, parameters: source.parameters(), moments: null },
        targetLayers,
        strategy,
        seed,
        repeat: 0,
      }).parameters;
    const key = `${source.key} ${planKey} ${targetLayers} ${seed}`;
    const initialLoss = await this.loss(growth, target, key, grown, signal);
    return {
      initialLoss,
      sourceLoss,
      gap: initialLoss - sourceLoss,
      source: source.kind,
      batches: batchCountOf(growth),
    };
  }

  /** Mean validation loss of a model, kept by what makes it. */
  private async loss(
    growth: Growth,
    architecture: Architecture,
    modelKey: string,
    parameters: () => TensorMap,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { data, batchSize } = growth;
    const batchCount = batchCountOf(growth);
    const key = hashOf([architecture, data, batchCount, batchSize, modelKey]);
    const known = this.losses.get(key);
    if (known !== undefined) return known;
    const { context } = architecture;
    const batches = validationBatches(this.dataset(data, context), { batchCount, batchSize, context });
    const program = await this.program(architecture, batchSize);
    const inputs = new Map<string, Float32Array | Int32Array>(parameters());
    let sum = 0;
    for (const tokens of batches) {
      stopIfAborted(signal);
      sum += (await program.run(inputs.set('tokens', tokens))).get('loss')![0]!;
    }
    const loss = sum / batchCount;
    this.losses.set(key, loss);
    return loss;
  }

  private program(architecture: Architecture, evaluationBatchSize: number): Promise<CompiledProgram> {
    const compile = async (): Promise<CompiledProgram> => {
      this.runner ??= openProgramRunner({ device: 'cpu', threads: 1 });
      const spec = { architecture, evaluationBatchSize, batchSize: 1, optimizer: NO_OPTIMIZER };
      return (await this.runner).compile(evaluationProgram(spec));
    };
    return this.programs.getOrMake(hashOf([architecture, evaluationBatchSize]), compile);
  }

  private dataset(data: Growth['data'], context: number): Dataset {
    return this.datasets.getOrMake(hashOf([data, context]), () => buildDataset(data, { context }));
  }

  private findSource(growth: Growth, architecture: Architecture): Source {
    const { seed } = growth;
    const hash =
      growth.source === null ? null : this.catalog.read((history) => this.trained(history, growth));
    if (hash) {
      const path = join(this.home.checkpoints, checkpointFileName(hash));
      return { kind: 'trained', key: hash, parameters: () => readCheckpoint(path, {}).parameters };
    }
    return {
      kind: 'fresh',
      key: `fresh ${seed}`,
      parameters: () => initialParameters(architecture, seed),
    };
  }

  /** Checkpoint of a finished source of a study with the same data, model, seed and source; null without any. */
  private trained(history: History, growth: Growth): string | null {
    const wanted = sourceIdentity(growth);
    for (const study of history.listStudies().slice(0, MAX_STUDIES)) {
      const spec = specOf(study);
      if (!spec || sourceIdentity(spec) !== wanted) continue;
      const run = history
        .listRuns(study.id)
        .find(({ kind, state }) => kind === 'source' && state === 'finished');
      const checkpoint = run ? history.latestCheckpoint(run.id) : null;
      if (checkpoint && existsSync(join(this.home.checkpoints, checkpointFileName(checkpoint.hash))))
        return checkpoint.hash;
    }
    return null;
  }
}

/** The evaluation program has no optimizer; the type of a training spec asks for one. */
const NO_OPTIMIZER = { beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0, clipNorm: 1 };

const batchCountOf = ({ batches }: Growth): number => Math.min(batches, MAX_BATCHES);

const hashOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex');

function sourceIdentity({
  data,
  model,
  seed,
  source,
}: Pick<Growth, 'data' | 'model' | 'seed' | 'source'>): string {
  return JSON.stringify([data, model, seed, source]);
}

function specOf({ mode, specJson }: StudyRecord): StudySpec | null {
  if (mode === 'stacking') return null;
  const parsed = studySpecSchema.safeParse(JSON.parse(specJson));
  return parsed.success ? parsed.data : null;
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EspalierError('interrupted', 'the measurement was stopped');
}
