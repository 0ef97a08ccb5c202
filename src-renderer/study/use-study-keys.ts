/** Keys of a study: undo and redo, start and pause, and 1 to 5 for the views. */
import { onBeforeUnmount, onMounted } from 'vue';
import { go, STUDY_VIEWS, type StudyPlace } from '../app/route.ts';
import { shortcutOf } from '../app/shortcuts.ts';

interface StudyActions {
  readonly undo?: () => void;
  readonly redo?: () => void;
  readonly start?: () => void;
  readonly pause?: () => void;
}

export function useStudyKeys(place: () => StudyPlace, actions: StudyActions): void {
  function onKey(event: KeyboardEvent): void {
    const name = shortcutOf(event);
    if (name === null || event.defaultPrevented) return;
    const view = STUDY_VIEWS.find((_, index) => name === `view${index + 1}`);
    if (view) go({ ...place(), view });
    else if (name === 'undo' || name === 'redo' || name === 'start' || name === 'pause') {
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
