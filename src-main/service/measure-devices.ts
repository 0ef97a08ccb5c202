/** Measures how fast every device takes training steps of a study's largest model, in trainer processes of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComputeDevice } from '../contract/compute.ts';
import { COMPUTE_DEVICES, GPU_DEVICES, precisionsOf } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { UnplacedJob } from '../contract/job.ts';
import type { DeviceObstacle, DeviceTrial, MeasuredDevices } from '../contract/measured-devices.ts';
import type { Recipe } from '../contract/recipe.ts';
import { type PassChoices, trainerSettings } from '../contract/study-fields.ts';
import { initialParameters } from '../model/parameter-layout.ts';
import { checkpointFileName, writeCheckpoint } from '../training/checkpoint-file.ts';
import type { TrainerLauncher } from '../training/trainer-pool.ts';
import { chooseDevice, graphSizesToTry } from './choose-device.ts';
import { deviceTest, withoutSourcePlace } from './engines.ts';
import { type Capacity, gibibytes, type LargestModel, trainerBytes } from './size-limits.ts';
import { measureSteps, type SpeedLimits } from './step-speed.ts';

/** A device that has not taken its first step in half a minute is no device for the study. */
const LIMITS: SpeedLimits = { firstStep: 30_000, measuring: 3000 };
/** Never reached: the measurement ends by its time. */
const MANY_STEPS = 1_000_000;

export interface DeviceMeasurement {
  readonly recipe: Recipe;
  readonly largestModelOn: (device: ComputeDevice) => LargestModel;
  /** Parameters of the largest model. */
  readonly parameters: number;
  /** Candidates that can train at once. */
  readonly candidates: number;
  /** As the study file says; left out, it is found out. */
  readonly candidatesPerGraph: number | undefined;
  readonly evaluationBatchSize: number;
  readonly dataset: UnplacedJob['dataset'];
  readonly trainersOn: (device: ComputeDevice) => number;
  readonly threads: number;
  /** As the study trains. */
  readonly passes: PassChoices;
  readonly capacity: Capacity;
  readonly launcher: TrainerLauncher;
  readonly signal: AbortSignal;
  /** Called before each trial. */
  readonly onTrial: (device: ComputeDevice) => void;
  readonly devices?: readonly ComputeDevice[];
  readonly limits?: SpeedLimits;
}

/** @throws EspalierError `refused` when no device can train, `interrupted` when the signal fired */
export async function measureDevices(request: DeviceMeasurement): Promise<MeasuredDevices> {
  const { recipe, devices = COMPUTE_DEVICES, trainersOn, parameters, candidates } = request;
  const folder = mkdtempSync(join(tmpdir(), 'espalier-devices-'));
  try {
    const job = trialJob(request, folder);
    const report = deviceTest(request.launcher, folder, request.signal);
    const right = new Set<ComputeDevice>();
    return await chooseDevice({
      devices,
      sizes: (device) =>
        graphSizesToTry(device, {
          asked: request.candidatesPerGraph,
          parameters,
          candidates,
          trainers: trainersOn(device),
          canShare: recipe.trainable !== 'newLayers',
        }),
      attempt: async (device, together) => {
        // A driver can be fast and wrong. Own kernels are held against the reference by their engine.
        if (GPU_DEVICES.has(device) && !right.has(device)) {
          request.onTrial(device);
          const { available, reason } = await report(device);
          if (request.signal.aborted) throw new EspalierError('interrupted', 'the measurement was stopped');
          if (!available) return { device, together, reason };
          right.add(device);
        }
        return tryDevice(request, job, device, together);
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryDevice(
  request: DeviceMeasurement,
  job: Omit<UnplacedJob, 'runId'>,
  device: ComputeDevice,
  together: number,
): Promise<DeviceTrial | DeviceObstacle> {
  const { threads, launcher, limits = LIMITS, signal, capacity, passes } = request;
  const { precision = 'float32' } = passes;
  if (!precisionsOf(device).includes(precision))
    return { device, together, reason: `has no products in ${precision}` };
  const trainers = request.trainersOn(device);
  // A graph of several candidates holds the values of each.
  const graphs = GPU_DEVICES.has(device) ? trainers : trainers * together;
  const needed = graphs * trainerBytes(request.largestModelOn(device));
  if (needed > capacity.memoryBytes)
    return {
      device,
      together,
      reason: `needs about ${gibibytes(needed)} of memory; this machine has ${gibibytes(capacity.memoryBytes)}`,
    };
  request.onTrial(device);
  const jobs = Array.from({ length: trainers * together }, (_, index) => ({
    ...job,
    runId: `trial/${index}`,
  }));
  const compute = trainerSettings(passes, device, threads);
  const lane = { compute, launch: launcher, size: trainers, together };
  const speed = await measureSteps({ jobs, lane }, limits, signal);
  if ('reason' in speed) return { device, together, reason: withoutSourcePlace(speed.reason) };
  return { device, together, trainers, threads, ...speed };
}

/**
 * Steps of the study's largest model from random parameters, on its own text. What only new layers would learn, all
 * learn: a model that was not grown has none, and the cost of a step is nearly the same.
 */
function trialJob(
  { recipe, largestModelOn, evaluationBatchSize, dataset }: DeviceMeasurement,
  folder: string,
): Omit<UnplacedJob, 'runId'> {
  const { targetArchitecture: architecture } = largestModelOn('cpu');
  const { hash } = writeCheckpoint(folder, {
    architecture,
    step: 0,
    parameters: initialParameters(architecture, 0),
    momentM: null,
    momentV: null,
    lineage: null,
    extra: {},
  });
  const { trainable: _, frozenSteps: __, ...everything } = recipe;
  return {
    architecture,
    dataset,
    start: { path: join(folder, checkpointFileName(hash)), hash, step: 0 },
    recipe: everything,
    scheduleSteps: MANY_STEPS + recipe.warmupSteps,
    untilStep: MANY_STEPS,
    batchSeed: 0,
    firstBatch: 0,
    adamStepOffset: 0,
    evaluation: { batchCount: 1, batchSize: evaluationBatchSize, steps: [MANY_STEPS] },
    checkpointFolder: folder,
    checkpointSeconds: 86_400,
    divergenceLoss: Number.MAX_VALUE,
    secondsBefore: 0,
  };
}
