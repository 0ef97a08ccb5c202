/** Things tests of the list begin with. */
import { EMPTY_QUERY } from '../../../src-renderer/studies/list-query.ts';
import type { Pressed } from '../../../src-renderer/studies/table-keys.ts';

export const emptyQuery = EMPTY_QUERY;

export const pressed = (key: string, over: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...over,
});
