/** What the list shows, as the part of the link after `?`: links can be kept, shared and gone back to. */
import {
  LIST_SCOPES,
  type ListScope,
  NUMBER_FILTERS,
  type NumberFilter,
  SORT_COLUMNS,
  type SortColumn,
  type StudyQuery,
  type StudySort,
  WORD_FILTERS,
  type WordFilter,
} from '../../src-main/contract/window/studies.ts';

export const TABS = ['list', 'evidence', 'storage'] as const;
export type Tab = (typeof TABS)[number];

export interface ListState {
  readonly tab: Tab;
  readonly query: StudyQuery;
  readonly sort: StudySort;
}

export const EMPTY_QUERY: StudyQuery = {
  scope: 'all',
  folder: null,
  tags: [],
  search: '',
  words: {},
  numbers: {},
};
export const FIRST_STATE: ListState = { tab: 'list', query: EMPTY_QUERY, sort: [] };

export interface Range {
  readonly least: number | null;
  readonly most: number | null;
}

/** `q=moby&corpus=…&rho=0.5..&sort=-rho,name`; empty for the first state. */
export function toLink({ tab, query, sort }: ListState): string {
  const parameters = new URLSearchParams();
  if (tab !== 'list') parameters.set('tab', tab);
  if (query.scope !== 'all') parameters.set('in', query.scope);
  if (query.folder !== null) parameters.set('folder', query.folder);
  for (const tag of query.tags) parameters.append('tag', tag);
  if (query.search !== '') parameters.set('q', query.search);
  for (const filter of WORD_FILTERS)
    for (const word of query.words[filter] ?? []) parameters.append(filter, word);
  for (const filter of NUMBER_FILTERS) {
    const range = query.numbers[filter];
    if (range) parameters.set(filter, `${range.least ?? ''}..${range.most ?? ''}`);
  }
  if (sort.length > 0)
    parameters.set('sort', sort.map(({ by, descending }) => `${descending ? '-' : ''}${by}`).join(','));
  return parameters.toString();
}

/** What cannot be read is left out: a link of another version still opens. */
export function fromLink(link: string): ListState {
  const parameters = new URLSearchParams(link);
  const words: Partial<Record<WordFilter, string[]>> = {};
  for (const filter of WORD_FILTERS) {
    const found = parameters.getAll(filter).filter(fits(200)).slice(0, 50);
    if (found.length > 0) words[filter] = found;
  }
  const numbers: Partial<Record<NumberFilter, Range>> = {};
  for (const filter of NUMBER_FILTERS) {
    const range = parseRange(parameters.get(filter) ?? '');
    if (range) numbers[filter] = range;
  }
  return {
    tab: TABS.find((known) => known === parameters.get('tab')) ?? 'list',
    query: {
      scope: LIST_SCOPES.find((known) => known === parameters.get('in')) ?? 'all',
      folder: parameters.get('folder')?.slice(0, 200) ?? null,
      tags: parameters.getAll('tag').filter(fits(60)).slice(0, 20),
      search: (parameters.get('q') ?? '').slice(0, 500),
      words,
      numbers,
    },
    sort: (parameters.get('sort') ?? '')
      .split(',')
      .flatMap((part) => {
        const by = SORT_COLUMNS.find((known) => known === part.replace(/^-/, ''));
        return by ? [{ by, descending: part.startsWith('-') }] : [];
      })
      .slice(0, 5),
  };
}

const fits =
  (most: number) =>
  (text: string): boolean =>
    text !== '' && text.length <= most;

function parseRange(text: string): Range | null {
  const parts = /^(.*?)\.\.(.*)$/.exec(text);
  const numberOf = (part: string | undefined): number | null => {
    const value = part === undefined || part === '' ? Number.NaN : Number(part);
    return Number.isFinite(value) ? value : null;
  };
  const range = { least: numberOf(parts?.[1]), most: numberOf(parts?.[2]) };
  return range.least === null && range.most === null ? null : range;
}

export type FilterName = WordFilter | NumberFilter;

/** With the words of one filter replaced; none of them removes the filter. */
export function withWords(query: StudyQuery, filter: WordFilter, chosen: readonly string[]): StudyQuery {
  const { [filter]: _, ...others } = query.words;
  return { ...query, words: chosen.length === 0 ? others : { ...others, [filter]: [...chosen] } };
}

export function withRange(query: StudyQuery, filter: NumberFilter, range: Range): StudyQuery {
  const { [filter]: _, ...others } = query.numbers;
  const isEmpty = range.least === null && range.most === null;
  return { ...query, numbers: isEmpty ? others : { ...others, [filter]: range } };
}

/** Search and filters taken away; the place in the side list stays. */
export const withoutFilters = ({ scope, folder, tags }: StudyQuery): StudyQuery => ({
  ...EMPTY_QUERY,
  scope,
  folder,
  tags,
});

export const hasFilters = ({ search, words, numbers }: StudyQuery): boolean =>
  search.trim() !== '' || Object.keys(words).length > 0 || Object.keys(numbers).length > 0;

/** Columns whose best values are the lowest begin ascending; numbers otherwise begin with the highest. */
const FIRST_DESCENDING: ReadonlySet<SortColumn> = new Set([
  'createdAt',
  'updatedAt',
  'poolSize',
  'rho',
  'seconds',
]);

/**
 * After a click on a column head: first way, other way, not sorted. With `isAdded` (Shift) the other columns stay
 * and it joins behind them.
 */
export function sortedBy(sort: StudySort, by: SortColumn, isAdded: boolean): StudySort {
  const first = FIRST_DESCENDING.has(by);
  const there = sort.find((entry) => entry.by === by);
  const next = there === undefined ? { by, descending: first } : { by, descending: !first };
  const isOver = there !== undefined && there.descending !== first;
  if (!isAdded) return isOver ? [] : [next];
  if (isOver) return sort.filter((entry) => entry.by !== by);
  if (there) return sort.map((entry) => (entry.by === by ? next : entry));
  return [...sort, next].slice(-5);
}

/** A scope, folder or tag of the side list; search and filters stay. */
export function inPlace(
  query: StudyQuery,
  place: { readonly scope?: ListScope; readonly folder?: string; readonly tag?: string },
): StudyQuery {
  return {
    ...query,
    scope: place.scope ?? 'all',
    folder: place.folder ?? null,
    tags: place.tag === undefined ? [] : [place.tag],
  };
}
