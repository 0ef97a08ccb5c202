/** The list of studies as SQL: what a query asks becomes one condition, what it sorts by one order. */
import type {
  ListScope,
  NumberFilter,
  SortColumn,
  StudyQuery,
  StudySort,
  WordFilter,
} from '../contract/window/studies.ts';

export interface SqlPart {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Trigrams find nothing shorter. */
const SHORTEST_INDEXED = 3;

const SCOPES: Readonly<Record<ListScope, string>> = {
  all: 'trashed_at IS NULL AND archived_at IS NULL',
  running: "trashed_at IS NULL AND state = 'running'",
  starred: 'trashed_at IS NULL AND is_starred = 1',
  archive: 'trashed_at IS NULL AND archived_at IS NOT NULL',
  trash: 'trashed_at IS NOT NULL',
};

/** Condition of a scope. */
export const scopeSql = (scope: ListScope): string => SCOPES[scope];

const ORDERS: Readonly<Record<SortColumn, string>> = {
  starred: 'is_starred',
  name: 'coalesce(custom_name, given_name) COLLATE NOCASE',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  corpus: 'corpus COLLATE NOCASE',
  depths: 'depths',
  mode: 'mode',
  state: 'state',
  seed: 'seed',
  pool: 'pool COLLATE NOCASE',
  poolSize: 'pool_size',
  rule: 'rule',
  chosen: 'chosen COLLATE NOCASE',
  rho: 'rho',
  regret: 'regret',
  bestFinal: 'best_final',
  costShare: 'cost_share',
  seconds: 'seconds',
  folder: "nullif(folder, '') COLLATE NOCASE",
};

const NUMBERS: Readonly<Record<NumberFilter, string>> = {
  rho: 'rho',
  regret: 'regret',
  bestFinal: 'best_final',
};

/** Column that holds the words of a filter; strategies of the pool have rows of their own. */
export const WORD_COLUMNS: Readonly<Record<Exclude<WordFilter, 'strategy'>, string>> = {
  corpus: 'corpus',
  mode: 'mode',
  state: 'state',
  rule: 'rule',
  pool: 'pool',
  depths: 'depths',
  chosen: 'chosen',
};

/** The condition on rows of `catalog`. */
export function whereOf(query: StudyQuery): SqlPart {
  const parts: SqlPart[] = [{ sql: SCOPES[query.scope], values: [] }];
  if (query.folder !== null) parts.push({ sql: 'folder = ?', values: [query.folder] });
  for (const tag of query.tags)
    parts.push({ sql: 'item IN (SELECT item FROM catalog_tags WHERE tag = ?)', values: [tag] });
  for (const word of wordsOf(query.search)) parts.push(searchedFor(word));
  for (const [filter, words] of Object.entries(query.words) as [WordFilter, string[]][])
    parts.push(oneOfWords(filter, words));
  for (const [filter, range] of Object.entries(query.numbers) as [
    NumberFilter,
    { least: number | null; most: number | null },
  ][]) {
    if (range.least !== null) parts.push({ sql: `${NUMBERS[filter]} >= ?`, values: [range.least] });
    if (range.most !== null) parts.push({ sql: `${NUMBERS[filter]} <= ?`, values: [range.most] });
  }
  return {
    sql: parts.map(({ sql }) => `(${sql})`).join(' AND '),
    values: parts.flatMap(({ values }) => values),
  };
}

/** The same without one filter: what the values of that filter are counted under. */
export function whereWithout(query: StudyQuery, filter: WordFilter): SqlPart {
  const { [filter]: _, ...words } = query.words;
  return whereOf({ ...query, words });
}

/** Missing values last, whichever way; newest first among equals. */
export function orderOf(sort: StudySort): string {
  return [
    ...sort.flatMap(({ by, descending }) => [
      `(${ORDERS[by]}) IS NULL`,
      `${ORDERS[by]} ${descending ? 'DESC' : 'ASC'}`,
    ]),
    'created_at DESC',
    'item DESC',
  ].join(', ');
}

/** Words of a search; what stands between double quotes is one. */
export function wordsOf(search: string): string[] {
  return [...search.matchAll(/"([^"]+)"|[^\s"]+/g)]
    .map(([whole, quoted]) => (quoted ?? whole).trim())
    .filter(Boolean);
}

function searchedFor(word: string): SqlPart {
  // The index leaves marks out, so they do not count.
  if ([...word.normalize('NFD').replace(/\p{M}/gu, '')].length >= SHORTEST_INDEXED)
    return {
      sql: `item IN (SELECT found.item FROM search_index JOIN search_fragments AS found
        ON found.fragment = search_index.rowid WHERE search_index MATCH ?)`,
      values: [`"${word.replaceAll('"', '""')}"`],
    };
  // One or two letters would be in nearly every setting.
  return {
    sql: `item IN (SELECT item FROM search_fragments WHERE field <> 'settings' AND text LIKE ? ESCAPE '\\')`,
    values: [`%${word.replace(/[\\%_]/g, '\\$&')}%`],
  };
}

function oneOfWords(filter: WordFilter, words: readonly string[]): SqlPart {
  const places = words.map(() => '?').join(', ');
  if (filter === 'strategy')
    return {
      sql: `item IN (SELECT item FROM search_fragments WHERE field = 'strategy' AND text IN (${places}))`,
      values: words,
    };
  return { sql: `${WORD_COLUMNS[filter]} IN (${places})`, values: words };
}
