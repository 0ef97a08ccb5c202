/**
 * The trainer's side of the conversation: takes one job at a time, or several that train in one graph, answers with
 * numbered events, and waits with every checkpoint until the owner has committed it. It keeps the compiled model and
 * the dataset for the next job. How requests and events travel is up to whoever makes it: an IPC channel, a message
 * port, a test.
 */
import type { ComputeSettings } from '../contract/compute.ts';
import { EspalierError, isDiskFull, messageOf, outOfMemory, saysOutOfMemory } from '../contract/errors.ts';
import type { TrainerEvent, TrainerEventBody, TrainerJob, TrainerRequest } from '../contract/job.ts';
import type { Dataset } from '../data/dataset.ts';
import { readDatasetFile } from '../data/dataset-file.ts';
import { type MetricData, metricHash } from '../data/metric-data.ts';
import { readMetricFile } from '../data/metric-file.ts';
import type { CompiledGroup, CompiledModel, TrainingEngine } from '../engine/engine.ts';
import { openEngine } from '../engine/open-engine.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { Lockstep, type LockstepMember } from './lockstep.ts';
import { peakMemoryBytes } from './peak-memory.ts';
import { runJob } from './trainer-loop.ts';

/** A job under way. */
interface Current {
  cancelled: boolean;
  /** Highest sequence number that the owner has committed. */
  acknowledged: number;
  wake: (() => void) | null;
}

interface Disposable {
  dispose(): Promise<void>;
}

/** Where a job trains: alone, or among others. */
interface Place extends LockstepMember {
  /** Candidates in the same graph. */
  readonly beside: number;
}

export class TrainerServer {
  private readonly send: (event: TrainerEvent) => void;
  private readonly engines = new Map<string, Promise<TrainingEngine>>();
  private dataset: Dataset | null = null;
  /** By content hash; those of one study, which are small. */
  private readonly metrics = new Map<string, MetricData>();
  /** One compiled model is kept: candidates of a pool share their target architecture. */
  private compiled: { key: string; model: Promise<Disposable> } | null = null;
  /** Jobs under way, by run. */
  private readonly current = new Map<string, Current>();

  constructor(send: (event: TrainerEvent) => void) {
    this.send = send;
  }

  /** Never throws: whatever goes wrong in a job becomes its `failed` event. */
  handle(request: TrainerRequest): void {
    switch (request.kind) {
      case 'run':
        this.run(request.jobs);
        return;
      case 'cancel': {
        const own = this.current.get(request.runId);
        if (own) own.cancelled = true;
        return;
      }
      case 'acknowledge': {
        const own = this.current.get(request.runId);
        if (!own) return;
        own.acknowledged = Math.max(own.acknowledged, request.sequence);
        own.wake?.();
        return;
      }
      default:
        request satisfies never;
    }
  }

  private run(jobs: readonly TrainerJob[]): void {
    const [first] = jobs;
    if (jobs.length === 1)
      return void this.runOne(first!, {
        compile: async (spec) => this.compile(await this.engineFor(first!.compute), spec),
        now: () => performance.now(),
        wall: () => performance.now(),
        leave: () => {},
        beside: 0,
      });
    const lockstep = new Lockstep(
      jobs.length,
      async (spec, count) => this.compileGroup(await this.engineFor(first!.compute), spec, count),
      () => performance.now(),
    );
    for (const [index, job] of jobs.entries())
      void this.runOne(job, { ...lockstep.member(index), beside: jobs.length - 1 });
  }

  private async runOne(job: TrainerJob, place: Place): Promise<void> {
    const own: Current = { cancelled: false, acknowledged: -1, wake: null };
    this.current.set(job.runId, own);
    let sequence = 0;
    const emit = async (body: TrainerEventBody): Promise<void> => {
      const event = { ...body, runId: job.runId, sequence: sequence++ } as TrainerEvent;
      this.send(event);
      // An engine that never waits for anything would keep a cancel from being heard.
      if (body.kind === 'progress') await new Promise((resolve) => setImmediate(resolve));
      if (body.kind !== 'checkpoint') return;
      while (own.acknowledged < event.sequence)
        await new Promise<void>((resolve) => {
          own.wake = resolve;
        });
    };
    const ending = await this.train(job, place, own, emit);
    place.leave();
    // Before the last event: its receiver may send the next job at once.
    this.current.delete(job.runId);
    void emit(ending.kind === 'finished' ? { ...ending, peakMemoryBytes: peakMemoryBytes() } : ending);
  }

  private async train(
    job: TrainerJob,
    { compile, now, wall, beside }: Place,
    own: Current,
    emit: (body: TrainerEventBody) => Promise<void>,
  ): Promise<TrainerEventBody> {
    try {
      const engine = await this.engineFor(job.compute);
      return await runJob(job, {
        deviceDescription: [
          (beside > 0 ? engine.describeGroup?.(beside + 1) : undefined) ?? engine.description,
          ...(job.compute.gpu === undefined ? [] : [`GPU ${job.compute.gpu}`]),
          ...describePasses(job.compute),
        ].join(', '),
        loadDataset: (path, contentHash) => this.loadDataset(path, contentHash),
        loadMetric: (path, contentHash) => this.loadMetric(path, contentHash),
        compile,
        emit,
        isCancelled: () => own.cancelled,
        now,
        wall,
      });
    } catch (error) {
      const isMemory = !(error instanceof EspalierError) && saysOutOfMemory(messageOf(error));
      const told = isMemory ? outOfMemory(messageOf(error), error) : error;
      const known = told instanceof EspalierError ? told : null;
      // A full disk is no fault of the candidate: refused here, it is tried again when there is space.
      const code = isDiskFull(error) ? 'refused' : (known?.code ?? 'failed');
      return { kind: 'failed', code, message: messageOf(told), hint: known?.hint };
    }
  }

  private engineFor(compute: ComputeSettings): Promise<TrainingEngine> {
    const key = `${compute.device} ${compute.threads}`;
    const known = this.engines.get(key) ?? openEngine(compute);
    this.engines.set(key, known);
    return known;
  }

  private compile(engine: TrainingEngine, spec: TrainingSpec): Promise<CompiledModel> {
    return this.kept(`${engine.description} ${JSON.stringify(spec)}`, () => engine.compile(spec));
  }

  private compileGroup(engine: TrainingEngine, spec: TrainingSpec, count: number): Promise<CompiledGroup> {
    return this.kept(`${engine.description} ${count} ${JSON.stringify(spec)}`, () => {
      if (engine.compileGroup) return engine.compileGroup(spec, count);
      throw new EspalierError('failed', `${engine.description} cannot train several candidates in one graph`);
    });
  }

  /** What was compiled under `key`, or anew in place of what was kept before. */
  private async kept<Compiled extends Disposable>(
    key: string,
    compile: () => Promise<Compiled>,
  ): Promise<Compiled> {
    if (this.compiled?.key !== key) {
      const before = this.compiled;
      this.compiled = { key, model: compile() };
      // A model that failed to compile has nothing to dispose.
      await before?.model.then((model) => model.dispose()).catch(() => {});
    }
    try {
      return (await this.compiled.model) as Compiled; // the key says which kind it is
    } catch (error) {
      this.compiled = null;
      throw error;
    }
  }

  private loadDataset(path: string, contentHash: string): Dataset {
    if (this.dataset?.contentHash === contentHash) return this.dataset;
    const dataset = readDatasetFile(path);
    if (dataset.contentHash !== contentHash)
      throw new EspalierError(
        'failed',
        `${path} holds dataset ${dataset.contentHash}; the job expects ${contentHash}`,
        { hint: 'Delete the file; it is made again from the corpus.' },
      );
    this.dataset = dataset;
    return dataset;
  }

  private loadMetric(path: string, contentHash: string): MetricData {
    const known = this.metrics.get(contentHash);
    if (known) return known;
    const data = readMetricFile(path);
    if (metricHash(data) !== contentHash)
      throw new EspalierError(
        'failed',
        `${path} holds other sequences than the job expects (${contentHash})`,
        {
          hint: 'Delete the file; it is made again from the study file.',
        },
      );
    this.metrics.set(contentHash, data);
    return data;
  }
}

/** How a batch passes through the model, where it is not at once. */
function describePasses({ accumulationSteps = 1, recompute = false }: ComputeSettings): string[] {
  return [
    ...(accumulationSteps > 1 ? [`batches in ${accumulationSteps} parts`] : []),
    ...(recompute ? ['activations recomputed'] : []),
  ];
}
