/**
 * Entry point of a trainer: takes one job at a time from its parent, answers with events. It keeps compiled
 * models and datasets for the next job. When the parent goes away, so does the trainer.
 */
import type { ComputeSettings } from '../contract/compute.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { TrainerEvent, TrainerEventBody, TrainerJob, TrainerRequest } from '../contract/job.ts';
import type { Dataset } from '../data/dataset.ts';
import { readDatasetFile } from '../data/dataset-file.ts';
import type { CompiledModel, TrainingEngine } from '../engine/engine.ts';
import { openEngine } from '../engine/open-engine.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { runJob } from './trainer-loop.ts';

const engines = new Map<string, Promise<TrainingEngine>>();
const datasets = new Map<string, Dataset>();
let compiled: { key: string; model: Promise<CompiledModel> } | null = null;

let current: { cancelled: boolean; acknowledged: number; wake: (() => void) | null } | null = null;

function engineFor(compute: ComputeSettings): Promise<TrainingEngine> {
  const key = `${compute.device} ${compute.threads}`;
  const known = engines.get(key) ?? openEngine(compute);
  engines.set(key, known);
  return known;
}

/** One compiled model is kept: candidates of a pool share their target architecture. */
async function compile(engine: TrainingEngine, spec: TrainingSpec): Promise<CompiledModel> {
  const key = `${engine.description} ${JSON.stringify(spec)}`;
  if (compiled?.key !== key) {
    const before = compiled;
    compiled = { key, model: engine.compile(spec) };
    await before?.model.then((model) => model.dispose()).catch(() => {}); // a model that failed has nothing to dispose
  }
  try {
    return await compiled.model;
  } catch (error) {
    compiled = null;
    throw error;
  }
}

function loadDataset(path: string, contentHash: string): Dataset {
  const known = datasets.get(contentHash);
  if (known) return known;
  const dataset = readDatasetFile(path);
  if (dataset.contentHash !== contentHash)
    throw new EspalierError(
      'failed',
      `${path} holds dataset ${dataset.contentHash}; the job expects ${contentHash}`,
    );
  datasets.clear();
  datasets.set(contentHash, dataset);
  return dataset;
}

async function run(job: TrainerJob): Promise<void> {
  const own = { cancelled: false, acknowledged: -1, wake: null as (() => void) | null };
  current = own;
  let sequence = 0;
  const emit = async (body: TrainerEventBody): Promise<void> => {
    const event = { ...body, runId: job.runId, sequence: sequence++ } as TrainerEvent;
    send(event);
    if (body.kind !== 'checkpoint') return;
    while (own.acknowledged < event.sequence)
      await new Promise<void>((resolve) => {
        own.wake = resolve;
      });
  };
  try {
    const engine = await engineFor(job.compute);
    await runJob(job, {
      deviceDescription: engine.description,
      loadDataset,
      compile: (spec) => compile(engine, spec),
      emit,
      isCancelled: () => own.cancelled,
      now: () => performance.now(),
    });
  } catch (error) {
    const known = error instanceof EspalierError ? error : null;
    await emit({
      kind: 'failed',
      code: known?.code ?? 'failed',
      message: messageOf(error),
      hint: known?.hint,
    });
  } finally {
    current = null;
  }
}

function send(event: TrainerEvent): void {
  process.send!(event, undefined, undefined, (error) => {
    if (error) process.exit(0); // the owner is gone; it resumes this run from its last checkpoint
  });
}

process.on('message', (request: TrainerRequest) => {
  if (request.kind === 'run') void run(request.job);
  else if (!current) return;
  else if (request.kind === 'cancel') current.cancelled = true;
  else {
    current.acknowledged = Math.max(current.acknowledged, request.sequence);
    current.wake?.();
  }
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole process group; the owner decides what happens
if (!process.send) {
  process.stderr.write(
    'This is a trainer process; it is started by Espalier and takes its jobs from there.\n',
  );
  process.exit(2);
}
