/** Whether a media query holds now, followed for as long as the component lives. */
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

/** Windows without room for two columns: what 200 % zoom leaves of a wide one. */
export const NARROW = '(max-width: 799px)';

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
