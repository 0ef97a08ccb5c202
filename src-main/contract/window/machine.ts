/** What runs the service: program, versions, home folder, machine. */
import { eventIterator, oc, type } from '@orpc/contract';

export interface MachineFacts {
  /** Version of Espalier. */
  readonly version: string;
  readonly node: string;
  /** Set when the service runs inside Electron. */
  readonly electron: string | null;
  readonly platform: string;
  readonly cores: number;
  readonly homeFolder: string;
  /** Different after every start of the service, so that a page knows that it talks to another one. */
  readonly serviceId: string;
}

/** A study file that comes with the program. */
export interface ExampleStudy {
  /** `demo` for resources/studies/demo.yaml. */
  readonly id: string;
  readonly name: string;
  /** The file as it is, comments included. */
  readonly text: string;
}

/** What is wrong with the folders of the program now. */
export interface StorageHealth {
  /** The folder of checkpoints. */
  readonly folder: string;
  /** Ids of studies whose checkpoints cannot be reached because it is not connected. */
  readonly awayStudies: readonly string[];
}

/** Whether a device can train, found out by training a tiny model on it (service/engines.ts). */
export interface DeviceFacts {
  readonly device: string;
  readonly isAvailable: boolean;
  readonly reason: string;
  readonly hint: string | null;
  /** Of a model of width 128 with 4 layers, context 64, batch 16 on one thread; null where nothing was measured. */
  readonly speed: { readonly millisecondsPerStep: number; readonly tokensPerSecond: number } | null;
}

export const machineContract = {
  facts: oc.output(type<MachineFacts>()),
  examples: oc.output(type<readonly ExampleStudy[]>()),
  /** At once, then after each change. */
  watchHealth: oc.output(eventIterator(type<StorageHealth>())),
  /** Gives up the checkpoints of a folder that does not come back: they are computed again when needed. */
  forgetCheckpoints: oc.output(type<StorageHealth>()),
  /** Tries one device after the other, and tells of each as soon as it is known; some take ten seconds. */
  testDevices: oc.output(eventIterator(type<DeviceFacts>())),
};
