/** Text of a file that is to become a corpus; what cannot be one is refused before it is sent. */
import { EspalierError } from '../../src-main/contract/errors.ts';
import { MAX_CORPUS_CHARACTERS } from '../../src-main/contract/window/setup.ts';

export const CORPUS_FILE_ENDINGS = ['txt', 'md', 'jsonl'] as const;
const HINT = 'A corpus is UTF-8 text: a .txt, .md or .jsonl file.';

export const isCorpusName = (name: string): boolean =>
  CORPUS_FILE_ENDINGS.some((ending) => name.toLowerCase().endsWith(`.${ending}`));

/** @throws EspalierError `bad-input` naming the file and what it must be */
export async function corpusText(file: Pick<File, 'name' | 'size' | 'arrayBuffer'>): Promise<string> {
  const refuse = (reason: string, hint = HINT): never => {
    throw new EspalierError('bad-input', `${file.name}: ${reason}`, { hint });
  };
  if (!isCorpusName(file.name)) refuse('is not a text that a model can learn from here');
  if (file.size === 0) refuse('is empty');
  // No character of UTF-8 text takes less than a byte, or more than three of a UTF-16 unit.
  if (file.size > 3 * MAX_CORPUS_CHARACTERS)
    refuse(
      `has ${file.size} bytes; that is too much to go through the window`,
      'Name it by its path in the study file: corpus: { path: … }.',
    );
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    return text.includes('\0') ? refuse('is a binary file') : text;
  } catch (error) {
    if (error instanceof EspalierError) throw error;
    return refuse('is not UTF-8 text');
  }
}
