/** The keys of the window, by name, for Windows and Linux and for macOS. Pure but for the platform asked once. */

export type ShortcutName =
  | 'palette'
  | 'keys'
  | 'new'
  | 'settings'
  | 'undo'
  | 'redo'
  | 'start'
  | 'pause'
  | 'view1'
  | 'view2'
  | 'view3'
  | 'view4'
  | 'view5'
  | 'home';

interface Chord {
  /** Control, and Command on macOS. */
  readonly command?: true;
  readonly alt?: true;
  /** `any` where the key itself says whether Shift is needed, which differs by keyboard. */
  readonly shift?: true | 'any';
  /** Control on macOS too. */
  readonly control?: true;
  /** As KeyboardEvent.key, in small letters, or KeyboardEvent.code for digits. */
  readonly key: string;
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const view = (digit: number): readonly Chord[] => [
  { key: `Digit${digit}`, ...(isMac ? { control: true } : { alt: true }) },
];

/** The first is the one shown. A browser keeps Ctrl N for itself: a new study is Alt Shift N. */
export const SHORTCUTS: Readonly<Record<ShortcutName, readonly Chord[]>> = {
  palette: [{ command: true, key: 'k' }],
  keys: [{ shift: 'any', key: '?' }],
  new: [{ alt: true, shift: true, key: 'KeyN' }],
  settings: [{ command: true, key: ',' }],
  home: [{ alt: true, shift: true, key: 'KeyH' }],
  undo: [{ command: true, key: 'z' }],
  redo: [
    { command: true, shift: true, key: 'z' },
    { command: true, key: 'y' },
  ],
  start: [{ command: true, key: 'enter' }],
  pause: [{ command: true, key: '.' }],
  view1: view(1),
  view2: view(2),
  view3: view(3),
  view4: view(4),
  view5: view(5),
};

type PressedKey = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

function isPressed(chord: Chord, event: PressedKey, onMac: boolean): boolean {
  const command = onMac ? event.metaKey : event.ctrlKey;
  const control = onMac ? event.ctrlKey : false;
  return (
    (event.code === chord.key || event.key.toLowerCase() === chord.key) &&
    command === (chord.command ?? false) &&
    control === (chord.control ?? false) &&
    event.altKey === (chord.alt ?? false) &&
    (chord.shift === 'any' || event.shiftKey === (chord.shift ?? false))
  );
}

export function shortcutOf(event: PressedKey, onMac: boolean = isMac): ShortcutName | null {
  for (const [name, chords] of Object.entries(SHORTCUTS))
    if (chords.some((chord) => isPressed(chord, event, onMac))) return name as ShortcutName;
  return null;
}

const KEY_NAMES: Readonly<Record<string, string>> = { enter: 'Enter', '.': '.', ',': ',', '?': '?' };

/** `Ctrl K`, `Alt 1`, `Cmd Shift Z`. */
export function shortcutText(name: ShortcutName): string {
  const [chord] = SHORTCUTS[name];
  if (!chord) return '';
  const key = KEY_NAMES[chord.key] ?? chord.key.replace(/^(Key|Digit)/, '').toUpperCase();
  return [
    chord.command ? (isMac ? 'Cmd' : 'Ctrl') : null,
    chord.control ? 'Ctrl' : null,
    chord.alt ? (isMac ? 'Option' : 'Alt') : null,
    chord.shift === true ? 'Shift' : null,
    key,
  ]
    .filter((part) => part !== null)
    .join(' ');
}
