import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('navigator', { platform: 'Linux x86_64' });
const { chordOf, chordText, isChord, isSingleCharacter } = await import(
  '../../../src-renderer/keys/chord.ts'
);
const { commandIn, keyMapOf, readKeyChoices, refusalOf } = await import(
  '../../../src-renderer/keys/key-choices.ts'
);
const { KEY_COMMAND_NAMES, KEY_COMMANDS } = await import('../../../src-renderer/keys/key-commands.ts');

const none = { code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

describe('chordOf', () => {
  it('is the same key on every keyboard and both kinds of platform', () => {
    expect(chordOf({ ...none, key: 'k', ctrlKey: true }, false)).toBe('Mod+K');
    expect(chordOf({ ...none, key: 'k', metaKey: true }, true)).toBe('Mod+K');
    expect(chordOf({ ...none, key: 'k', ctrlKey: true }, true)).toBe('Ctrl+K');
    expect(chordOf({ ...none, key: 'Z', ctrlKey: true, shiftKey: true }, false)).toBe('Mod+Shift+Z');
    expect(chordOf({ ...none, key: '?', shiftKey: true }, false)).toBe('?');
    expect(chordOf({ ...none, key: '?' }, false)).toBe('?');
    // Option makes letters write something else on macOS.
    expect(chordOf({ ...none, key: '˜', code: 'KeyN', altKey: true, shiftKey: true }, true)).toBe(
      'Alt+Shift+N',
    );
    expect(chordOf({ ...none, key: 'л', code: 'KeyK', ctrlKey: true }, false)).toBe('Mod+K');
    expect(chordOf({ ...none, key: '+', shiftKey: true }, false)).toBe('Plus');
    expect(chordOf({ ...none, key: ' ' }, false)).toBe('Space');
    expect(chordOf({ ...none, key: 'Shift', shiftKey: true }, false)).toBeNull();
    // AltGr 8 writes a bracket on a German keyboard; Windows tells it as Control and Alt.
    const bracket = { ...none, key: '[', code: 'Digit8', ctrlKey: true, altKey: true };
    expect(chordOf({ ...bracket, getModifierState: (name) => name === 'AltGraph' }, false)).toBe('[');
  });

  it('gives what isChord takes and chordText shows', () => {
    for (const name of KEY_COMMAND_NAMES)
      for (const chord of KEY_COMMANDS[name].chords) expect(isChord(chord), chord).toBe(true);
    for (const text of ['', '+', 'Mod', 'mod+K', 'Shift+Mod+K', 'Mod+k', 'Mod+KK', 'Hyper+K', 'K+Mod'])
      expect(isChord(text), text).toBe(false);
    expect(chordText('Mod+Shift+Z', false)).toBe('Ctrl Shift Z');
    expect(chordText('Alt+ArrowLeft', true)).toBe('Option ←');
    expect(['K', 'Shift+R', '[', 'Plus'].every(isSingleCharacter)).toBe(true);
    expect(['Mod+K', 'F2', 'Delete', 'Alt+1'].some(isSingleCharacter)).toBe(false);
  });
});

describe('the list of commands', () => {
  it('gives no key to two commands that could both be meant', () => {
    for (const name of KEY_COMMAND_NAMES)
      for (const chord of KEY_COMMANDS[name].chords)
        expect(refusalOf(name, chord, {}, true), `${name} ${chord}`).toBeNull();
  });
});

describe('refusalOf', () => {
  it('names the command that has the key, and lets views that never meet share one', () => {
    expect(refusalOf('star', 'Mod+K', {}, true)).toEqual({ kind: 'taken', by: 'palette' });
    expect(refusalOf('star', 'T', {}, true)).toEqual({ kind: 'taken', by: 'tag' });
    expect(refusalOf('star', 'K', {}, true)).toBeNull();
    expect(refusalOf('pinLag', 'T', {}, true)).toEqual({ kind: 'taken', by: 'chartTable' });
    expect(refusalOf('palette', 'Z', {}, true)).toEqual({ kind: 'taken', by: 'zero' });
    expect(refusalOf('star', 'T', { tag: 'G' }, true)).toBeNull();
  });

  it('leaves what every list needs, and in a browser what the browser keeps', () => {
    for (const chord of ['Enter', 'Escape', 'ArrowDown', 'Shift+ArrowDown', 'Tab', 'Mod+C'])
      expect(refusalOf('star', chord, {}, false), chord).toEqual({ kind: 'fixed' });
    expect(refusalOf('new', 'Mod+N', {}, true)).toEqual({ kind: 'browser' });
    expect(refusalOf('new', 'Mod+N', {}, false)).toBeNull();
    expect(refusalOf('insertAfter', 'Shift+Insert', {}, true)).toBeNull();
  });
});

describe('readKeyChoices', () => {
  it('keeps what is right and drops the rest', () => {
    for (const data of [undefined, null, 3, 'x', [], { star: 3 }, { star: 'mod k' }, { nothing: 'G' }])
      expect(readKeyChoices(data)).toEqual({});
    expect(readKeyChoices({ star: 'G', tag: null, palette: 'Escape' })).toEqual({ star: 'G', tag: null });
    expect(readKeyChoices({ star: 'T', tag: 'S' })).toEqual({ star: 'T', tag: 'S' });
    expect(readKeyChoices({ star: 'T' })).toEqual({});
  });

  it('never gives one key to two commands, whatever was kept', () => {
    const chords = [...new Set(KEY_COMMAND_NAMES.flatMap((name) => [...KEY_COMMANDS[name].chords]))];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...KEY_COMMAND_NAMES), fc.constantFrom(...chords, 'G', 'x', '')),
        (kept) => {
          const choices = readKeyChoices(kept);
          for (const [name, chord] of Object.entries(choices))
            if (chord !== null) expect(refusalOf(name as 'star', chord as string, choices, false)).toBeNull();
        },
      ),
    );
  });
});

describe('commandIn', () => {
  const press = (key: string, options = {}) =>
    commandIn(keyMapOf({ star: 'G' }), { ...none, key }, ['studies', 'window'], { onMac: false, ...options });

  it('follows the chosen key at once and looks only where the focus is', () => {
    expect(press('g')).toBe('star');
    expect(press('s')).toBeNull();
    expect(press('z')).toBeNull();
    expect(press('?')).toBe('keys');
  });

  it('leaves single letters alone where they are turned off', () => {
    expect(press('g', { areLettersOn: false })).toBeNull();
    expect(press('?', { areLettersOn: false })).toBeNull();
    expect(press('F2', { areLettersOn: false })).toBe('rename');
  });
});
