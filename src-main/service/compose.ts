/** Puts the parts together: the only place that picks implementations. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { forkLauncher } from '../training/trainer-pool.ts';
import { resolveHome } from './home.ts';
import { LandscapeService } from './landscape-service.ts';
import type { LauncherOf } from './study-lanes.ts';
import { StudyService } from './study-service.ts';
import type { JobQueue } from './window/job-queue.ts';
import type { WindowServer } from './window/serve-connection.ts';

/** The trainer's entry: beside the built files, or among the sources, which Node runs as they are. */
function trainerEntry(): string {
  const built = ['./', '../']
    .map((place) => fileURLToPath(new URL(`${place}trainer-process.js`, import.meta.url)))
    .find((path) => existsSync(path));
  return built ?? fileURLToPath(new URL('../training/trainer-process.ts', import.meta.url));
}

/** Starts trainer processes of this program. */
export const trainerLauncher: LauncherOf = (threads, gpu) =>
  forkLauncher(trainerEntry(), { threads, ...(gpu === undefined ? {} : { gpu }) });

/** @param homeOption the value of `--home`, if given */
export function composeStudyService(homeOption: string | undefined): StudyService {
  return new StudyService(resolveHome(homeOption), trainerLauncher);
}

/** @param homeOption the value of `--home`, if given */
export function composeLandscapeService(homeOption: string | undefined): LandscapeService {
  return new LandscapeService(resolveHome(homeOption), trainerLauncher);
}

export interface ComposedWindow {
  readonly server: WindowServer;
  /** The queue, for a host that tells of running work outside the page. */
  readonly jobs: Pick<JobQueue, 'list' | 'onChange'>;
  /** Pauses what runs at the next safe point. */
  readonly close: () => Promise<void>;
}

/**
 * The service of a window, whichever host shows it.
 * @param homeOption the value of `--home`, if given
 */
export async function composeWindow(homeOption: string | undefined): Promise<ComposedWindow> {
  const { makeWindowContext } = await import('./window/context.ts');
  const { makeWindowServer } = await import('./window/serve-connection.ts');
  const context = makeWindowContext(resolveHome(homeOption), trainerLauncher);
  const { jobs } = context;
  return { server: makeWindowServer(context), jobs, close: () => jobs.close() };
}
