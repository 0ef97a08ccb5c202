/**
 * Where the window is, as the part of the address after #, so that Back, Forward and links work in both hosts. Pure
 * but for the one ref that follows the address.
 */
import { computed, ref } from 'vue';

/** In the order of the study bar and of the keys 1 to 5. */
export const STUDY_VIEWS = ['setup', 'designer', 'dynamics', 'timeline', 'report'] as const;
export type StudyView = (typeof STUDY_VIEWS)[number];

/** A study of the history, or a draft of one. */
export type StudyPlace = { readonly place: 'study' | 'draft'; readonly id: string; readonly view: StudyView };
export type Route = StudyPlace | { readonly place: 'home' | 'new' | 'queue' | 'settings' | 'unknown' };

/** The view that opens where the address names none. */
const FIRST_VIEW = { study: 'dynamics', draft: 'designer' } as const;

export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#\/?/, '').split('?')[0] ?? '';
  if (path === '') return { place: 'home' };
  if (path === 'new' || path === 'queue' || path === 'settings') return { place: path };
  const [kind, id, named] = path.split('/');
  if ((kind !== 'study' && kind !== 'draft') || !id) return { place: 'unknown' };
  const view = STUDY_VIEWS.find((name) => name === (named ?? FIRST_VIEW[kind]));
  return view ? { place: kind, id: decode(id), view } : { place: 'unknown' };
}

export function hashOf(route: Route): string {
  if ('view' in route) return `#/${route.place}/${encodeURIComponent(route.id)}/${route.view}`;
  return route.place === 'home' || route.place === 'unknown' ? '#/' : `#/${route.place}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const hash = ref(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const route = computed(() => parseRoute(hash.value));

export function go(to: Route): void {
  location.hash = hashOf(to);
}
