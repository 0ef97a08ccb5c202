/** Finding commands by what a person types: every word must occur; the earlier and the closer, the better. Pure. */

/** In the order in which equally good ones are listed. */
export const COMMAND_GROUPS = ['Commands', 'Studies', 'Candidates', 'Settings', 'Help'] as const;

export interface Command {
  readonly id: string;
  readonly group: (typeof COMMAND_GROUPS)[number];
  readonly text: string;
  readonly detail?: string;
  readonly keys?: string;
  /** Why it cannot be run now. */
  readonly unavailable?: string;
  run(): void;
}

/** A score for the text, smaller is better; null where a word is missing. */
export function matchScore(text: string, typed: string): number | null {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const within = text.toLowerCase();
  let score = 0;
  for (const word of words) {
    const at = within.indexOf(word);
    if (at < 0) return null;
    const isWordStart = at === 0 || /[^a-z0-9]/.test(within[at - 1] ?? '');
    score += at + (isWordStart ? 0 : 50);
  }
  return score;
}

/** The text in pieces, those that a typed word matches marked. */
export function markedPieces(
  text: string,
  typed: string,
): { readonly text: string; readonly isMatch: boolean }[] {
  const within = text.toLowerCase();
  // Lower case of some letters has another length: nothing is marked then.
  if (within.length !== text.length) return [{ text, isMatch: false }];
  const isMarked = new Array<boolean>(text.length).fill(false);
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = within.indexOf(word);
    if (at >= 0) isMarked.fill(true, at, at + word.length);
  }
  const pieces: { text: string; isMatch: boolean }[] = [];
  [...isMarked.keys()].forEach((index) => {
    const last = pieces.at(-1);
    const isMatch = isMarked[index]!;
    if (last?.isMatch === isMatch) last.text += text[index];
    else pieces.push({ text: text[index]!, isMatch });
  });
  return pieces;
}

/** Best first; what was used last comes first among equals and where nothing is typed; what cannot be run comes last. */
export function searchCommands<Item extends Pick<Command, 'id' | 'text' | 'detail' | 'unavailable'>>(
  commands: readonly Item[],
  typed: string,
  recent: readonly string[],
): Item[] {
  const place = (id: string): number => {
    const index = recent.indexOf(id);
    return index < 0 ? recent.length : index;
  };
  return commands
    .flatMap((command, order) => {
      const score = matchScore(`${command.text} ${command.detail ?? ''}`, typed);
      return score === null ? [] : [{ command, score, order }];
    })
    .sort(
      (a, b) =>
        Number(a.command.unavailable !== undefined) - Number(b.command.unavailable !== undefined) ||
        a.score - b.score ||
        place(a.command.id) - place(b.command.id) ||
        a.order - b.order,
    )
    .map(({ command }) => command);
}
