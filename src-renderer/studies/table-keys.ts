/** Which command a key means in the list of studies. Pure. */
import type { KeyCommandName } from '../keys/key-commands.ts';

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

/** What the commands with a key of their own (keys/key-commands.ts) mean here. */
const NAMED: Readonly<Partial<Record<KeyCommandName, TableCommand>>> = {
  selectAll: { kind: 'all' },
  undo: { kind: 'undo' },
  redo: { kind: 'redo' },
  star: { kind: 'star' },
  tag: { kind: 'tag' },
  rename: { kind: 'rename' },
  remove: { kind: 'trash' },
};

/**
 * @param named the command that the key has been given, if any; keys that every grid has are known here
 * @returns null for keys the list does not use
 */
export function commandOf(
  pressed: Pressed,
  named: KeyCommandName | null,
  { index, total, pageRows }: TablePlace,
): TableCommand | null {
  if (named !== null) return NAMED[named] ?? null;
  const { key, shiftKey, altKey } = pressed;
  if (altKey || pressed.ctrlKey || pressed.metaKey) return null;
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
    default:
      return null;
  }
}
