/** Places of waiting studies, and edits of the queue that can be taken back. Pure. */
export interface QueueMove {
  readonly kind: 'move';
  readonly id: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** A job that was taken out of the queue. */
export interface QueueDismissal {
  readonly kind: 'dismiss';
  readonly id: string;
  readonly name: string;
}

export type QueueEdit = QueueMove | QueueDismissal;

export interface EditStack {
  readonly undo: readonly QueueEdit[];
  readonly redo: readonly QueueEdit[];
}

export const NO_EDITS: EditStack = { undo: [], redo: [] };
const DEPTH = 200;

export const afterEdit = ({ undo }: EditStack, edit: QueueEdit): EditStack => ({
  undo: [...undo, edit].slice(-DEPTH),
  redo: [],
});

/** The stack with its last edit on the other side; null where there is none. */
export function turned(stack: EditStack, way: 'undo' | 'redo'): { edit: QueueEdit; stack: EditStack } | null {
  const edit = stack[way].at(-1);
  if (!edit) return null;
  const [undo, redo] =
    way === 'undo'
      ? [stack.undo.slice(0, -1), [...stack.redo, edit]]
      : [[...stack.undo, edit], stack.redo.slice(0, -1)];
  return { edit, stack: { undo, redo } };
}

/** Where the row at `at` comes to lie when it is dropped in a gap; null where that changes nothing. */
export function placeInGap(at: number, gap: number): number | null {
  const to = gap > at ? gap - 1 : gap;
  return to === at ? null : to;
}

/** The gap nearest to a height, counted from the first row; boxes from top to bottom. */
export const gapAt = (
  y: number,
  boxes: readonly { readonly top: number; readonly bottom: number }[],
): number => boxes.filter(({ top, bottom }) => (top + bottom) / 2 < y).length;
