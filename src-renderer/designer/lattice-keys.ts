/** What a key means in the lattice. Pure: the component carries it out. */
import { isMac } from '../keys/chord.ts';
import type { KeyCommandName } from '../keys/key-commands.ts';
import { LAYER_OPERATORS, type LayerOperator } from './layer-operators.ts';

export type Direction = 'left' | 'right' | 'up' | 'down' | 'first' | 'last';

export type LatticeCommand =
  | { readonly kind: 'focus'; readonly to: Direction; readonly mode: 'select' | 'extend' | 'only' }
  | { readonly kind: 'move'; readonly to: 'left' | 'right' | 'first' | 'last' }
  | { readonly kind: 'operator'; readonly operator: LayerOperator }
  | { readonly kind: 'insert'; readonly after: boolean }
  | {
      readonly kind:
        | 'take'
        | 'grab'
        | 'remove'
        | 'duplicate'
        | 'all'
        | 'scale'
        | 'toggle'
        | 'cancel'
        | 'list';
    };

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
};

type PressedKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** What the commands with a key of their own (keys/key-commands.ts) mean here. */
const NAMED: Readonly<Partial<Record<KeyCommandName, LatticeCommand>>> = {
  duplicate: { kind: 'duplicate' },
  selectAll: { kind: 'all' },
  remove: { kind: 'remove' },
  insertBefore: { kind: 'insert', after: false },
  insertAfter: { kind: 'insert', after: true },
  moveLeft: { kind: 'move', to: 'left' },
  moveRight: { kind: 'move', to: 'right' },
  moveFirst: { kind: 'move', to: 'first' },
  moveLast: { kind: 'move', to: 'last' },
  scale: { kind: 'scale' },
  list: { kind: 'list' },
};

/** @param named the command that the key has been given, if any; keys that every grid has are known here */
export function latticeCommand(
  event: PressedKey,
  named: KeyCommandName | null,
  onMac: boolean = isMac,
): LatticeCommand | null {
  if (named !== null) {
    const operator = LAYER_OPERATORS.find((known) => known === named);
    return operator === undefined ? (NAMED[named] ?? null) : { kind: 'operator', operator };
  }
  const { key, altKey, shiftKey } = event;
  if (altKey) return null;
  const command = onMac ? event.metaKey : event.ctrlKey;
  const direction = DIRECTIONS[key];
  if (direction !== undefined)
    return { kind: 'focus', to: direction, mode: command ? 'only' : shiftKey ? 'extend' : 'select' };
  if (command) return key === ' ' ? { kind: 'toggle' } : null;
  if (key === 'Enter') return { kind: 'take' };
  if (key === ' ') return { kind: 'grab' };
  return key === 'Escape' ? { kind: 'cancel' } : null;
}
