/** Short heads for compared studies, and the range of their agreement. */
import type { ComparedStudy, StudyComparison } from '../../src-main/contract/window/studies.ts';

/** Seeds where only they tell the studies apart (`s11`), else letters, which a list above the table explains. */
export function shortNames(studies: readonly Pick<ComparedStudy, 'id' | 'name' | 'seed'>[]): string[] {
  const seeds = studies.map(({ seed }) => `s${seed}`);
  const areNamesEqual = new Set(studies.map(({ name }) => name)).size === 1;
  if (areNamesEqual && new Set(seeds).size === seeds.length) return seeds;
  return studies.map((_, index) => String.fromCharCode('A'.charCodeAt(0) + index));
}

/** Null where no two rankings can be compared. */
export function agreementRange(
  pairs: StudyComparison['agreement'],
): { readonly low: number; readonly high: number } | null {
  const known = pairs.map(({ spearman }) => spearman).filter((value) => value !== null);
  return known.length === 0 ? null : { low: Math.min(...known), high: Math.max(...known) };
}
