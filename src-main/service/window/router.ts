/** Every area of the window, implemented. */
import type { WindowContext } from './context.ts';
import { jobsRouter } from './jobs-router.ts';
import { machineRouter } from './machine-router.ts';
import { studiesRouter } from './studies-router.ts';

export function windowRouter(context: WindowContext) {
  return {
    jobs: jobsRouter(context),
    machine: machineRouter(context),
    studies: studiesRouter(context),
  };
}
