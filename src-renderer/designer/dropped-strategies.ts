/** Strategies out of files that a person dropped or chose. All of them are read, or none is taken. */
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { Pool } from '../../src-main/contract/pool.ts';
import { type ChosenFile, yamlFileText } from '../app/study-file-text.ts';
import { readStrategies, STRATEGIES_HINT } from './pasted-strategies.ts';
import type { Member } from './pool-document.ts';

/** As the schema of a pool has it. */
export const MOST_STRATEGIES = 200;
const MOST_FILES = 20;

/** @throws EspalierError `bad-input` naming the file and what is wrong with it */
export const strategyFileText = (file: ChosenFile): Promise<string> =>
  yamlFileText(file, 'strategy file', STRATEGIES_HINT);

/**
 * @param pools pools by name, for study files that name one
 * @throws EspalierError `bad-input` naming the file and what is wrong with it
 */
export async function readStrategyFiles(
  files: readonly ChosenFile[],
  pools: readonly Pool[],
): Promise<Member[]> {
  if (files.length > MOST_FILES)
    throw new EspalierError('bad-input', `These are ${files.length} files; at most ${MOST_FILES} at once.`);
  const members: Member[] = [];
  for (const file of files) {
    const text = await strategyFileText(file);
    try {
      members.push(...readStrategies(text, pools));
    } catch (error) {
      if (!(error instanceof EspalierError)) throw error;
      throw new EspalierError('bad-input', `${file.name}: ${error.message}`, {
        hint: error.hint ?? STRATEGIES_HINT,
        cause: error,
      });
    }
  }
  return members;
}

/** @throws EspalierError `bad-input` where a pool of `count` strategies has no room for so many more */
export function expectRoom(count: number, added: number): void {
  if (count + added > MOST_STRATEGIES)
    throw new EspalierError(
      'bad-input',
      `The pool would have ${count + added} strategies; at most ${MOST_STRATEGIES} are allowed.`,
      { hint: 'Nothing was added. Remove strategies first, or add fewer.' },
    );
}
