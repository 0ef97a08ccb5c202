/**
 * A key with its modifiers as text: `Mod+Shift+Z`, `Alt+1`, `?`, `F2`. `Mod` is Control, and Command on macOS; `Ctrl` is
 * Control on macOS, where it is another key. Pure but for the platform asked once.
 */
export type Chord = string;

export type PressedKey = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'
> & {
  readonly getModifierState?: (name: string) => boolean;
};

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const MODIFIERS = ['Mod', 'Ctrl', 'Alt', 'Shift'] as const;
const NAMED =
  /^(Enter|Escape|Tab|Space|Plus|Backspace|Delete|Insert|Home|End|PageUp|PageDown|Arrow(Left|Right|Up|Down)|F([1-9]|1\d|2[0-4]))$/;
const MODIFIER_KEYS = new Set(['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead', 'Process']);

/** The letter or digit that is engraved on the key, where there is one. */
const engraved = (code: string): string | null => /^(?:Key|Digit)(.)$/.exec(code)?.[1] ?? null;

/** Letters by what they write; by their place where Alt or another script makes them write something else. */
function keyOf({ key, code }: PressedKey, isByPlace: boolean): string {
  if (key === ' ') return 'Space';
  if (key === '+') return 'Plus';
  if (key.length > 1) return key;
  const isLatin = /^[\x21-\x7e]$/.test(key);
  return (isByPlace || !isLatin ? engraved(code) : null) ?? key.toUpperCase();
}

/** Null while only modifiers are held. */
export function chordOf(event: PressedKey, onMac: boolean = isMac): Chord | null {
  if (MODIFIER_KEYS.has(event.key)) return null;
  // AltGr writes a character; that Windows reports it as Control and Alt means nothing.
  const isWriting = event.getModifierState?.('AltGraph') === true && event.key.length === 1;
  const isAlt = event.altKey && !isWriting;
  const key = keyOf(event, isAlt);
  // Which characters need Shift differs by keyboard: the character says enough.
  const isCharacter = key.length === 1 && !/[A-Z0-9]/.test(key);
  const held = {
    Mod: !isWriting && (onMac ? event.metaKey : event.ctrlKey),
    Ctrl: onMac && event.ctrlKey,
    Alt: isAlt,
    Shift: event.shiftKey && !isCharacter && key !== 'Plus',
  };
  return [...MODIFIERS.filter((modifier) => held[modifier]), key].join('+');
}

/** Whether the text can be a chord: known modifiers in their order, then one key. */
export function isChord(text: string): boolean {
  const parts = text.split('+');
  const key = parts.pop() ?? '';
  const order = parts.map((part) => (MODIFIERS as readonly string[]).indexOf(part));
  const isOrdered = order.every((place, index) => place >= 0 && place > (order[index - 1] ?? -1));
  return isOrdered && (NAMED.test(key) || (/^[\x21-\x7e]$/.test(key) && key === key.toUpperCase()));
}

/** One character without Control, Command or Alt: what a text field would write. */
export const isSingleCharacter = (chord: Chord): boolean => /^(Shift\+)?(.|Plus)$/.test(chord);

const SHOWN: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Plus: '+',
  Delete: 'Del',
};

/** `Ctrl K`, `Option ←`, `Cmd Shift Z`. */
export function chordText(chord: Chord, onMac: boolean = isMac): string {
  return chord
    .split('+')
    .map((part) => {
      if (part === 'Mod') return onMac ? 'Cmd' : 'Ctrl';
      if (part === 'Alt') return onMac ? 'Option' : 'Alt';
      return SHOWN[part] ?? part;
    })
    .join(' ');
}
