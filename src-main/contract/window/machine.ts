/** What runs the service: program, versions, home folder, machine. */
import { oc, type } from '@orpc/contract';

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

/** Whether a device can train, found out by training one step of a tiny model on it. */
export interface DeviceFacts {
  readonly device: string;
  readonly isAvailable: boolean;
  readonly reason: string;
  readonly hint: string | null;
}

export const machineContract = {
  facts: oc.output(type<MachineFacts>()),
  examples: oc.output(type<readonly ExampleStudy[]>()),
  /** Takes some seconds. */
  devices: oc.output(type<readonly DeviceFacts[]>()),
};
