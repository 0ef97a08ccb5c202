import { describe, expect, it } from 'vitest';
import { commandIn, keyMapOf } from '../../../src-renderer/keys/key-choices.ts';
import { filterInWords, filtersInWords } from '../../../src-renderer/studies/filter-words.ts';
import { withRange, withWords } from '../../../src-renderer/studies/list-query.ts';
import { commandOf } from '../../../src-renderer/studies/table-keys.ts';
import { emptyQuery, pressed } from './given.ts';

/** With the keys as delivered. */
const command = (event: ReturnType<typeof pressed>, at: typeof place) =>
  commandOf(
    event,
    commandIn(keyMapOf({}), { code: '', ...event }, ['studies', 'window'], { onMac: false }),
    at,
  );
const place = { index: 5, total: 12, pageRows: 10 };

describe('commandOf', () => {
  it.each([
    ['ArrowDown', { kind: 'focus', to: 6, isRange: false }],
    ['PageDown', { kind: 'focus', to: 11, isRange: false }],
    ['PageUp', { kind: 'focus', to: 0, isRange: false }],
    ['End', { kind: 'focus', to: 11, isRange: false }],
    [' ', { kind: 'toggle' }],
    ['Enter', { kind: 'enter' }],
    ['Delete', { kind: 'trash' }],
    ['s', { kind: 'star' }],
    ['t', { kind: 'tag' }],
    ['F2', { kind: 'rename' }],
    ['x', null],
    ['Tab', null],
  ])('%s means %j', (key, expected) => {
    expect(command(pressed(key), place)).toEqual(expected);
  });

  it('extends with Shift, and takes letters only without Alt', () => {
    expect(command(pressed('ArrowUp', { shiftKey: true }), place)).toEqual({
      kind: 'focus',
      to: 4,
      isRange: true,
    });
    expect(command(pressed('s', { altKey: true }), place)).toBeNull();
    expect(command(pressed('A', { ctrlKey: true }), place)).toEqual({ kind: 'all' });
    expect(command(pressed('Z', { ctrlKey: true, shiftKey: true }), place)).toEqual({ kind: 'redo' });
    expect(command(pressed('s', { ctrlKey: true }), place)).toBeNull();
  });

  it('moves nowhere in an empty list', () => {
    expect(command(pressed('ArrowDown'), { index: 0, total: 0, pageRows: 5 })).toBeNull();
  });
});

describe('filterInWords', () => {
  it('says what a filter keeps', () => {
    const query = withRange(
      withWords(withWords(emptyQuery, 'mode', ['stacking', 'audit', 'select']), 'corpus', ['Moby-Dick']),
      'rho',
      { least: 0.5, most: null },
    );
    expect(filterInWords(query, 'corpus')).toBe('Corpus: Moby-Dick');
    expect(filterInWords(query, 'mode')).toBe('Mode: adaptive or 2 others');
    expect(filterInWords(query, 'regret')).toBeNull();
    expect(filtersInWords(query)).toBe('Corpus: Moby-Dick, Mode: adaptive or 2 others, ρ at least 0.5');
    expect(filterInWords(withRange(query, 'rho', { least: 0, most: 1 }), 'rho')).toBe('ρ 0 to 1');
  });
});
