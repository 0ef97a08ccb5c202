/** The open tabs, kept by the browser over restarts. */
import { readonly, ref, watch } from 'vue';
import { go, route, type StudyPlace } from './route.ts';
import { closedTab, namedTab, openedTab, readTabs, type Tab } from './tab-list.ts';

const KEY = 'espalier-tabs';

const tabs = ref<readonly Tab[]>(readTabs(localStorage.getItem(KEY)));
export const openTabs = readonly(tabs);

function keep(next: readonly Tab[]): void {
  tabs.value = next;
  localStorage.setItem(KEY, JSON.stringify(next));
}

/** Called once, by the frame of the window. */
export function followRoute(): void {
  watch(
    route,
    (to) => {
      if ('view' in to) keep(openedTab(tabs.value, to));
    },
    { immediate: true },
  );
}

/** What a study or draft was called when it was last shown; null where that is not known. */
export const lastNameOf = ({ place, id }: StudyPlace): string | null =>
  tabs.value.find((tab) => tab.place === place && tab.id === id)?.name ?? null;

export const nameTab = (place: StudyPlace, name: string | null): void =>
  keep(namedTab(tabs.value, place, name));

export function closeTab(place: StudyPlace): void {
  const { tabs: rest, next } = closedTab(tabs.value, place);
  const { value: shown } = route;
  keep(rest);
  if ('view' in shown && shown.place === place.place && shown.id === place.id) go(next ?? { place: 'home' });
}

/** Nothing where no tab is shown. */
export function closeShownTab(): void {
  if ('view' in route.value) closeTab(route.value);
}

/** Studies is the first of the tabs, and the last is beside it. */
export function showNextTab(by: 1 | -1): void {
  const { value: shown } = route;
  const at =
    'view' in shown ? tabs.value.findIndex((tab) => tab.place === shown.place && tab.id === shown.id) + 1 : 0;
  const count = tabs.value.length + 1;
  go(tabs.value[((at + by + count) % count) - 1] ?? { place: 'home' });
}
