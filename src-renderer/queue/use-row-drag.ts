/**
 * Dragging a waiting row by pointer, or holding it by keys. It begins after 4 px or a moment of holding still; Escape,
 * a lost pointer or a place outside the queue end it without a trace.
 */
import { onScopeDispose, shallowRef } from 'vue';
import type { Job } from '../../src-main/contract/window/jobs.ts';
import { announce } from '../parts/announce.ts';
import { QUEUE_WORDS as words } from '../words/queue.ts';
import { jobName } from '../words/shell.ts';
import { gapAt } from './queue-order.ts';
import type { QueueOrder } from './use-queue-order.ts';

export interface RowDrag {
  readonly job: Job;
  /** Among the waiting rows; null where the pointer is outside. */
  readonly gap: number | null;
  /** Of the pointer in the window; null while held by keys. */
  readonly at: { readonly x: number; readonly y: number } | null;
}

const START_DISTANCE = 4;
const START_TIME = { mouse: 150, touch: 250 };
/** How far beside the rows a drop still counts, in pixels. */
const REACH = 48;

export function useRowDrag(order: QueueOrder, rowsOf: () => readonly HTMLElement[]) {
  const drag = shallowRef<RowDrag | null>(null);
  let end: (() => void) | null = null;
  onScopeDispose(() => end?.());

  function gapUnder(x: number, y: number): number | null {
    const boxes = rowsOf().map((row) => row.getBoundingClientRect());
    const [first, last] = [boxes[0], boxes.at(-1)];
    if (!first || !last) return null;
    const isNear = x >= first.left && x <= first.right && y >= first.top - REACH && y <= last.bottom + REACH;
    return isNear ? gapAt(y, boxes) : null;
  }

  function press(event: PointerEvent, job: Job): void {
    const isOther = (event.target as HTMLElement).closest('button:not(.handle), a, input');
    // With Alt the text of a row can be selected.
    if (event.button !== 0 || event.altKey || end || isOther) return;
    const from = { x: event.clientX, y: event.clientY };
    let last = from;
    const show = (): void => {
      drag.value = { job, gap: gapUnder(last.x, last.y), at: last };
    };
    const start = (): void => {
      if (drag.value) return;
      show();
      announce(words.grabbed(jobName(job), order.placeOf(job.id) + 1, order.waiting.value.length));
    };
    const timer = setTimeout(start, event.pointerType === 'touch' ? START_TIME.touch : START_TIME.mouse);
    const onMove = (moved: PointerEvent): void => {
      last = { x: moved.clientX, y: moved.clientY };
      if (Math.hypot(last.x - from.x, last.y - from.y) >= START_DISTANCE) start();
      if (drag.value) show();
    };
    const stop = (): void => {
      clearTimeout(timer);
      drag.value = null;
      end = null;
      removeEventListener('pointermove', onMove);
      removeEventListener('pointerup', onUp);
      removeEventListener('pointercancel', cancel);
      removeEventListener('blur', cancel);
      removeEventListener('keydown', onKey, true);
    };
    const cancel = (): void => {
      if (drag.value) announce(words.cancelled);
      stop();
    };
    const onUp = (): void => {
      const { value: dropped } = drag;
      stop();
      if (!dropped) return;
      if (dropped.gap === null) announce(words.outside);
      else void order.dropIn(job, dropped.gap);
    };
    const onKey = (pressed: KeyboardEvent): void => {
      if (pressed.key !== 'Escape' || !drag.value) return;
      pressed.preventDefault();
      pressed.stopPropagation();
      cancel();
    };
    end = stop;
    event.preventDefault();
    (event.target as HTMLElement).closest<HTMLElement>('tr')?.querySelector<HTMLElement>('.handle')?.focus();
    addEventListener('pointermove', onMove);
    addEventListener('pointerup', onUp);
    addEventListener('pointercancel', cancel);
    addEventListener('blur', cancel);
    addEventListener('keydown', onKey, true);
  }

  /** On the handle: Space grabs and drops, arrows move the marker, Escape cancels. */
  function onHandleKey(event: KeyboardEvent, job: Job): void {
    const held = drag.value;
    const at = order.placeOf(job.id);
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (held === null) {
      if (event.key !== ' ') return;
      drag.value = { job, gap: at, at: null };
      announce(words.grabbed(jobName(job), at + 1, order.waiting.value.length));
    } else if (event.key === ' ' || event.key === 'Enter') {
      drag.value = null;
      void order.dropIn(job, held.gap ?? at);
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const by = event.key === 'ArrowUp' ? -1 : 1;
      // The gaps before and after the row itself are one place.
      const next =
        (held.gap ?? at) + by === at + (by > 0 ? 1 : 0) ? (held.gap ?? at) + 2 * by : (held.gap ?? at) + by;
      const gap = Math.max(0, Math.min(order.waiting.value.length, next));
      drag.value = { ...held, gap };
      announce(words.gap(gap > at ? gap : gap + 1, order.waiting.value.length));
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      drag.value = null;
      announce(words.cancelled);
      if (event.key === 'Tab') return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return { drag, press, onHandleKey };
}
