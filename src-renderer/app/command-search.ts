/** Finding commands by what a person types: every word must occur; the earlier and the closer, the better. Pure. */

export interface Command {
  readonly id: string;
  readonly group: 'Commands' | 'Studies' | 'Help';
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
