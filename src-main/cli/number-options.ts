/** Values of flags, checked where they enter: a wrong one is refused naming flag, value and what is allowed. */
import { EspalierError } from '../contract/errors.ts';

/** Parser of a flag that takes a whole number from `least` to `most`. */
export function wholeNumber(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,17}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw wrongValue(flag, text, `a whole number from ${least} to ${most}`);
  };
}

/** Parser of a flag that takes a number from `least` to `most`. */
export function realNumber(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw wrongValue(flag, text, `a number from ${least} to ${most}`);
  };
}

/** Parser of a flag that takes one of a few words. */
export function oneOf<const Choice extends string>(
  flag: string,
  choices: readonly Choice[],
): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((known) => known === text);
    if (choice !== undefined) return choice;
    throw wrongValue(flag, text, `one of ${choices.join(', ')}`);
  };
}

/** Parser of a flag that takes a path. A value that looks like a flag is a forgotten value. */
export function pathValue(flag: string): (text: string) => string {
  return (text) => {
    if (text.trim() !== '' && !text.includes('\0') && !text.startsWith('-')) return text;
    throw wrongValue(flag, text, 'a path (written ./-name if its name begins with a dash)');
  };
}

function wrongValue(flag: string, value: string, allowed: string): EspalierError {
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  const message = `is ${JSON.stringify(shown)}; it must be ${allowed}`;
  return new EspalierError('bad-input', `${flag} ${message}`, { problems: [{ at: flag, message }] });
}
