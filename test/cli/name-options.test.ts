import { describe, expect, it } from 'vitest';
import { namedList, nameList, oneName } from '../../src-main/cli/name-options.ts';

describe('nameList', () => {
  it.each([
    ['a', ['a']],
    ['a, b ,c', ['a', 'b', 'c']],
    ['"acc,none",ppl', ['acc,none', 'ppl']],
    ['wiki/bits_per_byte,T&B', ['wiki/bits_per_byte', 'T&B']],
  ])('reads %s', (text, names) => {
    expect(nameList('--x')(text)).toEqual(names);
  });

  it.each(['', ',', 'a,', ',a', 'a,,b', ' '])('refuses %j', (text) => {
    expect(() => nameList('--x')(text)).toThrow(/--x is .*; it must be names separated by commas/);
  });
});

describe('namedList', () => {
  it('collects one list for each time the flag is given', () => {
    const parse = namedList('--mean-of');
    expect(parse('n=c,d', parse('m = a,b', undefined))).toEqual([
      { name: 'm', of: ['a', 'b'] },
      { name: 'n', of: ['c', 'd'] },
    ]);
  });

  it.each(['a,b', '=a,b', 'm=', 'm=a'])('refuses %j', (text) => {
    expect(() => namedList('--mean-of')(text, undefined)).toThrow(/--mean-of is/);
  });
});

describe('oneName', () => {
  it('trims, and refuses nothing and line breaks', () => {
    expect(oneName('--x')(' a b ')).toBe('a b');
    for (const text of ['', '  ', 'a\nb', 'x'.repeat(201)])
      expect(() => oneName('--x')(text)).toThrow(/--x is/);
  });
});
