import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterEdit, gapAt, NO_EDITS, placeInGap, turned } from '../../src-renderer/queue/queue-order.ts';

const moved = <Item>(list: readonly Item[], from: number, to: number): Item[] => {
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(to, 0, list[from]!);
};

describe('placeInGap', () => {
  it('is where the row lies after it was put between its neighbours', () => {
    const place = fc
      .nat(8)
      .chain((count) => fc.tuple(fc.nat(count), fc.nat(count + 1), fc.constant(count + 1)));
    fc.assert(
      fc.property(place, ([at, gap, count]) => {
        const list = Array.from({ length: count }, (_, index) => index);
        const marked = [...list.slice(0, gap), -1, ...list.slice(gap)].filter((item) => item !== at);
        const expected = marked.map((item) => (item === -1 ? at : item));
        const to = placeInGap(at, gap);
        expect(to === null ? list : moved(list, at, to)).toEqual(expected);
      }),
    );
  });
});

describe('gapAt', () => {
  it('turns at the middle of each row', () => {
    const boxes = [
      { top: 0, bottom: 20 },
      { top: 20, bottom: 60 },
    ];
    expect([-5, 9, 11, 39, 41, 90].map((y) => gapAt(y, boxes))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(gapAt(5, [])).toBe(0);
  });
});

describe('moves', () => {
  it('are taken back and made again, last first, and a new one ends what was taken back', () => {
    const move = (id: string) => ({ kind: 'move' as const, id, name: id, from: 0, to: 1 });
    let stack = afterEdit(afterEdit(NO_EDITS, move('a')), move('b'));
    const back = turned(stack, 'undo')!;
    expect(back.edit.id).toBe('b');
    stack = back.stack;
    expect(turned(stack, 'redo')!.edit.id).toBe('b');
    expect(afterEdit(stack, move('c')).redo).toEqual([]);
    expect(turned(NO_EDITS, 'undo')).toBeNull();
  });
});
