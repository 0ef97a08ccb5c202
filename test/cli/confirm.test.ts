import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { confirm } from '../../src-main/cli/confirm.ts';

/** The answer to what is typed, and what was written. */
async function answer(typed: string): Promise<[isYes: boolean, written: string]> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const asked = confirm('Remove it?', input, output);
  input.end(typed);
  return [await asked, String(output.read())];
}

describe('confirm', () => {
  it.each([
    ['y\n', true],
    ['YES \n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
  ])('takes %j as %s', async (typed, isYes) => {
    expect(await answer(typed)).toEqual([isYes, 'Remove it? [y/N] ']);
  });

  it('takes the end of the input as a no, and ends the line', async () => {
    expect(await answer('')).toEqual([false, 'Remove it? [y/N] \n']);
  });
});
