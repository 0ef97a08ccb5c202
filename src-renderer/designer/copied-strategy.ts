/** A study file with one more strategy in its pool: what copying a strategy to another study does to its text. Pure. */
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { Pool } from '../../src-main/contract/pool.ts';
import { EditedText } from '../draft/edited-text.ts';
import { expectRoom } from './dropped-strategies.ts';
import { poolOf } from './pool-cards.ts';
import { addMembers, freeName, type Member } from './pool-document.ts';

/** A strategy as it goes to another study: by name where its preset is meant, written out where the name is taken. */
export interface CopiedStrategy {
  readonly member: Member;
  readonly writtenOut: Exclude<Member, string>;
}

/**
 * The text of a study file with the strategy at the end of its pool, and the name it has there.
 * @throws EspalierError `bad-input` where the file is not valid or its pool is full or unknown
 */
export function withStrategy(
  text: string,
  { member, writtenOut }: CopiedStrategy,
  pools: readonly Pool[],
): { readonly text: string; readonly name: string } {
  const edited = new EditedText();
  const read = edited.read(text);
  const pool = 'value' in read ? poolOf(read.value, pools) : null;
  if (!pool)
    throw new EspalierError(
      'bad-input',
      'The other study file has problems, so nothing was copied into it.',
      {
        hint: 'Solve them in its Setup first.',
      },
    );
  expectRoom(pool.strategies.length, 1);
  const taken = new Set(
    [...pool.strategies, ...pool.controls].map((one) => (typeof one === 'string' ? one : one.name)),
  );
  const name = freeName(writtenOut.name, taken);
  const added = name === writtenOut.name ? member : { ...writtenOut, name };
  const next = edited.edit(text, (document) => addMembers(document, pool, 'strategies', [added]));
  return { text: next ?? text, name };
}
