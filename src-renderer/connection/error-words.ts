/** What went wrong, for a person. */
import type { ErrorProblem } from '../../src-main/contract/errors.ts';
import { messageOf } from '../../src-main/contract/errors.ts';
import { fromWireError } from '../../src-main/contract/window/wire-errors.ts';
import { CONNECTION_WORDS } from '../words/shell.ts';
import { connectionState } from './client.ts';

export interface ErrorWords {
  readonly code: string;
  readonly sentence: string;
  readonly hint: string | null;
  readonly problems: readonly ErrorProblem[];
}

export function errorInWords(error: unknown): ErrorWords {
  const known = fromWireError(error);
  if (known)
    return { code: known.code, sentence: known.message, hint: known.hint ?? null, problems: known.problems };
  const isLost = connectionState.value !== 'connected';
  return {
    code: isLost ? 'connection' : 'failed',
    sentence: messageOf(error),
    hint: isLost ? CONNECTION_WORDS.hint : null,
    problems: [],
  };
}
