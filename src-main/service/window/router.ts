/** Every area of the window, implemented. */
import type { WindowContext } from './context.ts';
import { draftsRouter } from './drafts-router.ts';
import { jobsRouter } from './jobs-router.ts';
import { machineRouter } from './machine-router.ts';
import { studiesRouter } from './studies-router.ts';

export function windowRouter(context: WindowContext) {
  return {
    drafts: draftsRouter(context),
    jobs: jobsRouter(context),
    machine: machineRouter(context),
    studies: studiesRouter(context),
  };
}
