/** Edits of many studies at once: one call, one step back, one message. */
import { computed, readonly, ref, shallowRef } from 'vue';
import type { StudyChanges } from '../../src-main/contract/window/studies.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { STUDIES_WORDS as words } from '../words/studies.ts';
import { afterEdit, afterRedo, afterUndo, NO_EDITS } from './edit-stack.ts';

// Kept across views: what was trashed a moment ago can still be taken back after a look elsewhere.
const stack = shallowRef(NO_EDITS);
const toast = ref<{ readonly key: number; readonly text: string; readonly isUndoable: boolean } | null>(null);
const failure = shallowRef<ErrorWords | null>(null);
let messages = 0;

function say(text: string, isUndoable: boolean): void {
  toast.value = { key: ++messages, text, isUndoable };
}

async function attempt(action: () => Promise<void>): Promise<void> {
  failure.value = null;
  try {
    await action();
  } catch (error) {
    failure.value = errorInWords(error);
  }
}

/**
 * @param label stands behind "Undo"
 * @param done what the message says
 */
function apply(changes: StudyChanges, label: string, done: string): Promise<void> {
  return attempt(async () => {
    const { changed, undo } = await service.studies.update({ changes });
    if (changed === 0) return;
    stack.value = afterEdit(stack.value, { label, changes: undo });
    say(done, true);
  });
}

function undo(): Promise<void> {
  return attempt(async () => {
    const last = stack.value.undo.at(-1);
    if (!last) return;
    const back = await service.studies.update({ changes: last.changes });
    stack.value = afterUndo(stack.value, back.undo);
    say(words.done.undone(last.label), false);
  });
}

function redo(): Promise<void> {
  return attempt(async () => {
    const last = stack.value.redo.at(-1);
    if (!last) return;
    const back = await service.studies.update({ changes: last.changes });
    stack.value = afterRedo(stack.value, back.undo);
    say(words.done.redone(last.label), true);
  });
}

export function useStudyEdits() {
  return {
    apply,
    undo,
    redo,
    say,
    attempt,
    undoLabel: computed(() => stack.value.undo.at(-1)?.label ?? null),
    redoLabel: computed(() => stack.value.redo.at(-1)?.label ?? null),
    toast: readonly(toast),
    dismiss: () => {
      toast.value = null;
    },
    failure,
  };
}

export type StudyEdits = ReturnType<typeof useStudyEdits>;
