/** Everything a window may ask of the service, area by area. Both hosts serve it: Electron and `espalier serve`. */
import { designerContract } from './designer.ts';
import { draftsContract } from './drafts.ts';
import { dynamicsContract } from './dynamics.ts';
import { jobsContract } from './jobs.ts';
import { machineContract } from './machine.ts';
import { reportContract } from './report.ts';
import { setupContract } from './setup.ts';
import { studiesContract } from './studies.ts';
import { timelineContract } from './timeline.ts';

export const windowContract = {
  designer: designerContract,
  drafts: draftsContract,
  dynamics: dynamicsContract,
  jobs: jobsContract,
  machine: machineContract,
  report: reportContract,
  setup: setupContract,
  studies: studiesContract,
  timeline: timelineContract,
};

export type WindowContract = typeof windowContract;
