/** Copies a strategy into the pool of another draft: one undo step there. */
import type { Pool } from '../../src-main/contract/pool.ts';
import { service } from '../connection/client.ts';
import { DESIGNER_WORDS as words } from '../words/designer.ts';
import { type CopiedStrategy, withStrategy } from './copied-strategy.ts';

/**
 * @returns the name it has there
 * @throws EspalierError as `withStrategy`, and `refused` where the draft was edited meanwhile
 */
export async function copyToDraft(
  id: string,
  strategy: CopiedStrategy,
  pools: readonly Pool[],
): Promise<string> {
  const draft = await service.drafts.get({ id });
  const { text, name } = withStrategy(draft.text, strategy, pools);
  await service.drafts.edit({ id, version: draft.version, label: words.edits.add([name]), text });
  return name;
}
