/** Every command that has a key, where it works and what the key is unless a person chooses another. One list for all views. */
import { type Chord, isMac } from './chord.ts';

/** Where keys of a command work; `window` and `study` reach into every view. */
export type KeyScope = 'window' | 'study' | 'studies' | 'queue' | 'designer' | 'dynamics' | 'chart';

export interface KeyCommand {
  readonly scopes: readonly KeyScope[];
  /** The first is the one shown. */
  readonly chords: readonly Chord[];
}

const at = (scopes: KeyScope | readonly KeyScope[], ...chords: readonly Chord[]): KeyCommand => ({
  scopes: typeof scopes === 'string' ? [scopes] : scopes,
  chords,
});
const view = (digit: number): KeyCommand => at('study', `${isMac ? 'Ctrl' : 'Alt'}+${digit}`);

/** A browser keeps Ctrl N and Ctrl W for itself: a new study is Alt Shift N there. */
const isInBrowser = (globalThis as { espalierHost?: unknown }).espalierHost === undefined;
const kept = (chord: Chord, inBrowser: Chord): readonly Chord[] =>
  isInBrowser ? [inBrowser] : [chord, inBrowser];

export const KEY_COMMANDS = {
  palette: at('window', 'Mod+K'),
  keys: at('window', '?', 'Mod+/'),
  glossary: at('window', 'F1'),
  new: at('window', ...kept('Mod+N', 'Alt+Shift+N')),
  home: at('window', 'Alt+Shift+H'),
  queue: at('window', 'Alt+Shift+Q'),
  settings: at('window', 'Mod+,'),
  closeTab: at('window', ...kept('Mod+W', 'Alt+Shift+W')),
  nextTab: at('window', 'Alt+PageDown'),
  previousTab: at('window', 'Alt+PageUp'),
  nextPart: at('window', 'F6'),
  previousPart: at('window', 'Shift+F6'),
  undo: at('window', 'Mod+Z'),
  redo: at('window', 'Mod+Shift+Z', 'Mod+Y'),
  saveVersion: at('study', 'Mod+S'),
  start: at('study', 'Mod+Enter'),
  pause: at('study', 'Mod+.'),
  view1: view(1),
  view2: view(2),
  view3: view(3),
  view4: view(4),
  view5: view(5),
  find: at('studies', 'Mod+F'),
  star: at('studies', 'S'),
  tag: at('studies', 'T'),
  selectAll: at(['studies', 'designer'], 'Mod+A'),
  rename: at(['studies', 'designer'], 'F2'),
  remove: at(['studies', 'designer'], 'Delete', 'Backspace'),
  moveUp: at('queue', 'Alt+ArrowUp'),
  moveDown: at('queue', 'Alt+ArrowDown'),
  copy: at('designer', 'C'),
  identity: at('designer', 'I'),
  scaled: at('designer', 'S'),
  average: at('designer', 'A'),
  noisy: at('designer', 'N'),
  random: at('designer', 'R'),
  freshIdentity: at('designer', 'Shift+R'),
  zero: at('designer', 'Z'),
  scale: at('designer', '='),
  duplicate: at('designer', 'Mod+D'),
  insertBefore: at('designer', 'Insert'),
  insertAfter: at('designer', 'Shift+Insert'),
  moveLeft: at('designer', 'Alt+ArrowLeft'),
  moveRight: at('designer', 'Alt+ArrowRight'),
  moveFirst: at('designer', 'Alt+Home'),
  moveLast: at('designer', 'Alt+End'),
  list: at('designer', 'L'),
  lagNumber: at('dynamics', 'K'),
  lagBack: at('dynamics', '['),
  lagForward: at('dynamics', ']'),
  lagFarBack: at('dynamics', '{'),
  lagFarForward: at('dynamics', '}'),
  pinLag: at('dynamics', 'P'),
  holdLive: at('dynamics', 'L'),
  zoomIn: at('chart', 'Plus', '='),
  zoomOut: at('chart', '-'),
  zoomAll: at('chart', '0'),
  chartTable: at('chart', 'T'),
} as const satisfies Record<string, KeyCommand>;

export type KeyCommandName = keyof typeof KEY_COMMANDS;
export const KEY_COMMAND_NAMES = Object.keys(KEY_COMMANDS) as readonly KeyCommandName[];
