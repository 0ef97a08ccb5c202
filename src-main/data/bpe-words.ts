/**
 * Cutting text into the words that byte-pair encoding never merges across, in the manner of GPT-2 (Radford et
 * al. 2019, §2.2): letters, digits, punctuation and white space apart, one leading space belonging to the word.
 *
 * The classes are fixed ranges instead of Unicode properties, whose tables grow with every runtime: the same text
 * must give the same tokens for ever. Words end after 48 characters, so that base64 or text without spaces costs
 * no more than prose.
 */
const LETTERS = 'A-Za-z\\u0080-\\u1fff\\u2070-\\u{10ffff}';
const PUNCTUATION = '!-\\/:-@\\[-`{-~\\u2000-\\u206f';
const SPACE = '\\u0000-\\u0020\\u007f';

const WORD = new RegExp(
  [
    ` ?[${LETTERS}]{1,48}`,
    ` ?[0-9]{1,48}`,
    ` ?[${PUNCTUATION}]{1,48}`,
    // White space leaves its last character to the word that follows.
    `[${SPACE}]{1,48}(?![^${SPACE}])`,
    `[${SPACE}]{1,48}`,
  ].join('|'),
  'gu',
);

/** Most UTF-8 bytes a word can have: 48 characters of 4 bytes and the leading space. */
export const MAX_WORD_BYTES = 48 * 4 + 1;

/** The words of a text in order; joined they are the text. */
export function* bpeWords(text: string): Generator<string> {
  for (const match of text.matchAll(WORD)) yield match[0];
}
