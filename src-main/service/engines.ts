/**
 * Which devices can train here. Asking a runtime what it supports says little, so every device trains a few steps of
 * a tiny model in a trainer process of its own: the same way as a study, and a crash of a driver stays outside. What
 * it computes is held against the reference engine: a driver that runs and computes something else is no device.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComputeDevice } from '../contract/compute.ts';
import { COMPUTE_DEVICES } from '../contract/compute.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { TrainerEvent, UnplacedJob } from '../contract/job.ts';
import { recipeSchema } from '../contract/recipe.ts';
import { buildDataset } from '../data/dataset.ts';
import { writeDatasetFile } from '../data/dataset-file.ts';
import { initialParameters } from '../model/parameter-layout.ts';
import { checkpointFileName, writeCheckpoint } from '../training/checkpoint-file.ts';
import type { TrainerLane, TrainerLauncher } from '../training/trainer-pool.ts';
import { TrainerPool } from '../training/trainer-pool.ts';

export interface DeviceReport {
  readonly device: ComputeDevice;
  readonly available: boolean;
  /** What trained, or why nothing did: what was looked for and what was found. */
  readonly reason: string;
  /** What would make the device available; null where nothing is missing. */
  readonly hint: string | null;
  /** Whether a trainer process started and answered at all. */
  readonly trainerAnswered: boolean;
  /** Largest difference of a validation loss from the reference engine's, in nats; null where it did not train. */
  readonly difference: number | null;
  /** Seconds from the start of the process to the end of the last step. */
  readonly seconds: number;
}

/** A GPU driver that hangs must not hang the question. */
const DEVICE_SECONDS = 60;

/**
 * Nats by which a validation loss of those steps may differ from the reference engine's. Rounding to float32 makes
 * differences of 1e-6 at most; a step that is left out makes one of 0.01.
 */
const AGREEMENT = 1e-4;

const WRONG_NUMBERS =
  'Update the driver of the device, and use another device until then: what it trains is not to be trusted.';

const HINTS: Readonly<Record<ComputeDevice, string | null>> = {
  cpu: 'Install the program again; run `espalier doctor` for details.',
  native: 'Use device cpu. The kernels are C and can be built for this machine: docs/native.md says how.',
  webgpu:
    process.platform === 'linux'
      ? 'WebGPU on Linux needs libvulkan.so.1 and the Vulkan driver of the GPU. A software driver such as SwiftShader works too: name its ICD file in VK_DRIVER_FILES.'
      : 'WebGPU needs a GPU with a current driver (Direct3D 12 or Metal).',
  cuda: 'CUDA needs Linux on x64, an NVIDIA driver, the libraries of CUDA and cuDNN 9 where the linker finds them (LD_LIBRARY_PATH), and the CUDA files of ONNX Runtime of the same version: `espalier engines install cuda` downloads them.',
  reference: null,
  'tfjs-wasm': 'Install the program again: its packages @tensorflow/* are not complete.',
  'tfjs-cpu': 'Install the program again: its packages @tensorflow/* are not complete.',
  'tfjs-node': 'Install the package @tensorflow/tfjs-node with its native part, as docs/tensorflow.md says.',
  'tfjs-gpu':
    'It needs an NVIDIA GPU with its driver, CUDA 11.2 with cuDNN 8.1, and the native part of the package @tensorflow/tfjs-node-gpu, which is not installed by itself: docs/tensorflow.md says how.',
};

/** Every device, the always available ones first, each tried for real. */
export async function reportDevices(
  launcher: (threads: number) => TrainerLauncher,
  devices: readonly ComputeDevice[] = COMPUTE_DEVICES,
): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for await (const report of testEachDevice(launcher(1), undefined, devices)) reports.push(report);
  return reports;
}

/** One after the other: two drivers that start at once would measure each other. Ends early when `signal` fires. */
export async function* testEachDevice(
  launcher: TrainerLauncher,
  signal: AbortSignal = new AbortController().signal,
  devices: readonly ComputeDevice[] = COMPUTE_DEVICES,
): AsyncGenerator<DeviceReport> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-engines-'));
  try {
    const test = deviceTest(launcher, folder, signal);
    for (const device of devices) {
      const report = await test(device);
      if (signal.aborted) return;
      yield report;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Tries devices one by one; the reference engine is asked once, at the first. When `signal` fires, what is being tried
 * and all after it are not available.
 */
export function deviceTest(
  launcher: TrainerLauncher,
  folder: string,
  signal: AbortSignal,
): (device: ComputeDevice) => Promise<DeviceReport> {
  const job = deviceJob(folder, TINY);
  const train = (device: ComputeDevice): Promise<TinyRun> => trainOn(device, launcher, job, signal);
  let reference: TinyRun | null = null;
  return async (device) => {
    reference ??= await train('reference');
    const run = device === 'reference' ? reference : await train(device);
    return judge(device, run, lossesOf(reference.events));
  };
}

/** What training the tiny model came to. */
export interface TinyRun {
  readonly events: readonly TrainerEvent[];
  /** How the trainer process ended where it did so by itself. */
  readonly crash: string | null;
  readonly seconds: number;
}

async function trainOn(
  device: ComputeDevice,
  launcher: TrainerLauncher,
  job: UnplacedJob,
  signal: AbortSignal,
): Promise<TinyRun> {
  const startedAt = performance.now();
  const events: TrainerEvent[] = [];
  const pool = new TrainerPool(laneOfOne(launcher, device));
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    pool.close();
  }, DEVICE_SECONDS * 1000);
  let crash: string | null = null;
  const interrupt = (): void => pool.close();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    if (signal.aborted) throw new EspalierError('interrupted', 'it was not tried');
    await pool.run(job, (event) => void events.push(event), signal);
  } catch (error) {
    crash = timedOut ? `no answer within ${DEVICE_SECONDS} seconds` : messageOf(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
    pool.close();
  }
  return { events, crash, seconds: (performance.now() - startedAt) / 1000 };
}

/** @param right validation losses of the reference engine; empty where it did not train either */
export function judge(
  device: ComputeDevice,
  { events, crash, seconds }: TinyRun,
  right: readonly number[],
): DeviceReport {
  const started = events.find((event) => event.kind === 'started');
  const failed = events.find((event) => event.kind === 'failed' || event.kind === 'diverged');
  const finished = events.some((event) => event.kind === 'finished');
  const failure =
    failed?.kind === 'failed' ? failed.message : failed?.kind === 'diverged' ? failed.reason : null;
  const difference = finished && right.length > 0 ? largestDifference(lossesOf(events), right) : null;
  const isRight = difference === null || difference <= AGREEMENT;
  const obstacle = isRight
    ? withoutSourcePlace(crash ?? failure ?? 'no answer')
    : `it trains, but computes other numbers than the reference engine: validation losses differ by up to ${difference.toPrecision(2)} nats on a tiny model, where ${AGREEMENT} is allowed`;
  const available = finished && isRight;
  return {
    device,
    available,
    reason: available ? (started?.kind === 'started' ? started.device : device) : obstacle,
    hint: available ? null : isRight ? HINTS[device] : WRONG_NUMBERS,
    trainerAnswered: events.length > 0,
    difference,
    seconds,
  };
}

const lossesOf = (events: readonly TrainerEvent[]): number[] =>
  events.flatMap((event) => (event.kind === 'evaluation' ? [event.loss] : []));

/** Infinity where a loss is missing or no number. */
function largestDifference(losses: readonly number[], right: readonly number[]): number {
  const differences = right.map((loss, index) => Math.abs((losses[index] ?? Number.NaN) - loss));
  return differences.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...differences);
}

/** Drops file, line and failed assertion of the runtime's own source, which help nobody here. */
export const withoutSourcePlace = (message: string): string =>
  message.replace(/\/onnxruntime_src\/.*? was false\. /, '').replace(/\s+/g, ' ');

/** One trainer with one thread. */
export const laneOfOne = (launch: TrainerLauncher, device: ComputeDevice): TrainerLane => ({
  compute: { device, threads: 1 },
  launch,
  size: 1,
  together: 1,
});

export interface JobSize {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly context: number;
  readonly batchSize: number;
  readonly steps: number;
}
/** A few steps of next to nothing: whether the device trains at all, and what is right. */
const TINY: JobSize = { width: 8, heads: 2, layers: 2, context: 8, batchSize: 2, steps: 5 };

/** Some training steps of a model of this size on generated text, and one evaluation at the end. */
export function deviceJob(folder: string, size: JobSize): UnplacedJob {
  const { width, heads, layers, context, batchSize, steps } = size;
  const corpus = { synthetic: 'copy', examples: 500, length: 4, symbols: 3, seed: 0 } as const;
  const dataset = buildDataset({ corpus, tokenizer: { kind: 'byte' }, validationShare: 0.2 }, { context });
  const architecture = {
    width,
    heads,
    context,
    mlpRatio: 2,
    activation: 'relu',
    tiedEmbedding: true,
    attentionBias: true,
    dropout: 0,
    layers,
    vocabulary: dataset.vocabulary,
  } as const;
  const parameters = initialParameters(architecture, 0);
  const { hash } = writeCheckpoint(folder, {
    architecture,
    step: 0,
    parameters,
    momentM: null,
    momentV: null,
    lineage: null,
    extra: {},
  });
  return {
    runId: 'engines',
    architecture,
    dataset: { path: writeDatasetFile(folder, dataset), contentHash: dataset.contentHash },
    start: { path: join(folder, checkpointFileName(hash)), hash, step: 0 },
    recipe: recipeSchema.parse({ batchSize, learningRate: 1e-3, warmupSteps: 0 }),
    scheduleSteps: steps,
    untilStep: steps,
    batchSeed: 0,
    firstBatch: 0,
    adamStepOffset: 0,
    evaluation: { batchCount: 1, batchSize, steps: [steps] },
    checkpointFolder: folder,
    checkpointSeconds: 3600,
    divergenceLoss: 1000,
    secondsBefore: 0,
  };
}
