/** The open studies and drafts, in the order they were opened. Pure. */
import { STUDY_VIEWS, type StudyPlace } from './route.ts';

export interface Tab extends StudyPlace {
  /** As last known; null until the study has told. */
  readonly name: string | null;
}

/** More are kept out of the strip: the oldest go first. */
const MOST_TABS = 12;

const isSame = (a: StudyPlace, b: StudyPlace): boolean => a.place === b.place && a.id === b.id;

/** Opens a tab, or keeps the view of one that is open. */
export function openedTab(tabs: readonly Tab[], place: StudyPlace): readonly Tab[] {
  if (!tabs.some((tab) => isSame(tab, place))) return [...tabs, { ...place, name: null }].slice(-MOST_TABS);
  return tabs.map((tab) => (isSame(tab, place) ? { ...tab, view: place.view } : tab));
}

export const namedTab = (tabs: readonly Tab[], place: StudyPlace, name: string | null): readonly Tab[] =>
  tabs.map((tab) => (isSame(tab, place) ? { ...tab, name } : tab));

/** The tabs without one, and where to go if it was the one shown: the neighbour, or null for home. */
export function closedTab(
  tabs: readonly Tab[],
  place: StudyPlace,
): { readonly tabs: readonly Tab[]; readonly next: Tab | null } {
  const index = tabs.findIndex((tab) => isSame(tab, place));
  const rest = tabs.filter((_, at) => at !== index);
  return { tabs: rest, next: rest[Math.max(0, index - 1)] ?? null };
}

/** Tabs that were stored as text; anything else is no tab. */
export function readTabs(text: string | null): readonly Tab[] {
  let data: unknown;
  try {
    data = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(data)) return [];
  return data
    .flatMap((item: unknown): Tab[] => {
      if (typeof item !== 'object' || item === null) return [];
      const { place, id, view, name } = item as Record<string, unknown>;
      const known = STUDY_VIEWS.find((each) => each === view);
      if ((place !== 'study' && place !== 'draft') || typeof id !== 'string' || !known) return [];
      return [{ place, id, view: known, name: typeof name === 'string' ? name : null }];
    })
    .slice(-MOST_TABS);
}
