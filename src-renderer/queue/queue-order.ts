/** Places of waiting studies, and moves that can be taken back. Pure. */
export interface QueueMove {
  readonly id: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface MoveStack {
  readonly undo: readonly QueueMove[];
  readonly redo: readonly QueueMove[];
}

export const NO_MOVES: MoveStack = { undo: [], redo: [] };
const DEPTH = 200;

export const afterMove = ({ undo }: MoveStack, move: QueueMove): MoveStack => ({
  undo: [...undo, move].slice(-DEPTH),
  redo: [],
});

/** The stack with its last move on the other side; null where there is none. */
export function turned(stack: MoveStack, way: 'undo' | 'redo'): { move: QueueMove; stack: MoveStack } | null {
  const move = stack[way].at(-1);
  if (!move) return null;
  const [undo, redo] =
    way === 'undo'
      ? [stack.undo.slice(0, -1), [...stack.redo, move]]
      : [[...stack.undo, move], stack.redo.slice(0, -1)];
  return { move, stack: { undo, redo } };
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
