/**
 * The pinned lags of a study in this browser, one for all that show them: the view draws them, the bar over the study
 * takes steps back in any of its views, and both find them again after a restart.
 */
import { computed, type ShallowRef, shallowRef } from 'vue';
import { announce } from '../parts/announce.ts';
import { DYNAMICS_WORDS as words } from '../words/dynamics.ts';
import { afterPin, afterRedo, afterUndo, type LagPins, readPins } from './pin-edits.ts';

const opened = new Map<string, ShallowRef<LagPins>>();

export function useLagPins(studyId: string) {
  const key = `espalier-pins-${studyId}`;
  const pins = opened.get(studyId) ?? shallowRef(readPins(localStorage.getItem(key)));
  opened.set(studyId, pins);
  const change = (next: LagPins, say: string): void => {
    pins.value = next;
    localStorage.setItem(key, JSON.stringify(next));
    announce(say);
  };
  const lastUndo = computed(() => pins.value.undo.at(-1) ?? null);
  const lastRedo = computed(() => pins.value.redo.at(-1) ?? null);
  return {
    pinned: computed(() => pins.value.pinned),
    undoLabel: computed(() => lastUndo.value && words.pinEdit(lastUndo.value.isPinned, lastUndo.value.lag)),
    redoLabel: computed(() => lastRedo.value && words.pinEdit(lastRedo.value.isPinned, lastRedo.value.lag)),
    toggle(lag: number): void {
      const next = afterPin(pins.value, lag);
      change(next, words.pinDone(next.pinned.includes(lag), lag));
    },
    undo(): void {
      const edit = lastUndo.value;
      if (edit) change(afterUndo(pins.value), words.pinDone(!edit.isPinned, edit.lag));
    },
    redo(): void {
      const edit = lastRedo.value;
      if (edit) change(afterRedo(pins.value), words.pinDone(edit.isPinned, edit.lag));
    },
  };
}
