import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneOf, pathValue, realNumber, wholeNumber } from '../../src-main/cli/number-options.ts';

/** The message with which a parser refuses. */
function refusal(parse: (text: string) => unknown, text: string): string {
  try {
    parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(text)} was taken`);
}

describe('wholeNumber', () => {
  it('takes exactly the whole numbers in range', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), fc.nat(100), (value, least, span) => {
        const parse = wholeNumber('--n', least, least + span);
        if (value >= least && value <= least + span) expect(parse(String(value))).toBe(value);
        else expect(refusal(parse, String(value))).toContain(`from ${least} to ${least + span}`);
      }),
    );
  });

  it.each(['', ' ', '1 ', '1.0', '1e1', '0x1', '+1', '١', 'NaN', 'Infinity', '1'.repeat(400)])(
    'refuses %j, naming the flag',
    (text) => expect(refusal(wholeNumber('--n', 0, 99), text)).toMatch(/^--n is "/),
  );
});

describe('realNumber', () => {
  it('takes decimals and exponents in range', () => {
    const parse = realNumber('--r', 0.25, 16);
    expect(['0.25', '4', '1e1', '2.5e-1'].map(parse)).toEqual([0.25, 4, 10, 0.25]);
  });

  it.each(['', '0.2', '16.01', '1e308', '1e999', '.5', '5.', 'NaN', '0x10', '-1'])('refuses %j', (text) =>
    expect(refusal(realNumber('--r', 0.25, 16), text)).toContain('a number from 0.25 to 16'),
  );
});

describe('oneOf', () => {
  it('takes the choices and nothing that merely exists on objects', () => {
    const parse = oneOf('--d', ['cpu', 'cuda']);
    expect(parse('cuda')).toBe('cuda');
    for (const text of ['', 'CPU', 'toString', '__proto__', 'constructor', '0'])
      expect(refusal(parse, text)).toBe(`--d is ${JSON.stringify(text)}; it must be one of cpu, cuda`);
  });
});

describe('pathValue', () => {
  it('refuses blanks, NUL bytes and forgotten values', () => {
    const parse = pathValue('--out');
    expect(parse('./-odd')).toBe('./-odd');
    for (const text of ['', '  ', 'a\0b', '--json']) expect(refusal(parse, text)).toContain('--out is ');
  });
});
