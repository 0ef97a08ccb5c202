import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StudyRow } from '../../../src-main/contract/window/studies.ts';
import {
  COLUMN_IDS,
  FIRST_COLUMNS,
  gridTracks,
  readColumns,
  visibleColumns,
} from '../../../src-renderer/studies/columns.ts';
import { afterEdit, afterRedo, afterUndo, NO_EDITS } from '../../../src-renderer/studies/edit-stack.ts';
import {
  indexOfRow,
  NO_ROWS,
  outdated,
  PAGE_ROWS,
  pagesToFetch,
  rowAt,
  withPage,
  withRows,
} from '../../../src-renderer/studies/row-pages.ts';
import {
  allSelected,
  NOTHING_SELECTED,
  onlySelected,
  rangeTo,
  stillThere,
  toggled,
} from '../../../src-renderer/studies/selection.ts';

const row = (id: string, over: Partial<StudyRow> = {}): StudyRow => ({ id, name: id, ...over }) as StudyRow;
const page = (number: number, total: number) => ({
  total,
  rows: Array.from({ length: Math.min(PAGE_ROWS, total - number * PAGE_ROWS) }, (_, index) =>
    row(`r${number * PAGE_ROWS + index}`),
  ),
});

describe('row pages', () => {
  it('fetch what is looked at once, and again when it is out of date', () => {
    let rows = withPage(NO_ROWS, 0, page(0, 250));
    expect(pagesToFetch(rows, 0, 260)).toEqual([1, 2]);
    rows = withPage(rows, 2, page(2, 250));
    expect(pagesToFetch(rows, 190, 249)).toEqual([1]);
    expect(pagesToFetch(outdated(rows), 0, 249)).toEqual([0, 1, 2]);
    expect(rowAt(outdated(rows), 249)?.id).toBe('r249');
    expect(rowAt(rows, 150)).toBeNull();
    expect(indexOfRow(rows, 'r249')).toBe(249);
    expect(indexOfRow(rows, 'r150')).toBe(-1);
  });

  it('drop pages behind the end and change rows in place', () => {
    let rows = withPage(withPage(NO_ROWS, 0, page(0, 250)), 2, page(2, 250));
    rows = withRows(rows, [row('r3', { name: 'new' }), row('elsewhere')]);
    expect(rowAt(rows, 3)?.name).toBe('new');
    rows = withPage(rows, 0, page(0, 40));
    expect(rowAt(rows, 249)).toBeNull();
    expect(pagesToFetch(rows, 0, 300)).toEqual([]);
  });
});

describe('selection', () => {
  const order = ['a', 'b', 'c', 'd', 'e'];

  it('takes ranges from the anchor either way', () => {
    const from = onlySelected('c');
    expect([...rangeTo(from, 'e', order).ids]).toEqual(['c', 'd', 'e']);
    expect([...rangeTo(rangeTo(from, 'e', order), 'a', order).ids]).toEqual(['a', 'b', 'c']);
    expect([...rangeTo(toggled(from, 'a'), 'b', order, true).ids].toSorted()).toEqual(['a', 'b', 'c']);
    expect([...rangeTo(NOTHING_SELECTED, 'b', order).ids]).toEqual(['b']);
  });

  it('toggling twice changes nothing but the anchor', () => {
    fc.assert(
      fc.property(fc.subarray(order), fc.constantFrom(...order), (ids, id) => {
        const before = { ids: new Set(ids), anchor: null };
        expect(new Set(toggled(toggled(before, id), id).ids)).toEqual(before.ids);
      }),
    );
  });

  it('loses what left the list', () => {
    expect(stillThere(allSelected(order), ['b', 'z'])).toEqual({ ids: new Set(['b']), anchor: null });
  });
});

describe('the edit stack', () => {
  const edit = (label: string) => ({ label, changes: [{ ids: [label], set: {} }] });

  it('goes back and forward, and forgets what was taken back after a new edit', () => {
    const two = afterEdit(afterEdit(NO_EDITS, edit('one')), edit('two'));
    const back = afterUndo(two, [{ ids: ['again'], set: {} }]);
    expect(back.undo.map(({ label }) => label)).toEqual(['one']);
    expect(back.redo).toEqual([{ label: 'two', changes: [{ ids: ['again'], set: {} }] }]);
    expect(afterRedo(back, two.undo[1]!.changes)).toEqual(two);
    expect(afterEdit(back, edit('three')).redo).toEqual([]);
  });

  it('keeps 200 steps', () => {
    let stack = NO_EDITS;
    for (let step = 0; step < 250; step++) stack = afterEdit(stack, edit(String(step)));
    expect(stack.undo).toHaveLength(200);
    expect(stack.undo[0]!.label).toBe('50');
  });
});

describe('columns', () => {
  it('are read back in their own order, unknown ones left out', () => {
    expect(readColumns(null)).toEqual(FIRST_COLUMNS);
    expect(readColumns('state,nonsense,seed')).toEqual(['seed', 'state']);
    fc.assert(
      fc.property(fc.subarray([...COLUMN_IDS]), (ids) => {
        expect(readColumns(ids.join(','))).toEqual(ids);
        expect(gridTracks(visibleColumns(ids)).match(/px/g)!.length).toBe(ids.length + 3);
      }),
    );
  });
});
