/** Edits of studies that can be taken back and made again, whatever number of rows each touched. Immutable. */
import type { StudyChanges } from '../../src-main/contract/window/studies.ts';

export interface Edit {
  /** `Tag 20 studies`: stands behind "Undo". */
  readonly label: string;
  /** What takes it back. */
  readonly changes: StudyChanges;
}

export interface EditStack {
  readonly undo: readonly Edit[];
  readonly redo: readonly Edit[];
}

export const NO_EDITS: EditStack = { undo: [], redo: [] };

/** Steps that are kept. */
const DEPTH = 200;

/** A new edit: what was taken back before cannot be made again. */
export const afterEdit = ({ undo }: EditStack, edit: Edit): EditStack => ({
  undo: [...undo, edit].slice(-DEPTH),
  redo: [],
});

/** @param back what takes the undoing back */
export const afterUndo = ({ undo, redo }: EditStack, back: StudyChanges): EditStack => ({
  undo: undo.slice(0, -1),
  redo: [...redo, { label: undo.at(-1)?.label ?? '', changes: back }],
});

export const afterRedo = ({ undo, redo }: EditStack, back: StudyChanges): EditStack => ({
  undo: [...undo, { label: redo.at(-1)?.label ?? '', changes: back }],
  redo: redo.slice(0, -1),
});
