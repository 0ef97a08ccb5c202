/** Keys of a study: undo and redo, start and pause. Those of its views are the window's: they work before it is read. */
import { onBeforeUnmount, onMounted } from 'vue';
import { shortcutOf } from '../app/shortcuts.ts';

interface StudyActions {
  readonly undo?: () => void;
  readonly redo?: () => void;
  readonly start?: () => void;
  readonly pause?: () => void;
}

export function useStudyKeys(actions: StudyActions): void {
  function onKey(event: KeyboardEvent): void {
    const name = shortcutOf(event);
    if (name === null || event.defaultPrevented) return;
    if (name === 'undo' || name === 'redo' || name === 'start' || name === 'pause') {
      // A text field undoes its own typing.
      if ((name === 'undo' || name === 'redo') && isTextField(event.target)) return;
      actions[name]?.();
    } else return;
    event.preventDefault();
  }
  onMounted(() => addEventListener('keydown', onKey));
  onBeforeUnmount(() => removeEventListener('keydown', onKey));
}

const isTextField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.matches('input, textarea, [contenteditable="true"], [contenteditable="true"] *');
