/** Short heads for compared studies, and the range of their agreement. */
import type { ComparedStudy, StudyComparison } from '../../src-main/contract/window/studies.ts';

/**
 * Seeds where only they tell the studies apart (`s11`), else the part of the name that differs, else the beginning
 * of the id.
 */
export function shortNames(studies: readonly Pick<ComparedStudy, 'id' | 'name' | 'seed'>[]): string[] {
  const seeds = studies.map(({ seed }) => `s${seed}`);
  const names = studies.map(({ name }) => name);
  const areNamesEqual = new Set(names).size === 1;
  if (areNamesEqual && new Set(seeds).size === seeds.length) return seeds;
  const starts = new Set(names).size === names.length ? withoutCommonStart(names) : null;
  if (starts?.every((name) => name.length > 0 && name.length <= 14)) return starts;
  if (new Set(seeds).size === seeds.length) return seeds;
  return studies.map(({ id }) => id.slice(0, 6));
}

/** Names without the words all of them begin with. */
function withoutCommonStart(names: readonly string[]): string[] {
  const words = names.map((name) => name.split(' '));
  let common = 0;
  while (words.every((list) => common < list.length - 1 && list[common] === words[0]?.[common])) common++;
  return words.map((list) => list.slice(common).join(' '));
}

/** Null where no two rankings can be compared. */
export function agreementRange(
  pairs: StudyComparison['agreement'],
): { readonly low: number; readonly high: number } | null {
  const known = pairs.map(({ spearman }) => spearman).filter((value) => value !== null);
  return known.length === 0 ? null : { low: Math.min(...known), high: Math.max(...known) };
}
