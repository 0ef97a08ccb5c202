/** Filters in words, for chips and for the sentence of an empty list. */
import {
  NUMBER_FILTERS,
  type NumberFilter,
  type StudyQuery,
  WORD_FILTERS,
  type WordFilter,
} from '../../src-main/contract/window/studies.ts';
import { MODE_WORDS, STATE_WORDS, STUDIES_WORDS } from '../words/studies.ts';
import type { FilterName } from './list-query.ts';

const isNumber = (name: FilterName): name is NumberFilter =>
  (NUMBER_FILTERS as readonly string[]).includes(name);

/** Values as people read them. */
export function valueInWords(filter: WordFilter, value: string): string {
  const known: Readonly<Record<string, string>> =
    filter === 'mode' ? MODE_WORDS : filter === 'state' ? STATE_WORDS : {};
  return known[value] ?? value;
}

/** `Corpus: Moby-Dick`, `ρ 0.5 to 1`; null where the filter is not set. */
export function filterInWords({ words, numbers }: StudyQuery, filter: FilterName): string | null {
  const name = STUDIES_WORDS.filters[filter];
  if (isNumber(filter)) {
    const range = numbers[filter];
    if (!range) return null;
    const { least, most } = range;
    if (least !== null && most !== null) return `${name} ${least} to ${most}`;
    return least === null ? `${name} at most ${most}` : `${name} at least ${least}`;
  }
  const chosen = words[filter];
  if (!chosen) return null;
  const [first, ...others] = chosen.map((value) => valueInWords(filter, value));
  return `${name}: ${first}${others.length > 0 ? ` or ${others.length === 1 ? others[0] : `${others.length} others`}` : ''}`;
}

/** Every filter that is set. */
export const filtersInWords = (query: StudyQuery): string =>
  [...WORD_FILTERS, ...NUMBER_FILTERS].flatMap((filter) => filterInWords(query, filter) ?? []).join(', ');
