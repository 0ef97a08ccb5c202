/** Everything a window may ask of the service, area by area. Both hosts serve it: Electron and `espalier serve`. */
import { jobsContract } from './jobs.ts';
import { machineContract } from './machine.ts';

export const windowContract = {
  jobs: jobsContract,
  machine: machineContract,
};

export type WindowContract = typeof windowContract;
