/** Chooses the device that trains a study fastest by trying all of them; how a device is tried is up to the caller. */
import type { ComputeDevice } from '../contract/compute.ts';
import { CANDIDATES_PER_GRAPH, PARAMETERS_PER_GRAPH } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { DeviceObstacle, DeviceTrial, MeasuredDevices } from '../contract/measured-devices.ts';

/** Devices that interpret a step in JavaScript, to check others: tried only where nothing else trains. */
const LAST_RESORTS: ReadonlySet<ComputeDevice> = new Set(['reference', 'tfjs-cpu']);

/** Most candidates in one graph that are tried. */
const MOST_TOGETHER = 16;

export interface GraphSizeQuestion {
  /** As the study file says; left out, it is found out. */
  readonly asked: number | undefined;
  /** Of one candidate. */
  readonly parameters: number;
  /** Candidates that can train at once. */
  readonly candidates: number;
  readonly trainers: number;
  /** False where the recipe keeps candidates apart. */
  readonly canShare: boolean;
}

/**
 * Numbers of candidates in one graph that are worth a trial, ascending: one, as many as the device may hold and all
 * trainers can be given, and one between.
 */
export function graphSizesToTry(device: ComputeDevice, question: GraphSizeQuestion): number[] {
  const { asked, parameters, candidates, trainers, canShare } = question;
  if (CANDIDATES_PER_GRAPH[device] === null) return [1];
  if (asked !== undefined) return [asked];
  const held = Math.floor(PARAMETERS_PER_GRAPH / parameters);
  const given = canShare ? Math.floor(candidates / trainers) : 1;
  const most = Math.max(1, Math.min(MOST_TOGETHER, held, given));
  return [...new Set([1, Math.round(Math.sqrt(most)), most])];
}

export interface DeviceQuestion {
  readonly devices: readonly ComputeDevice[];
  /** Numbers of candidates in one graph to try, ascending. */
  readonly sizes: (device: ComputeDevice) => readonly number[];
  readonly attempt: (device: ComputeDevice, together: number) => Promise<DeviceTrial | DeviceObstacle>;
}

/**
 * Tries every device that could win with the least number of candidates in one graph, then more of them on devices that could still
 * win: n candidates in one graph take no less time than one, so they are at most n times as fast. Of equal ones the
 * first is chosen.
 * @throws EspalierError `refused` when no device can train
 */
export async function chooseDevice({ devices, sizes, attempt }: DeviceQuestion): Promise<MeasuredDevices> {
  const trials: DeviceTrial[] = [];
  const obstacles: DeviceObstacle[] = [];
  const fastest = (): DeviceTrial | null =>
    trials.reduce<DeviceTrial | null>(
      (best, trial) => (best === null || trial.stepsPerSecond > best.stepsPerSecond ? trial : best),
      null,
    );
  const tryOne = async (device: ComputeDevice, together: number): Promise<void> => {
    const result = await attempt(device, together);
    if ('reason' in result) obstacles.push(result);
    else trials.push(result);
  };
  // One after the other: two devices that train at once would measure each other.
  for (const device of devices) if (!LAST_RESORTS.has(device)) await tryOne(device, sizes(device)[0]!);
  const reason = 'left out: it interprets in JavaScript, and others train';
  for (const device of devices.filter((own) => LAST_RESORTS.has(own))) {
    const together = sizes(device)[0]!;
    if (trials.length > 0) obstacles.push({ device, together, reason });
    else await tryOne(device, together);
  }
  for (const first of [...trials]) {
    const [least, ...more] = sizes(first.device);
    for (const together of more)
      if ((first.stepsPerSecond * together) / least! > fastest()!.stepsPerSecond)
        await tryOne(first.device, together);
  }
  const best = fastest();
  if (best === null)
    throw new EspalierError(
      'refused',
      `no device can train this study: ${obstacles.map(({ device, reason }) => `${device}: ${reason}`).join('; ')}`,
      {
        hint: 'Name a device in compute.device, or lower the size of the model; `espalier engines` says more.',
      },
    );
  return { trials, obstacles, chosen: { device: best.device, together: best.together } };
}
