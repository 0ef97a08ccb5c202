/** Drafts for the window. */
import { implement } from '@orpc/server';
import { draftsContract } from '../../contract/window/drafts.ts';
import { changesOf } from './changes.ts';
import type { WindowContext } from './context.ts';

/** At most this often, in milliseconds, does a watcher hear of changes. */
const LEAST_INTERVAL = 50;

export function draftsRouter({ drafts }: WindowContext) {
  const router = implement(draftsContract);
  return {
    list: router.list.handler(() => drafts.list()),
    watchList: router.watchList.handler(async function* ({ signal }) {
      yield drafts.list();
      for await (const _ of changesOf((listener) => drafts.onChange(listener), LEAST_INTERVAL, signal))
        yield drafts.list();
    }),
    create: router.create.handler(({ input }) => drafts.create(input.text)),
    get: router.get.handler(({ input }) => drafts.get(input.id)),
    watch: router.watch.handler(async function* ({ input, signal }) {
      yield drafts.get(input.id);
      const subscribe = (listener: () => void) =>
        drafts.onChange((id) => {
          if (id === input.id) listener();
        });
      for await (const _ of changesOf(subscribe, LEAST_INTERVAL, signal)) yield drafts.get(input.id);
    }),
    edit: router.edit.handler(({ input }) => drafts.edit(input.id, input.version, input.label, input.text)),
    undo: router.undo.handler(({ input }) => drafts.undo(input.id, input.version)),
    redo: router.redo.handler(({ input }) => drafts.redo(input.id, input.version)),
    nameVersion: router.nameVersion.handler(({ input }) =>
      drafts.nameVersion(input.id, input.version, input.name),
    ),
    returnTo: router.returnTo.handler(({ input }) => drafts.returnTo(input.id, input.version, input.named)),
    remove: router.remove.handler(({ input }) => drafts.remove(input.id)),
    restore: router.restore.handler(({ input }) => drafts.restore(input.id)),
  };
}
