/**
 * The trainer's side of the conversation: takes one job at a time, answers with numbered events, and waits with
 * every checkpoint until the owner has committed it. It keeps the compiled model and the dataset for the next job.
 * How requests and events travel is up to whoever makes it: an IPC channel, a message port, a test.
 */
import type { ComputeSettings } from '../contract/compute.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { TrainerEvent, TrainerEventBody, TrainerJob, TrainerRequest } from '../contract/job.ts';
import type { Dataset } from '../data/dataset.ts';
import { readDatasetFile } from '../data/dataset-file.ts';
import { type MetricData, metricHash } from '../data/metric-data.ts';
import { readMetricFile } from '../data/metric-file.ts';
import type { CompiledModel, TrainingEngine } from '../engine/engine.ts';
import { openEngine } from '../engine/open-engine.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { runJob } from './trainer-loop.ts';

/** A job under way. */
interface Current {
  cancelled: boolean;
  /** Highest sequence number that the owner has committed. */
  acknowledged: number;
  wake: (() => void) | null;
}

export class TrainerServer {
  private readonly send: (event: TrainerEvent) => void;
  private readonly engines = new Map<string, Promise<TrainingEngine>>();
  private dataset: Dataset | null = null;
  /** By content hash; those of one study, which are small. */
  private readonly metrics = new Map<string, MetricData>();
  /** One compiled model is kept: candidates of a pool share their target architecture. */
  private compiled: { key: string; model: Promise<CompiledModel> } | null = null;
  private current: Current | null = null;

  constructor(send: (event: TrainerEvent) => void) {
    this.send = send;
  }

  /** Never throws: whatever goes wrong in a job becomes its `failed` event. */
  handle(request: TrainerRequest): void {
    switch (request.kind) {
      case 'run':
        void this.run(request.job);
        return;
      case 'cancel':
        if (this.current) this.current.cancelled = true;
        return;
      case 'acknowledge':
        if (!this.current) return;
        this.current.acknowledged = Math.max(this.current.acknowledged, request.sequence);
        this.current.wake?.();
        return;
      default:
        request satisfies never;
    }
  }

  private async run(job: TrainerJob): Promise<void> {
    const own: Current = { cancelled: false, acknowledged: -1, wake: null };
    this.current = own;
    let sequence = 0;
    const emit = async (body: TrainerEventBody): Promise<void> => {
      const event = { ...body, runId: job.runId, sequence: sequence++ } as TrainerEvent;
      this.send(event);
      if (body.kind !== 'checkpoint') return;
      while (own.acknowledged < event.sequence)
        await new Promise<void>((resolve) => {
          own.wake = resolve;
        });
    };
    const ending = await this.train(job, own, emit);
    // Before the last event: its receiver may send the next job at once.
    this.current = null;
    void emit(ending);
  }

  private async train(
    job: TrainerJob,
    own: Current,
    emit: (body: TrainerEventBody) => Promise<void>,
  ): Promise<TrainerEventBody> {
    try {
      const engine = await this.engineFor(job.compute);
      return await runJob(job, {
        deviceDescription: engine.description,
        loadDataset: (path, contentHash) => this.loadDataset(path, contentHash),
        loadMetric: (path, contentHash) => this.loadMetric(path, contentHash),
        compile: (spec) => this.compile(engine, spec),
        emit,
        isCancelled: () => own.cancelled,
        now: () => performance.now(),
      });
    } catch (error) {
      const known = error instanceof EspalierError ? error : null;
      return { kind: 'failed', code: known?.code ?? 'failed', message: messageOf(error), hint: known?.hint };
    }
  }

  private engineFor(compute: ComputeSettings): Promise<TrainingEngine> {
    const key = `${compute.device} ${compute.threads}`;
    const known = this.engines.get(key) ?? openEngine(compute);
    this.engines.set(key, known);
    return known;
  }

  private async compile(engine: TrainingEngine, spec: TrainingSpec): Promise<CompiledModel> {
    const key = `${engine.description} ${JSON.stringify(spec)}`;
    if (this.compiled?.key !== key) {
      const before = this.compiled;
      this.compiled = { key, model: engine.compile(spec) };
      // A model that failed to compile has nothing to dispose.
      await before?.model.then((model) => model.dispose()).catch(() => {});
    }
    try {
      return await this.compiled.model;
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
