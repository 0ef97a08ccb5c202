/** Turns the queue of the service into reports for Electron's main process. Pure. */
import type { Job } from '../contract/window/jobs.ts';
import type { WorkReport } from './host-messages.ts';

type KnownJob = Pick<Job, 'id' | 'name' | 'state'>;

/** Null where nothing changed that the main process must know. */
export function workReport(before: readonly KnownJob[], now: readonly KnownJob[]): WorkReport | null {
  const isRunning = ({ state }: KnownJob): boolean => state === 'running' || state === 'pausing';
  const stateBefore = new Map(before.map((job) => [job.id, job.state]));
  const ended = now
    .filter(({ id, state }) => {
      const was = stateBefore.get(id);
      return (state === 'finished' || state === 'failed') && was !== undefined && was !== state;
    })
    .map(({ name, state }) => ({ name, isFailed: state === 'failed' }));
  const running = now.filter(isRunning).map(({ name }) => name);
  const ranBefore = before.filter(isRunning).map(({ name }) => name);
  const isSame = running.length === ranBefore.length && running.every((name, at) => name === ranBefore[at]);
  return isSame && ended.length === 0 ? null : { running, ended };
}
