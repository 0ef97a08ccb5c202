/** The edits of a draft as a list in the order they were made, each a place to go back or forward to. Pure. */
import { type Draft, MOST_RECENT } from '../../src-main/contract/window/drafts.ts';

export interface RecentEdit {
  /** Verb and object; null for the text as it was before the first edit. */
  readonly label: string | null;
  /** Steps from here to the text as it is right after this edit: below 0 undo, above 0 redo, 0 the present. */
  readonly by: number;
}

/** @param waiting labels of edits that the service does not know yet, oldest first; they end what could be redone */
export function recentEdits(
  { recent, upcoming }: Pick<Draft, 'recent' | 'upcoming'>,
  waiting: readonly string[],
): RecentEdit[] {
  const done = [...recent.toReversed(), ...waiting];
  const shown = done.slice(-MOST_RECENT);
  // A list that is full may not reach back to the beginning.
  const begin = done.length < MOST_RECENT ? [{ label: null, by: 0 - done.length }] : [];
  const later = waiting.length > 0 ? [] : upcoming;
  return [
    ...begin,
    ...shown.map((label, index) => ({ label, by: index - shown.length + 1 })),
    ...later.map((label, index) => ({ label, by: index + 1 })),
  ];
}
