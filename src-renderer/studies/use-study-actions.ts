/** What can be done with rows, whether by pointer, key or menu: every way runs these. */
import { computed, ref, shallowRef } from 'vue';
import type { StudyLabels, StudyRow } from '../../src-main/contract/window/studies.ts';
import { service } from '../connection/client.ts';
import { STUDIES_WORDS as words } from '../words/studies.ts';
import type { EditKind } from './EditDialog.vue';
import { rowAt } from './row-pages.ts';
import {
  allSelected,
  NOTHING_SELECTED,
  onlySelected,
  rangeTo,
  type Selection,
  toggled,
} from './selection.ts';
import { studyLink } from './study-link.ts';
import type { StudyEdits } from './use-study-edits.ts';
import type { StudyList } from './use-study-list.ts';

/** Studies that can be compared at once. */
export const MOST_COMPARED = 12;

// Kept across views, like scroll position and query.
const selection = shallowRef<Selection>(NOTHING_SELECTED);
const focused = ref(0);

export function useStudyActions(list: StudyList, edits: StudyEdits) {
  const compared = ref<readonly string[] | null>(null);
  const dialog = shallowRef<{ kind: EditKind; ids: readonly string[]; rows: readonly StudyRow[] } | null>(
    null,
  );

  const focusedRow = computed(() => rowAt(list.rows.value, focused.value));
  /** Selected rows, else the one in focus. */
  const targets = (): readonly string[] =>
    selection.value.ids.size > 0 ? [...selection.value.ids] : focusedRow.value ? [focusedRow.value.id] : [];

  async function pick(row: StudyRow, how: 'only' | 'toggle' | 'range'): Promise<void> {
    if (how === 'only') selection.value = onlySelected(row.id);
    else if (how === 'toggle') selection.value = toggled(selection.value, row.id);
    else selection.value = rangeTo(selection.value, row.id, await list.allIds());
  }
  async function selectAll(isOn: boolean): Promise<void> {
    selection.value = isOn ? allSelected(await list.allIds()) : NOTHING_SELECTED;
  }

  function change(ids: readonly string[], set: StudyLabels, label: string, done: string): Promise<void> {
    if (ids.length === 0) return Promise.resolve();
    return edits.apply([{ ids: [...ids], set }], label, done);
  }

  const star = (ids: readonly string[], isStarred: boolean): Promise<void> => {
    const kind = isStarred ? 'star' : 'unstar';
    return change(ids, { isStarred }, words.edits[kind](ids.length), words.done[kind](ids.length));
  };
  const archive = (ids: readonly string[], isArchived: boolean): Promise<void> => {
    const kind = isArchived ? 'archive' : 'unarchive';
    return change(ids, { isArchived }, words.edits[kind](ids.length), words.done[kind](ids.length));
  };
  async function trash(ids: readonly string[], isTrashed: boolean): Promise<void> {
    const kind = isTrashed ? 'trash' : 'restore';
    await change(ids, { isTrashed }, words.edits[kind](ids.length), words.done[kind](ids.length));
    if (!edits.failure.value) selection.value = NOTHING_SELECTED;
  }

  async function openDialog(kind: EditKind, ids = targets()): Promise<void> {
    if (ids.length === 0) return;
    await edits.attempt(async () => {
      const rows = await service.studies.rows({ ids: ids.slice(0, 200) });
      dialog.value = { kind, ids, rows };
    });
  }
  async function submit(text: string): Promise<void> {
    const open = dialog.value;
    dialog.value = null;
    if (!open) return;
    const { kind, ids, rows } = open;
    const count = ids.length;
    const name = rows[0]?.name ?? '';
    if (kind === 'tag')
      await change(ids, { addTags: [text] }, words.edits.tag(text, count), words.done.tag(text, count));
    else if (kind === 'folder')
      await change(ids, { folder: text }, words.edits.move(text, count), words.done.move(text, count));
    else if (kind === 'notes')
      await change(ids.slice(0, 1), { notes: text }, words.edits.notes(name), words.done.notes());
    else
      await change(
        ids.slice(0, 1),
        { customName: text === '' || text === rows[0]?.givenName ? null : text },
        words.edits.rename(name),
        words.done.rename(text === '' ? (rows[0]?.givenName ?? '') : text),
      );
  }
  async function untag(tag: string): Promise<void> {
    const ids = dialog.value?.ids ?? [];
    dialog.value = null;
    await change(
      ids,
      { removeTags: [tag] },
      words.edits.untag(tag, ids.length),
      words.done.untag(tag, ids.length),
    );
  }

  function compare(): void {
    const ids = [...selection.value.ids];
    if (ids.length < 2) edits.say(words.compare, false);
    else compared.value = ids;
  }
  function open(row: StudyRow): void {
    const link = studyLink(row);
    if (link) location.hash = link;
  }

  return {
    selection,
    focused,
    focusedRow,
    compared,
    dialog,
    targets,
    pick,
    selectAll,
    clear: () => {
      selection.value = NOTHING_SELECTED;
    },
    star,
    archive,
    trash,
    openDialog,
    submit,
    untag,
    compare,
    open,
  };
}

export type StudyActions = ReturnType<typeof useStudyActions>;
