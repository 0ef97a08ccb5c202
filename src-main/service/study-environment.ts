/** What a study ran on, as it is kept with the study and as its report tells it. */
import type { DeviceUse } from '../contract/analysis.ts';
import type { DeviceChoice, DevicePlace } from '../contract/compute.ts';
import { AUTO_DEVICE, placesOf } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import { type MeasuredDevices, measuredDevicesSchema } from '../contract/measured-devices.ts';
import type { StudyRecord } from '../contract/records.ts';
import { describeEnvironment } from './machine.ts';
import { chosenInWords, trialInWords } from './study-words.ts';

/** StudyRecord.environmentJson of a study that is about to begin. */
export const environmentText = (measured: MeasuredDevices | null): string =>
  JSON.stringify({ ...describeEnvironment(), ...(measured ? { measuredDevices: measured } : {}) });

interface StoredEnvironment {
  /** Program, runtimes, machine. */
  readonly facts: Readonly<Record<string, string>>;
  /** Null for a study whose file names its device. */
  readonly measured: MeasuredDevices | null;
}

export function readEnvironment({
  environmentJson,
}: Pick<StudyRecord, 'environmentJson'>): StoredEnvironment {
  const { measuredDevices, ...facts } = JSON.parse(environmentJson);
  return {
    facts: facts as Record<string, string>,
    measured: measuredDevices === undefined ? null : measuredDevicesSchema.parse(measuredDevices),
  };
}

/** What trains a study: as its file says, or as was measured when it began; `auto` before that. */
export function deviceOf(asked: DeviceChoice, measured: MeasuredDevices | null): DeviceChoice {
  return asked === AUTO_DEVICE && measured ? measured.chosen.device : asked;
}

/** Where a study of the history trains: what was chosen before it was put there. */
export function settledPlaces(study: StudyRecord, asked: DeviceChoice): DevicePlace[] {
  const choice = deviceOf(asked, readEnvironment(study).measured);
  if (choice !== AUTO_DEVICE) return placesOf(choice);
  throw new EspalierError('failed', `study ${study.id} has no record of the device that was chosen for it`, {
    hint: 'Name a device in compute.device and run the study file again.',
  });
}

/** Lines of the report's table of versions and machine. */
export function environmentInWords(
  { facts, measured }: StoredEnvironment,
  uses: readonly DeviceUse[],
): Record<string, string> {
  const mixed =
    uses.length < 2
      ? []
      : uses.map(({ device, candidates }) => [`trained on ${device}`, candidates.join(', ')]);
  if (!measured) return { ...facts, ...Object.fromEntries(mixed) };
  const name = (kind: string, device: string, together: number): string =>
    `${kind} ${device}${together > 1 ? `, ${together} candidates in one graph` : ''}`;
  return {
    ...facts,
    'chosen by measurement': chosenInWords(measured),
    ...Object.fromEntries(
      measured.trials.map((trial) => [name('measured', trial.device, trial.together), trialInWords(trial)]),
    ),
    ...Object.fromEntries(
      measured.obstacles.map((obstacle) => [
        name('not measured', obstacle.device, obstacle.together),
        obstacle.reason,
      ]),
    ),
  };
}
