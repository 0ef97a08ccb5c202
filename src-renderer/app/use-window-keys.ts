/** Keys that work in every view. */
import { onBeforeUnmount, onMounted } from 'vue';
import { go, parseRoute, STUDY_VIEWS } from './route.ts';
import { shortcutOf } from './shortcuts.ts';

export function useWindowKeys(actions: { readonly palette: () => void; readonly keys: () => void }): void {
  function onKey(event: KeyboardEvent): void {
    const name = shortcutOf(event);
    const isTyping =
      event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]');
    switch (name) {
      case 'palette':
        actions.palette();
        break;
      case 'keys':
        if (isTyping) return;
        actions.keys();
        break;
      case 'new':
        go({ place: 'new' });
        break;
      case 'home':
        go({ place: 'home' });
        break;
      case 'settings':
        go({ place: 'settings' });
        break;
      default: {
        // From the address itself: what it names may not be on the screen yet.
        const here = parseRoute(location.hash);
        const view = STUDY_VIEWS.find((_, index) => name === `view${index + 1}`);
        if (view && 'view' in here) go({ ...here, view });
        else if (event.key === 'F6') focusNextPart(event.shiftKey ? -1 : 1);
        else return;
      }
    }
    event.preventDefault();
  }
  onMounted(() => addEventListener('keydown', onKey));
  onBeforeUnmount(() => removeEventListener('keydown', onKey));
}

/** F6 goes round the parts of the window: the strip above, what is in the view, the bar below. */
function focusNextPart(by: 1 | -1): void {
  const parts = [
    ...document.querySelectorAll<HTMLElement>('header.top, main, main aside, main section, footer'),
  ].filter((part) => part.offsetParent !== null);
  const now = parts.findLastIndex((part) => part.contains(document.activeElement));
  for (let step = 1; step <= parts.length; step++) {
    const part = parts[(now + by * step + parts.length * step) % parts.length];
    const first = part?.querySelector<HTMLElement>('a[href], button:not(:disabled), input, [tabindex="0"]');
    if (first && first !== document.activeElement) {
      first.focus();
      return;
    }
  }
}
