/** Keys that a person has chosen, checked against each other and against keys that must stay what they are. Pure. */
import { type Chord, chordOf, isChord, isSingleCharacter, type PressedKey } from './chord.ts';
import { KEY_COMMAND_NAMES, KEY_COMMANDS, type KeyCommandName, type KeyScope } from './key-commands.ts';

/** What differs from the list; null takes the key away. */
export type KeyChoices = Readonly<Partial<Record<KeyCommandName, Chord | null>>>;

export type KeyMap = Readonly<Record<KeyCommandName, readonly Chord[]>>;

/** Why a chord cannot be the key of a command. */
export type KeyRefusal =
  | { readonly kind: 'taken'; readonly by: KeyCommandName }
  /** Grids, menus and fields need it. */
  | { readonly kind: 'fixed' }
  /** It never reaches a page. */
  | { readonly kind: 'browser' };

/** What moves, chooses, opens and leaves in every list, menu and field. */
const FIXED = /^(Shift\+|Mod\+)?(Enter|Escape|Tab|Space|Home|End|PageUp|PageDown|Arrow\w+)$|^Mod\+[CXV]$/;
const OF_BROWSERS = /^Mod\+(Shift\+)?[NTW]$|^Ctrl\+(Shift\+)?Tab$|^Alt\+F4$|^F(11|12)$|^Mod\+Q$/;
const EVERYWHERE: readonly KeyScope[] = ['window', 'study'];

const scopesOf = (name: KeyCommandName): readonly KeyScope[] => KEY_COMMANDS[name].scopes;

/** Whether both can be meant by one key press. */
function doMeet(one: KeyCommandName, other: KeyCommandName): boolean {
  const isWide = (name: KeyCommandName): boolean =>
    scopesOf(name).some((scope) => EVERYWHERE.includes(scope));
  if (isWide(one) || isWide(other)) return true;
  const reached = (name: KeyCommandName): readonly KeyScope[] =>
    scopesOf(name).flatMap((scope) => (scope === 'chart' ? ['chart', 'dynamics'] : [scope]));
  return reached(one).some((scope) => reached(other).includes(scope));
}

/** Keys of every command as they are now. */
export function keyMapOf(choices: KeyChoices): KeyMap {
  return Object.fromEntries(
    KEY_COMMAND_NAMES.map((name) => {
      const chosen = choices[name];
      return [name, chosen === undefined ? KEY_COMMANDS[name].chords : chosen === null ? [] : [chosen]];
    }),
  ) as unknown as KeyMap;
}

/** @returns null where the chord can be the key of the command */
export function refusalOf(
  name: KeyCommandName,
  chord: Chord,
  choices: KeyChoices,
  isInBrowser: boolean,
): KeyRefusal | null {
  if (KEY_COMMANDS[name].chords.includes(chord as never)) return takenBy(name, chord, choices);
  if (FIXED.test(chord)) return { kind: 'fixed' };
  if (isInBrowser && OF_BROWSERS.test(chord)) return { kind: 'browser' };
  return takenBy(name, chord, choices);
}

function takenBy(name: KeyCommandName, chord: Chord, choices: KeyChoices): KeyRefusal | null {
  const map = keyMapOf(choices);
  const by = KEY_COMMAND_NAMES.find(
    (other) => other !== name && map[other].includes(chord) && doMeet(name, other),
  );
  return by === undefined ? null : { kind: 'taken', by };
}

/** What was kept before; whatever is no chord, belongs to no command or is refused falls back to the list. */
export function readKeyChoices(data: unknown): KeyChoices {
  if (typeof data !== 'object' || data === null) return {};
  let choices: KeyChoices = {};
  for (const [key, value] of Object.entries(data)) {
    const name = KEY_COMMAND_NAMES.find((known) => known === key);
    if (name === undefined) continue;
    if (value === null) choices = { ...choices, [name]: null };
    else if (typeof value === 'string' && isChord(value)) choices = { ...choices, [name]: value };
  }
  // Two that were swapped are right together only, and one that is dropped gets its old key back, which another may
  // have by now: looked at as a whole until nothing is refused.
  for (;;) {
    const refused = KEY_COMMAND_NAMES.find((name) => {
      const chord = choices[name];
      return typeof chord === 'string' && refusalOf(name, chord, choices, false) !== null;
    });
    if (refused === undefined) return choices;
    const { [refused]: _, ...rest } = choices;
    choices = rest;
  }
}

/** The command a key press means in these scopes; null for none. */
export function commandIn(
  map: KeyMap,
  event: PressedKey,
  scopes: readonly KeyScope[],
  options: { readonly areLettersOn?: boolean; readonly onMac?: boolean } = {},
): KeyCommandName | null {
  const chord = chordOf(event, options.onMac);
  if (chord === null || (options.areLettersOn === false && isSingleCharacter(chord))) return null;
  return (
    KEY_COMMAND_NAMES.find(
      (name) => map[name].includes(chord) && scopesOf(name).some((scope) => scopes.includes(scope)),
    ) ?? null
  );
}
