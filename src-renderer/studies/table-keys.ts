/** Which command a key means in the list of studies. Pure, so that the list of keys can be tested and shown. */
export type TableCommand =
  | { readonly kind: 'focus'; readonly to: number; readonly isRange: boolean }
  | {
      readonly kind:
        | 'toggle'
        | 'all'
        | 'clear'
        | 'enter'
        | 'expand'
        | 'collapse'
        | 'star'
        | 'tag'
        | 'rename'
        | 'trash'
        | 'undo'
        | 'redo';
    };

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export interface TablePlace {
  readonly index: number;
  readonly total: number;
  readonly pageRows: number;
}

/** Null for keys the list does not use. */
export function commandOf(pressed: Pressed, { index, total, pageRows }: TablePlace): TableCommand | null {
  const { key, shiftKey, altKey } = pressed;
  const isCommand = pressed.ctrlKey || pressed.metaKey;
  if (altKey) return null;
  if (isCommand) {
    const letter = key.toLowerCase();
    if (letter === 'a') return { kind: 'all' };
    if (letter === 'z') return { kind: shiftKey ? 'redo' : 'undo' };
    if (letter === 'y') return { kind: 'redo' };
    return null;
  }
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + pageRows,
    PageUp: index - pageRows,
    Home: 0,
    End: total - 1,
  };
  const to = moves[key];
  if (to !== undefined && total > 0)
    return { kind: 'focus', to: Math.max(0, Math.min(total - 1, to)), isRange: shiftKey };
  switch (key) {
    case ' ':
      return { kind: 'toggle' };
    case 'Escape':
      return { kind: 'clear' };
    case 'Enter':
      return { kind: 'enter' };
    case 'ArrowRight':
      return { kind: 'expand' };
    case 'ArrowLeft':
      return { kind: 'collapse' };
    case 's':
      return { kind: 'star' };
    case 't':
      return { kind: 'tag' };
    case 'F2':
      return { kind: 'rename' };
    case 'Delete':
    case 'Backspace':
      return { kind: 'trash' };
    default:
      return null;
  }
}
