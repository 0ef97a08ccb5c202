/** What every command gets: where to print, and the home folder the user named. */
import type { Output } from './output.ts';

export interface CommandContext {
  readonly output: Output;
  /** Value of `--home`, if given. */
  readonly home: string | undefined;
}

/** The context exists only once the arguments are parsed, hence a function. */
export type ContextOf = () => CommandContext;

/** A command line to copy, with the home folder of this one. */
export function commandToRepeat(words: readonly string[], home: string | undefined): string {
  const all = ['espalier', ...words, ...(home === undefined ? [] : ['--home', home])];
  return all
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
