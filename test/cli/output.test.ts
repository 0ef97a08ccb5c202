import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { commandToRepeat } from '../../src-main/cli/command-context.ts';
import { Output } from '../../src-main/cli/output.ts';

const terminal = { isTTY: true } as NodeJS.WriteStream;
const pipe = { isTTY: undefined } as unknown as NodeJS.WriteStream;

afterEach(() => vi.unstubAllEnvs());

describe('Output', () => {
  it('colours on a terminal only, and never against NO_COLOR, --no-color or a dumb terminal', () => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
    const output = new Output({ json: false, color: true });
    expect(output.styled('bold', 'a', terminal)).toBe('\u001b[1ma\u001b[22m');
    expect(output.styled('bold', 'a', pipe)).toBe('a');
    expect(new Output({ json: false, color: false }).styled('bold', 'a', terminal)).toBe('a');
    vi.stubEnv('NO_COLOR', '1');
    expect(output.styled('bold', 'a', terminal)).toBe('a');
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'dumb');
    expect(output.styled('bold', 'a', terminal)).toBe('a');
  });

  it('aligns text to the left and numbers to the right, without trailing blanks', () => {
    const lines = new Output({ json: false, color: false }).table({
      header: ['name', 'loss', ''],
      rows: [
        ['a', '1.5', 'chosen'],
        ['longer', '10.25', ''],
      ],
      textColumns: 1,
      marked: 0,
    });
    expect(lines).toEqual(['name     loss', 'a         1.5  chosen', 'longer  10.25']);
  });
});

describe('commandToRepeat', () => {
  it('quotes what a shell would change', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }), (words) => {
        const quoted = commandToRepeat(words, undefined).slice('espalier'.length);
        // A reader of the two quoting forms, written the other way round.
        const read = [...quoted.matchAll(/ ((?:[\w@%+=:,./-]|'[^']*'|\\')*)/g)].map(([, word]) =>
          word!.replace(/'([^']*)'|\\'/g, (_, inside: string | undefined) => inside ?? "'"),
        );
        expect(read).toEqual(words);
      }),
    );
    expect(commandToRepeat(['study', 'resume', 'ab'], '/my home')).toBe(
      "espalier study resume ab --home '/my home'",
    );
  });
});
