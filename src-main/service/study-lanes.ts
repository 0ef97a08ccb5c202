/** Which trainers a study gets: on which devices, how many, and how many candidates each takes into one graph. */
import type { ComputeDevice, ComputeSettings, DevicePlace } from '../contract/compute.ts';
import { AUTO_DEVICE, CANDIDATES_PER_GRAPH, GPU_DEVICES, PARAMETERS_PER_GRAPH } from '../contract/compute.ts';
import type { MeasuredDevices } from '../contract/measured-devices.ts';
import { type ComputeSpec, type PassChoices, trainerSettings } from '../contract/study-fields.ts';
import type { TrainerLane, TrainerLauncher } from '../training/trainer-pool.ts';
import { coreCount } from './machine.ts';
import { type Capacity, type LargestModel, trainerBytes, trainersThatFit } from './size-limits.ts';

/** Starts trainers: threads of each, and the GPU that it is to have where there are several. */
export type LauncherOf = (threads: number, gpu?: number) => TrainerLauncher;

export interface LaneQuestion {
  readonly compute: ComputeSpec;
  readonly largestModelOn: (device: ComputeDevice) => LargestModel;
  /** Overrides of the study file. */
  readonly options: { readonly trainers?: number | undefined; readonly threads?: number | undefined };
  readonly capacity: Capacity;
}

const isGpu = ({ device }: DevicePlace): boolean => GPU_DEVICES.has(device);

/** Threads of one trainer. */
export const threadsOf = ({ compute, options }: Pick<LaneQuestion, 'compute' | 'options'>): number =>
  options.threads ?? compute.threads;

/**
 * Trainers on each of the places. One for a GPU, which it has to itself; on the CPU as asked, or one for each core that
 * its threads and the GPUs leave and memory holds. A study on one device may ask for several trainers on its GPU.
 */
export function trainerCounts(places: readonly DevicePlace[], question: LaneQuestion): number[] {
  const { compute, largestModelOn, options, capacity } = question;
  const asked = options.trainers ?? compute.trainers;
  const gpus = places.filter(isGpu);
  const onCpu = places.length - gpus.length;
  const cores = Math.max(
    1,
    Math.floor((coreCount() - gpus.length) / threadsOf(question) / Math.max(1, onCpu)),
  );
  const taken = gpus.reduce((sum, { device }) => sum + trainerBytes(largestModelOn(device)), 0);
  const memoryBytes = (capacity.memoryBytes - taken) / Math.max(1, onCpu);
  return places.map((place) => {
    if (isGpu(place)) return places.length === 1 ? (asked ?? 1) : 1;
    return asked ?? trainersThatFit(cores, largestModelOn(place.device), { ...capacity, memoryBytes });
  });
}

/**
 * @param measured what chose the device; null where the study file names it
 * @param parameters of the largest model
 */
export function studyLanes(
  places: readonly DevicePlace[],
  question: LaneQuestion,
  { measured, parameters }: { readonly measured: MeasuredDevices | null; readonly parameters: number },
  launcher: LauncherOf,
): [TrainerLane, ...TrainerLane[]] {
  const threads = threadsOf(question);
  const counts = trainerCounts(places, question);
  const lanes = places.map(
    (place, index): TrainerLane => ({
      compute: settingsAt(place, question.compute, threads),
      launch: launcher(threads, place.gpu),
      size: counts[index]!,
      together: candidatesPerGraph(place.device, question.compute, measured, parameters),
    }),
  );
  return lanes as [TrainerLane, ...TrainerLane[]]; // a study names one place at least
}

/** What a trainer at a place is told. */
export const settingsAt = (
  { device, gpu }: DevicePlace,
  passes: PassChoices,
  threads: number,
): ComputeSettings => ({
  ...trainerSettings(passes, device, threads),
  ...(gpu === undefined ? {} : { gpu }),
});

/** As the study file says, as was measured, or as many as fill the device; one where it has no such form. */
function candidatesPerGraph(
  device: ComputeDevice,
  { device: choice, candidatesPerGraph: asked }: ComputeSpec,
  measured: MeasuredDevices | null,
  parameters: number,
): number {
  const most = CANDIDATES_PER_GRAPH[device];
  if (most === null) return 1;
  // What a study began with stays: another number would give other last digits.
  if (choice === AUTO_DEVICE && measured) return measured.chosen.together;
  return asked ?? Math.max(1, Math.min(most, Math.floor(PARAMETERS_PER_GRAPH / parameters)));
}
