/** The keys in force now: the list with what the person has chosen, kept with the preferences. */
import { computed, watch } from 'vue';
import { prefer, preferences } from '../settings/preferences.ts';
import { type Chord, chordText, isSingleCharacter, type PressedKey } from './chord.ts';
import { commandIn, type KeyChoices, type KeyRefusal, keyMapOf, refusalOf } from './key-choices.ts';
import type { KeyCommandName, KeyScope } from './key-commands.ts';

const map = computed(() => keyMapOf(preferences.value.keys as KeyChoices));
/** In Electron's window every key arrives. */
const isInBrowser = (): boolean => window.espalierHost === undefined;

export const isTextField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.matches(
    'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"], [contenteditable="true"] *',
  );

/** The command that a key press means in these scopes. A text field keeps the characters that it writes. */
export function pressedCommand(
  event: PressedKey & { readonly target?: EventTarget | null },
  ...scopes: readonly KeyScope[]
): KeyCommandName | null {
  const name = commandIn(map.value, event, scopes, { areLettersOn: preferences.value.singleLetters });
  if (name === null || !isTextField(event.target ?? null)) return name;
  return event.ctrlKey || event.metaKey || event.altKey || /^F\d/.test(event.key) ? name : null;
}

/** The key of a command as it is shown: `Ctrl K`; empty where it has none. */
export function keyText(name: KeyCommandName): string {
  const [chord] = map.value[name];
  return chord === undefined || !isInForce(chord) ? '' : chordText(chord);
}
/** Every key of a command as shown. */
export const keyTexts = (name: KeyCommandName): readonly string[] =>
  map.value[name].filter(isInForce).map((chord) => chordText(chord));

const isInForce = (chord: Chord): boolean => preferences.value.singleLetters || !isSingleCharacter(chord);

/** `Undo (Ctrl Z)`, for a tooltip. */
export function withKey(text: string, name: KeyCommandName): string {
  const key = keyText(name);
  return key === '' ? text : `${text} (${key})`;
}

/** Commands of the desktop program's menu. */
const IN_MENU = ['new', 'home', 'settings', 'queue', 'keys', 'palette'] as const;
/** The menu shows the keys that are in force. Called once, by the frame of the window. */
export function showKeysInMenu(): void {
  watch(
    map,
    (now) =>
      window.espalierHost?.showKeys(
        Object.fromEntries(
          IN_MENU.map((name) => [name, now[name].find((chord) => !isSingleCharacter(chord)) ?? null]),
        ),
      ),
    { immediate: true },
  );
}

export const isKeyChosen = (name: KeyCommandName): boolean => preferences.value.keys[name] !== undefined;

/** Makes the chord the key of the command, at once. @returns why not, or null */
export function chooseKey(name: KeyCommandName, chord: Chord): KeyRefusal | null {
  const refusal = refusalOf(name, chord, preferences.value.keys as KeyChoices, isInBrowser());
  if (refusal === null) prefer({ keys: { ...preferences.value.keys, [name]: chord } });
  return refusal;
}
/** @returns the command that has taken the key meanwhile, or null */
export function resetKey(name: KeyCommandName): KeyRefusal | null {
  const { [name]: _, ...rest } = preferences.value.keys;
  for (const chord of keyMapOf({})[name]) {
    const refusal = refusalOf(name, chord, rest as KeyChoices, false);
    if (refusal !== null) return refusal;
  }
  prefer({ keys: rest });
  return null;
}
export function resetKeys(): void {
  prefer({ keys: {} });
}
