import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LIST_SCOPES,
  NUMBER_FILTERS,
  SORT_COLUMNS,
  studyQuerySchema,
  studySortSchema,
  WORD_FILTERS,
} from '../../../src-main/contract/window/studies.ts';
import {
  EMPTY_QUERY,
  FIRST_STATE,
  fromLink,
  hasFilters,
  inPlace,
  type ListState,
  sortedBy,
  TABS,
  toLink,
  withoutFilters,
  withRange,
  withWords,
} from '../../../src-renderer/studies/list-query.ts';

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const state: fc.Arbitrary<ListState> = fc.record({
  tab: fc.constantFrom(...TABS),
  query: fc.record({
    scope: fc.constantFrom(...LIST_SCOPES),
    folder: fc.option(word),
    tags: fc.uniqueArray(word, { maxLength: 5 }),
    search: fc.string({ unit: 'grapheme', maxLength: 30 }),
    words: fc
      .tuple(...WORD_FILTERS.map(() => fc.uniqueArray(word, { maxLength: 3 })))
      .map((lists) =>
        Object.fromEntries(
          WORD_FILTERS.flatMap((filter, index) =>
            lists[index]!.length > 0 ? [[filter, lists[index]!]] : [],
          ),
        ),
      ),
    numbers: fc
      .tuple(...NUMBER_FILTERS.map(() => fc.record({ least: fc.option(number), most: fc.option(number) })))
      .map((ranges) =>
        Object.fromEntries(
          NUMBER_FILTERS.flatMap((filter, index) => {
            const range = ranges[index]!;
            return range.least === null && range.most === null ? [] : [[filter, range]];
          }),
        ),
      ),
  }),
  sort: fc
    .uniqueArray(fc.constantFrom(...SORT_COLUMNS), { maxLength: 5 })
    .chain((columns) =>
      fc.tuple(...columns.map((by) => fc.record({ by: fc.constant(by), descending: fc.boolean() }))),
    ),
});

describe('toLink', () => {
  it('keeps every state a list can have', () => {
    fc.assert(
      fc.property(state, (given) => {
        expect(fromLink(toLink(given))).toEqual(given);
      }),
    );
  });

  it('is empty for the first state and short for a search', () => {
    expect(toLink(FIRST_STATE)).toBe('');
    expect(toLink({ ...FIRST_STATE, query: { ...EMPTY_QUERY, search: 'moby' } })).toBe('q=moby');
  });
});

describe('fromLink', () => {
  it('makes of any text something the service takes', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc
        .array(fc.tuple(fc.constantFrom('q', 'in', 'sort', 'rho', 'corpus', 'tag', 'tab'), fc.string()), {
          maxLength: 60,
        })
        .map((pairs) => new URLSearchParams(pairs).toString()),
    );
    fc.assert(
      fc.property(text, (link) => {
        const { query, sort } = fromLink(link);
        expect(studyQuerySchema.safeParse(query).success).toBe(true);
        expect(studySortSchema.safeParse(sort).success).toBe(true);
      }),
    );
  });
});

describe('filters', () => {
  it('are set, replaced and taken away one by one', () => {
    const some = withRange(withWords(EMPTY_QUERY, 'corpus', ['a', 'b']), 'rho', { least: 0.5, most: null });
    expect(hasFilters(some)).toBe(true);
    const without = withRange(withWords(some, 'corpus', []), 'rho', { least: null, most: null });
    expect(without).toEqual(EMPTY_QUERY);
    expect(hasFilters(without)).toBe(false);
    expect(withoutFilters({ ...some, folder: 'f', search: 'x' })).toEqual({ ...EMPTY_QUERY, folder: 'f' });
  });

  it('stay when another place of the side list is chosen', () => {
    const some = withWords({ ...EMPTY_QUERY, scope: 'trash', search: 'x' }, 'mode', ['audit']);
    expect(inPlace(some, { tag: 't' })).toEqual({ ...some, scope: 'all', tags: ['t'] });
    expect(inPlace({ ...some, tags: ['t'] }, { folder: 'f' })).toEqual({
      ...some,
      scope: 'all',
      folder: 'f',
    });
  });
});

describe('sortedBy', () => {
  it('goes first way, other way, not sorted', () => {
    const once = sortedBy([], 'regret', false);
    expect(once).toEqual([{ by: 'regret', descending: false }]);
    expect(sortedBy(once, 'regret', false)).toEqual([{ by: 'regret', descending: true }]);
    expect(sortedBy(sortedBy(once, 'regret', false), 'regret', false)).toEqual([]);
    expect(sortedBy([], 'rho', false)).toEqual([{ by: 'rho', descending: true }]);
  });

  it('adds, turns and drops a column of several', () => {
    const two = sortedBy(sortedBy([], 'rho', false), 'name', true);
    expect(two.map(({ by }) => by)).toEqual(['rho', 'name']);
    expect(sortedBy(two, 'rho', true)[0]).toEqual({ by: 'rho', descending: false });
    expect(sortedBy(sortedBy(two, 'rho', true), 'rho', true).map(({ by }) => by)).toEqual(['name']);
    expect(sortedBy(two, 'seed', false).map(({ by }) => by)).toEqual(['seed']);
  });
});
