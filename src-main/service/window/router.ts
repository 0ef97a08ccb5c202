/** Every area of the window, implemented. */
import type { WindowContext } from './context.ts';
import { designerRouter } from './designer-router.ts';
import { draftsRouter } from './drafts-router.ts';
import { dynamicsRouter } from './dynamics-router.ts';
import { jobsRouter } from './jobs-router.ts';
import { machineRouter } from './machine-router.ts';
import { reportRouter } from './report-router.ts';
import { setupRouter } from './setup-router.ts';
import { studiesRouter } from './studies-router.ts';
import { timelineRouter } from './timeline-router.ts';

export function windowRouter(context: WindowContext) {
  return {
    designer: designerRouter(context),
    drafts: draftsRouter(context),
    dynamics: dynamicsRouter(context),
    jobs: jobsRouter(context),
    machine: machineRouter(context),
    report: reportRouter(context),
    setup: setupRouter(context),
    studies: studiesRouter(context),
    timeline: timelineRouter(context),
  };
}
