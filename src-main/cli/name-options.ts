/** Flags that take names. */
import { EspalierError } from '../contract/errors.ts';

/** Parser of a flag that takes names separated by commas; a name with a comma stands in double quotes. */
export function nameList(flag: string): (text: string) => string[] {
  return (text) => {
    const words = (text.match(/(?:"[^"]*"|[^,])+|(?<=,|^)(?=,|$)/g) ?? ['']).map((word) =>
      word.trim().replace(/^"(.*)"$/, '$1'),
    );
    if (words.every((word) => word.trim() !== '')) return words;
    throw wrong(flag, text, 'names separated by commas');
  };
}

/** Parser of a flag that takes one name. */
export function oneName(flag: string): (text: string) => string {
  return (text) => {
    if (text.trim() !== '' && text.length <= 200 && !/\p{Cc}/u.test(text)) return text.trim();
    throw wrong(flag, text, 'a name of 1 to 200 characters on one line');
  };
}

/** Parser of a flag that may be given several times as `name=a,b,c`. */
export function namedList(
  flag: string,
): (text: string, before: readonly NamedList[] | undefined) => NamedList[] {
  return (text, before) => {
    const at = text.indexOf('=');
    const name = text.slice(0, Math.max(0, at)).trim();
    if (at < 0 || name === '') throw wrong(flag, text, 'a new name, =, and names separated by commas');
    const of = nameList(flag)(text.slice(at + 1));
    if (of.length < 2) throw wrong(flag, text, 'a mean of at least two columns, such as mean=a,b');
    return [...(before ?? []), { name, of }];
  };
}

export interface NamedList {
  readonly name: string;
  readonly of: string[];
}

function wrong(flag: string, text: string, allowed: string): EspalierError {
  const message = `is ${JSON.stringify(text.slice(0, 60))}; it must be ${allowed}`;
  return new EspalierError('bad-input', `${flag} ${message}`, { problems: [{ at: flag, message }] });
}
