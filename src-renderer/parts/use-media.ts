/** Whether a media query holds now, followed for as long as the component lives. */
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

/** Windows in which a view shows all of its tools beside each other. */
export const WIDE_WINDOW = '(min-width: 1280px)';

export function useMedia(query: string): Readonly<ShallowRef<boolean>> {
  const list = matchMedia(query);
  const holds = shallowRef(list.matches);
  const follow = (): void => {
    holds.value = list.matches;
  };
  list.addEventListener('change', follow);
  onScopeDispose(() => list.removeEventListener('change', follow));
  return holds;
}
