/** Studies that are opened in the list, with their candidates. */
import { ref, shallowRef } from 'vue';
import type { ExpandedStudy } from '../../src-main/contract/window/studies.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';

/** Lines shown before "n more". */
export const FIRST_LINES = 3;
export const LINE_HEIGHT = 27;

export interface Expansion {
  readonly study: ExpandedStudy | null;
  readonly failure: ErrorWords | null;
  readonly isWhole: boolean;
}

const open = shallowRef<ReadonlyMap<string, Expansion>>(new Map());
/** Grows whenever heights change. */
const revision = ref(0);

function set(id: string, expansion: Expansion | null): void {
  const next = new Map(open.value);
  if (expansion === null) next.delete(id);
  else next.set(id, expansion);
  open.value = next;
  revision.value++;
}

async function expand(id: string): Promise<void> {
  set(id, { study: null, failure: null, isWhole: false });
  try {
    const study = await service.studies.expand({ id });
    if (open.value.has(id)) set(id, { study, failure: null, isWhole: false });
  } catch (error) {
    if (open.value.has(id)) set(id, { study: null, failure: errorInWords(error), isWhole: false });
  }
}

export function useExpansions() {
  return {
    open,
    revision,
    expand,
    collapse: (id: string) => set(id, null),
    toggle: (id: string): void => {
      if (open.value.has(id)) set(id, null);
      else void expand(id);
    },
    showWhole: (id: string, isWhole: boolean): void => {
      const expansion = open.value.get(id);
      if (expansion) set(id, { ...expansion, isWhole });
    },
  };
}

/** Height of what stands under the row, in pixels. */
export function expansionHeight(expansion: Expansion | undefined): number {
  if (!expansion) return 0;
  const count = expansion.study?.candidates.length ?? 0;
  if (count === 0) return LINE_HEIGHT;
  const lines = expansion.isWhole ? count : Math.min(count, FIRST_LINES);
  return (lines + (count > FIRST_LINES ? 1 : 0)) * LINE_HEIGHT;
}
