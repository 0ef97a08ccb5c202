/** What a key means in the lattice. Pure: the component carries it out. */
import { isMac } from '../app/shortcuts.ts';
import { type LayerOperator, operatorOfKey } from './layer-operators.ts';

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

export function latticeCommand(event: PressedKey, onMac: boolean = isMac): LatticeCommand | null {
  const { key, altKey, shiftKey } = event;
  const command = onMac ? event.metaKey : event.ctrlKey;
  const direction = DIRECTIONS[key];
  if (direction !== undefined) {
    if (altKey) return direction === 'up' || direction === 'down' ? null : { kind: 'move', to: direction };
    return { kind: 'focus', to: direction, mode: command ? 'only' : shiftKey ? 'extend' : 'select' };
  }
  if (altKey) return null;
  if (command) {
    if (key === ' ') return { kind: 'toggle' };
    if (key.toLowerCase() === 'd') return { kind: 'duplicate' };
    if (key.toLowerCase() === 'a') return { kind: 'all' };
    return null;
  }
  switch (key) {
    case 'Enter':
      return { kind: 'take' };
    case ' ':
      return { kind: 'grab' };
    case 'Delete':
    case 'Backspace':
      return { kind: 'remove' };
    case 'Insert':
      return { kind: 'insert', after: shiftKey };
    case 'Escape':
      return { kind: 'cancel' };
    case '=':
      return { kind: 'scale' };
    case 'l':
      return { kind: 'list' };
    default: {
      const operator = operatorOfKey(key, shiftKey);
      return operator === null ? null : { kind: 'operator', operator };
    }
  }
}
