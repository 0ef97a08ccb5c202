/** Order of the waiting studies: pointer, buttons and keys all move by this, and each move can be taken back. */
import { computed, nextTick, shallowRef, watch } from 'vue';
import type { Job } from '../../src-main/contract/window/jobs.ts';
import { service } from '../connection/client.ts';
import { announce } from '../parts/announce.ts';
import { QUEUE_WORDS as words } from '../words/queue.ts';
import { jobName } from '../words/shell.ts';
import { afterMove, NO_MOVES, placeInGap, type QueueMove, turned } from './queue-order.ts';
import { ask, jobs } from './use-jobs.ts';

// Kept across views.
const stack = shallowRef(NO_MOVES);

export function useQueueOrder() {
  const waiting = computed(() => (jobs.value ?? []).filter(({ state }) => state === 'waiting'));
  const placeOf = (id: string): number => waiting.value.findIndex((job) => job.id === id);
  /** The row that gets the focus back when it lies in its new place. */
  const followed = shallowRef<{ readonly id: string; readonly to: number } | null>(null);
  watch(jobs, async () => {
    const { value: row } = followed;
    // News of progress comes in between.
    if (row === null || placeOf(row.id) !== row.to) return;
    followed.value = null;
    await nextTick();
    document.querySelector<HTMLElement>(`[data-job="${row.id}"] .handle`)?.focus();
  });

  async function send(id: string, to: number): Promise<boolean> {
    followed.value = { id, to };
    return ask(() => service.jobs.move({ id, place: to }));
  }

  async function move(job: Pick<Job, 'id' | 'name' | 'work'>, to: number): Promise<void> {
    const from = placeOf(job.id);
    const { length } = waiting.value;
    if (from < 0 || to < 0 || to >= length || to === from) return;
    const done: QueueMove = { id: job.id, name: jobName(job), from, to };
    if (!(await send(job.id, to))) return;
    stack.value = afterMove(stack.value, done);
    announce(words.moved(jobName(job), to + 1, length));
  }
  const moveBy = (job: Pick<Job, 'id' | 'name' | 'work'>, by: number): Promise<void> =>
    move(job, placeOf(job.id) + by);
  async function dropIn(job: Pick<Job, 'id' | 'name' | 'work'>, gap: number): Promise<void> {
    const to = placeInGap(placeOf(job.id), gap);
    if (to === null) announce(words.cancelled);
    else await move(job, to);
  }

  async function turn(way: 'undo' | 'redo'): Promise<void> {
    const next = turned(stack.value, way);
    if (!next) return;
    const { move: last } = next;
    stack.value = next.stack;
    // It may run or be gone by now; then there is nothing to take back.
    if (placeOf(last.id) < 0) announce(words.noLongerWaits(last.name));
    else if (await send(last.id, way === 'undo' ? last.from : last.to))
      announce(words.turned(way, last.name));
  }

  return {
    waiting,
    placeOf,
    moveBy,
    dropIn,
    undo: () => turn('undo'),
    redo: () => turn('redo'),
    undoName: computed(() => stack.value.undo.at(-1)?.name ?? null),
    redoName: computed(() => stack.value.redo.at(-1)?.name ?? null),
  };
}

export type QueueOrder = ReturnType<typeof useQueueOrder>;
