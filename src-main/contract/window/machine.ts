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

export const machineContract = {
  facts: oc.output(type<MachineFacts>()),
};
