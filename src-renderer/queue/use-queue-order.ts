/** Order of the waiting studies, and what leaves the queue: pointer, buttons and keys all edit by this; each edit can be taken back. */
import { computed, nextTick, shallowRef, watch } from 'vue';
import type { Job } from '../../src-main/contract/window/jobs.ts';
import { service } from '../connection/client.ts';
import { announce } from '../parts/announce.ts';
import { QUEUE_WORDS as words } from '../words/queue.ts';
import { jobName } from '../words/shell.ts';
import { afterEdit, NO_EDITS, placeInGap, type QueueEdit, turned } from './queue-order.ts';
import { ask, jobs } from './use-jobs.ts';

// Kept across views.
const stack = shallowRef(NO_EDITS);

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
    const done: QueueEdit = { kind: 'move', id: job.id, name: jobName(job), from, to };
    if (!(await send(job.id, to))) return;
    stack.value = afterEdit(stack.value, done);
    announce(words.moved(jobName(job), to + 1, length));
  }
  const moveBy = (job: Pick<Job, 'id' | 'name' | 'work'>, by: number): Promise<void> =>
    move(job, placeOf(job.id) + by);
  async function dropIn(job: Pick<Job, 'id' | 'name' | 'work'>, gap: number): Promise<void> {
    const to = placeInGap(placeOf(job.id), gap);
    if (to === null) announce(words.cancelled);
    else await move(job, to);
  }

  async function dismiss(job: Pick<Job, 'id' | 'name' | 'work'>): Promise<void> {
    if (!(await ask(() => service.jobs.dismiss({ id: job.id })))) return;
    stack.value = afterEdit(stack.value, { kind: 'dismiss', id: job.id, name: jobName(job) });
    announce(words.dismissed(jobName(job)));
  }

  async function turn(way: 'undo' | 'redo'): Promise<void> {
    const next = turned(stack.value, way);
    if (!next) return;
    const { edit: last } = next;
    stack.value = next.stack;
    if (last.kind === 'dismiss') {
      const { id } = last;
      const isDone = await ask(() =>
        way === 'undo' ? service.jobs.restore({ id }) : service.jobs.dismiss({ id }),
      );
      if (isDone) announce(words.turned(way, words.edit(last)));
      return;
    }
    // It may run or be gone by now; then there is nothing to take back.
    if (placeOf(last.id) < 0) announce(words.noLongerWaits(last.name));
    else if (await send(last.id, way === 'undo' ? last.from : last.to))
      announce(words.turned(way, words.edit(last)));
  }

  return {
    waiting,
    placeOf,
    moveBy,
    dropIn,
    dismiss,
    undo: () => turn('undo'),
    redo: () => turn('redo'),
    undoName: computed(() => nameOf(stack.value.undo.at(-1))),
    redoName: computed(() => nameOf(stack.value.redo.at(-1))),
  };
}

const nameOf = (edit: QueueEdit | undefined): string | null => (edit ? words.edit(edit) : null);

export type QueueOrder = ReturnType<typeof useQueueOrder>;
