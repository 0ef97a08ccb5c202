/** Keys that work in every view. */
import { useCommandKeys } from '../keys/use-command-keys.ts';
import { closeShownTab, showNextTab } from './open-tabs.ts';
import { go, parseRoute, STUDY_VIEWS } from './route.ts';

export function useWindowKeys(actions: {
  readonly palette: () => void;
  readonly keys: () => void;
  readonly glossary: () => void;
}): void {
  /** From the address itself: what it names may not be on the screen yet. */
  const show = (index: number) => () => {
    const here = parseRoute(location.hash);
    const view = STUDY_VIEWS[index];
    if (view && 'view' in here) go({ ...here, view });
  };
  useCommandKeys(
    {
      ...actions,
      new: () => go({ place: 'new' }),
      home: () => go({ place: 'home' }),
      queue: () => go({ place: 'queue' }),
      settings: () => go({ place: 'settings' }),
      closeTab: closeShownTab,
      nextTab: () => showNextTab(1),
      previousTab: () => showNextTab(-1),
      nextPart: () => focusNextPart(1),
      previousPart: () => focusNextPart(-1),
      view1: show(0),
      view2: show(1),
      view3: show(2),
      view4: show(3),
      view5: show(4),
    },
    'window',
    'study',
  );
}

const FOCUSABLE =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex="0"]';

/** Goes round the parts of the window: the strip above, what is in the view, the bar below. */
function focusNextPart(by: 1 | -1): void {
  const parts = [
    ...document.querySelectorAll<HTMLElement>('header.top, main, main aside, main section, footer'),
  ].filter((part) => part.offsetParent !== null);
  const now = parts.findLastIndex((part) => part.contains(document.activeElement));
  for (let step = 1; step <= parts.length; step++) {
    const part = parts[(now + by * step + parts.length * step) % parts.length];
    const first = [...(part?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].find(
      (element) => element.getClientRects().length > 0,
    );
    if (first && first !== document.activeElement) {
      first.focus();
      return;
    }
  }
}
