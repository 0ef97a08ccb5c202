/** The list as the service gives it, for the query in the link; one for the whole window, so that it stays. */
import { computed, readonly, ref, shallowReadonly, shallowRef, watch } from 'vue';
import type { StudyCounts, StudySort } from '../../src-main/contract/window/studies.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { watchStream } from '../connection/watch-stream.ts';
import { announce } from '../parts/announce.ts';
import { STUDIES_WORDS } from '../words/studies.ts';
import { FIRST_STATE, fromLink, type ListState, toLink } from './list-query.ts';
import { NO_ROWS, outdated, PAGE_ROWS, pagesToFetch, type RowPages, withPage } from './row-pages.ts';

const state = shallowRef<ListState>(FIRST_STATE);
const rows = shallowRef<RowPages>(NO_ROWS);
const candidates = ref(0);
const counts = shallowRef<StudyCounts | null>(null);
const failure = shallowRef<ErrorWords | null>(null);
/** Grows with every query, so that late answers to earlier ones are known. */
const version = ref(0);
/** Whether anything has been answered yet. */
const isRead = ref(false);

/** The rows on the screen are those of an earlier query. */
let isFresh = true;
let looked = { from: 0, to: PAGE_ROWS - 1 };
let order: { readonly version: number; readonly ids: Promise<readonly string[]> } | null = null;
const underWay = new Set<string>();

const isHome = (): boolean => /^#?\/?(\?|$)/.test(location.hash);

const STARRED_FIRST_KEY = 'espalier-starred-first';
/** Starred studies stay on top whatever the list is sorted by. */
const areStarredFirst = ref(localStorage.getItem(STARRED_FIRST_KEY) !== 'no');

const pinnedFirst = (): StudySort => [
  ...(areStarredFirst.value ? [{ by: 'starred', descending: true } as const] : []),
  ...state.value.sort,
];
function setStarredFirst(areFirst: boolean): void {
  areStarredFirst.value = areFirst;
  localStorage.setItem(STARRED_FIRST_KEY, areFirst ? 'yes' : 'no');
  void refresh();
}

function readAddress(): void {
  if (!isHome()) return;
  const next = fromLink(location.hash.split('?')[1] ?? '');
  if (toLink(next) !== toLink(state.value)) state.value = next;
}

/** @param isStep whether Back should lead to what was before */
function setState(next: ListState, isStep = true): void {
  state.value = next;
  const link = toLink(next);
  const address = link === '' ? '#/' : `#/?${link}`;
  if (location.hash === address || (link === '' && location.hash === '')) return;
  if (isStep) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}

async function fetchPage(page: number): Promise<void> {
  const asked = version.value;
  const key = `${asked} ${page}`;
  if (underWay.has(key)) return;
  underWay.add(key);
  try {
    const { query } = state.value;
    const sort = pinnedFirst();
    const found = await service.studies.list({ query, sort, offset: page * PAGE_ROWS, limit: PAGE_ROWS });
    if (asked !== version.value) return;
    rows.value = withPage(isFresh ? NO_ROWS : rows.value, page, found);
    if (isFresh && isRead.value) announce(STUDIES_WORDS.found(found.total));
    isFresh = false;
    candidates.value = found.candidates;
    isRead.value = true;
    failure.value = null;
  } catch (error) {
    if (asked === version.value) failure.value = errorInWords(error);
  } finally {
    underWay.delete(key);
  }
}

function look(from: number, to: number): void {
  looked = { from, to };
  if (isFresh) return;
  for (const page of pagesToFetch(rows.value, from, to)) void fetchPage(page);
}

async function fetchCounts(): Promise<void> {
  try {
    counts.value = await service.studies.counts();
  } catch (error) {
    failure.value = errorInWords(error);
  }
}

/** Everything on the screen again, without emptying it. */
async function refresh(): Promise<void> {
  version.value++;
  order = null;
  rows.value = outdated(rows.value);
  const wanted = pagesToFetch(rows.value, looked.from, looked.to);
  await Promise.all([fetchCounts(), ...(wanted.length > 0 ? wanted : [0]).map(fetchPage)]);
}

/** Ids of the whole list in its order. */
async function allIds(): Promise<readonly string[]> {
  if (order?.version !== version.value) {
    const { query } = state.value;
    const sort = pinnedFirst();
    order = { version: version.value, ids: service.studies.ids({ query, sort }) };
  }
  try {
    return await order.ids;
  } catch (error) {
    order = null;
    failure.value = errorInWords(error);
    return [];
  }
}

watch(
  () => toLink({ ...state.value, tab: 'list' }),
  () => {
    version.value++;
    isFresh = true;
    void fetchPage(0);
  },
);

/** Called by the view: follows the address and the service for as long as it is shown. */
export function useStudyList() {
  readAddress();
  const onAddress = (): void => readAddress();
  addEventListener('hashchange', onAddress);
  addEventListener('popstate', onAddress);
  watchStream(
    (signal) => service.studies.watch(undefined, { signal }),
    () => void refresh(),
    (error) => {
      failure.value = errorInWords(error);
    },
  );
  void refresh();
  return {
    state: shallowReadonly(state),
    setState,
    areStarredFirst: readonly(areStarredFirst),
    setStarredFirst,
    rows: shallowReadonly(rows),
    candidates: readonly(candidates),
    counts: shallowReadonly(counts),
    failure,
    isRead: readonly(isRead),
    version: readonly(version),
    look,
    refresh,
    allIds,
    /** Whether the history holds anything at all. */
    isEmpty: computed(() => {
      const scopes = counts.value?.scopes;
      return scopes !== undefined && scopes.all + scopes.archive + scopes.trash === 0;
    }),
    stop: () => {
      removeEventListener('hashchange', onAddress);
      removeEventListener('popstate', onAddress);
    },
  };
}

export type StudyList = ReturnType<typeof useStudyList>;
