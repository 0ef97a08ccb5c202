/**
 * Where the window is, as the part of the address after #, so that Back, Forward and links work in both hosts. Pure
 * but for the one ref that follows the address.
 */
import { computed, ref } from 'vue';

export const STUDY_VIEWS = ['dynamics'] as const;
export type StudyView = (typeof STUDY_VIEWS)[number];

export type Route =
  | { readonly place: 'home' | 'queue' | 'settings' }
  | { readonly place: 'study'; readonly studyId: string; readonly view: StudyView }
  | { readonly place: 'unknown' };

export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#\/?/, '').split('?')[0] ?? '';
  if (path === '') return { place: 'home' };
  if (path === 'queue' || path === 'settings') return { place: path };
  const [kind, studyId, view = STUDY_VIEWS[0]] = path.split('/');
  const known = STUDY_VIEWS.find((name) => name === view);
  if (kind === 'study' && studyId && known) return { place: 'study', studyId, view: known };
  return { place: 'unknown' };
}

export function hashOf(route: Route): string {
  if (route.place === 'study') return `#/study/${route.studyId}/${route.view}`;
  return route.place === 'home' || route.place === 'unknown' ? '#/' : `#/${route.place}`;
}

const hash = ref(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const route = computed(() => parseRoute(hash.value));

export function go(to: Route): void {
  location.hash = hashOf(to);
}
