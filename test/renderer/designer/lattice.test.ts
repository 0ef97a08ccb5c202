import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlanEntries } from '../../../src-main/growth/plan-shorthand.ts';
import { averageLayer, dropPlaceAt, editOfDrop } from '../../../src-renderer/designer/lattice-drag.ts';
import {
  columnAt,
  columnsBetween,
  gapAt,
  gapX,
  latticeGeometry,
  partAt,
  sourceAt,
  xOf,
  yOf,
} from '../../../src-renderer/designer/lattice-geometry.ts';
import { sourcesOf, wordOf } from '../../../src-renderer/designer/layer-operators.ts';

const sizes = fc.record({
  sources: fc.integer({ min: 1, max: 48 }),
  columns: fc.integer({ min: 1, max: 144 }),
  width: fc.integer({ min: 400, max: 2000 }),
  height: fc.integer({ min: 200, max: 600 }),
});

describe('latticeGeometry', () => {
  it('finds every column, row and gap at its own place, with targets of 24 px', () => {
    fc.assert(
      fc.property(sizes, ({ sources, columns, width, height }) => {
        const geometry = latticeGeometry(sources, columns, { width, height });
        expect(geometry.markWidth).toBeGreaterThanOrEqual(24);
        expect(geometry.markHeight).toBeGreaterThanOrEqual(24);
        expect(geometry.right).toBeLessThan(geometry.width);
        for (let column = 0; column < columns; column++)
          expect(columnAt(geometry, { x: xOf(geometry, column), y: 0 })).toBe(column);
        for (let source = 0; source < sources; source++)
          expect(sourceAt(geometry, { x: 0, y: yOf(geometry, source) })).toBe(source);
        for (let gap = 0; gap <= columns; gap++)
          expect(gapAt(geometry, { x: gapX(geometry, gap), y: 0 })).toBe(gap);
      }),
    );
  });

  it('fills the width there is with 8 columns, and 4 rows with the height of the drawing', () => {
    const geometry = latticeGeometry(4, 8, { width: 966, height: 268 });
    expect(geometry).toMatchObject({ width: 966, height: 268, pitch: 97, rowPitch: 46, markWidth: 40 });
  });
});

const geometry = latticeGeometry(4, 8, { width: 966, height: 268 });
const layers = parsePlanEntries('0 1 2 3 0 1 r 3');
const sources = layers.map(sourcesOf);
const at = (column: number, source: number, aside = 0) => ({
  x: xOf(geometry, column) + aside,
  y: yOf(geometry, source),
});

describe('partAt', () => {
  it('tells marks, cells, crossings, sources and nothing', () => {
    expect(partAt(geometry, at(2, 2, 18), sources)).toEqual({ kind: 'mark', column: 2, source: 2 });
    expect(partAt(geometry, at(2, 0), sources)).toEqual({ kind: 'crossing', column: 2, source: 0 });
    expect(partAt(geometry, at(2, 0, 30), sources)).toEqual({ kind: 'empty' });
    expect(partAt(geometry, { x: 30, y: yOf(geometry, 3) }, sources)).toEqual({ kind: 'source', source: 3 });
    expect(partAt(geometry, { x: at(5, 0).x, y: geometry.cellTop + 10 }, sources)).toEqual({
      kind: 'cell',
      column: 5,
    });
    expect(partAt(geometry, at(6, 1), sources)).toEqual({ kind: 'mark', column: 6, source: null });
  });
});

describe('partAt on an average', () => {
  const averaged = parsePlanEntries('0+2 0+9').map(sourcesOf);

  it('has a mark on either wire, and crossings on the others, the bridge among them', () => {
    expect(partAt(geometry, at(0, 0), averaged)).toEqual({ kind: 'mark', column: 0, source: 0 });
    expect(partAt(geometry, at(0, 2), averaged)).toEqual({ kind: 'mark', column: 0, source: 2 });
    expect(partAt(geometry, at(0, 1), averaged)).toEqual({ kind: 'crossing', column: 0, source: 1 });
  });

  it('is a column as a whole where a source layer does not exist', () => {
    expect(partAt(geometry, at(1, 0), averaged)).toEqual({ kind: 'mark', column: 1, source: null });
  });
});

const drop = (
  dragged: Parameters<typeof dropPlaceAt>[2],
  point: { x: number; y: number },
  selection: number[],
  isCopy = false,
  isAverage = false,
) => {
  const edit = editOfDrop({ layers, selection }, dragged, dropPlaceAt(geometry, point, dragged), {
    isCopy,
    isAverage,
    sourceLayers: 4,
  });
  return edit && { text: edit.layers.map(wordOf).join(' '), selection: edit.selection, label: edit.label };
};

describe('editOfDrop', () => {
  it('slides a mark along its column', () => {
    const dragged = { kind: 'layers', grabbed: 2, isMark: true } as const;
    expect(drop(dragged, at(2, 0), [2])).toEqual({
      text: '0 1 0 3 0 1 r 3',
      selection: [2],
      label: 'layer 2 from source 0',
    });
    expect(drop(dragged, at(2, 2), [2])).toBeNull();
  });

  it('moves and copies selected layers to a gap, and leaves what would not move', () => {
    const dragged = { kind: 'layers', grabbed: 1, isMark: false } as const;
    const gap = { x: gapX(geometry, 5), y: 240 };
    expect(drop(dragged, gap, [1, 2])).toEqual({
      text: '0 3 0 1 2 1 r 3',
      selection: [3, 4],
      label: 'move of 2 layers',
    });
    expect(drop(dragged, gap, [1, 2], true)!.text).toBe('0 1 2 3 0 1 2 1 r 3');
    expect(drop(dragged, { x: gapX(geometry, 2), y: 240 }, [1, 2])).toBeNull();
    expect(drop(dragged, { x: gapX(geometry, 2), y: 240 }, [1, 3])!.text).toBe('0 1 3 2 0 1 r 3');
  });

  it('sets operators on layers and inserts them between', () => {
    const dragged = { kind: 'operator', operator: 'identity' } as const;
    expect(drop(dragged, at(1, 3), [])!).toEqual({
      text: '0 1* 2 3 0 1 r 3',
      selection: [1],
      label: 'layer 1 to identity',
    });
    expect(drop(dragged, { x: gapX(geometry, 1), y: 100 }, [])!.text).toBe('0 1* 1 2 3 0 1 r 3');
    expect(drop({ kind: 'operator', operator: 'zero' }, at(0, 3), [])!.text).toBe('z 1 2 3 0 1 r 3');
  });

  it('takes layers from a source, or inserts a copy of it', () => {
    const dragged = { kind: 'source', source: 3 } as const;
    expect(drop(dragged, at(6, 0), [])!.text).toBe('0 1 2 3 0 1 3 3');
    expect(drop(dragged, { x: gapX(geometry, 0), y: 50 }, [])!.text).toBe('3 0 1 2 3 0 1 r 3');
  });

  it('averages a layer with a crossing dropped on it with Alt, or with that its mark is slid to', () => {
    const crossing = { kind: 'source', source: 3 } as const;
    const label = 'layer 1 to average of 1 and 3';
    expect(drop(crossing, at(1, 1), [], false, true)).toEqual({
      text: '0 1+3 2 3 0 1 r 3',
      selection: [1],
      label,
    });
    const mark = { kind: 'layers', grabbed: 1, isMark: true, markOf: 1 } as const;
    expect(drop(mark, at(1, 3), [1], true, true)!.label).toBe(label);
    expect(drop(crossing, at(3, 1), [], false, true)).toBeNull();
    // A new layer has nothing to average with.
    expect(drop(crossing, at(6, 1), [], false, true)!.text).toBe('0 1 2 3 0 1 3 3');
  });

  it('makes an average by the operator, labelled the same', () => {
    expect(drop({ kind: 'operator', operator: 'average' }, at(1, 3), [])).toEqual({
      text: '0 1+2 2 3 0 1 r 3',
      selection: [1],
      label: 'layer 1 to average of 1 and 2',
    });
  });

  it('slides one mark of an average, and onto the other it becomes a copy', () => {
    const plan = { layers: parsePlanEntries('0+2 1'), selection: [0] };
    const slide = (markOf: number, to: number) => {
      const dragged = { kind: 'layers', grabbed: 0, isMark: true, markOf } as const;
      const place = { kind: 'crossing', column: 0, source: to } as const;
      const edit = editOfDrop(plan, dragged, place, { isCopy: false, sourceLayers: 4 });
      return edit && wordOf(edit.layers[0]!);
    };
    expect(slide(2, 3)).toBe('0+3');
    expect(slide(0, 1)).toBe('1+2');
    expect(slide(0, 2)).toBe('2');
    expect(slide(2, 2)).toBeNull();
  });

  it('does nothing outside', () => {
    expect(drop({ kind: 'operator', operator: 'copy' }, { x: -1, y: 20 }, [])).toBeNull();
    expect(drop({ kind: 'layers', grabbed: 0, isMark: true }, { x: 300, y: 300 }, [0])).toBeNull();
  });
});

describe('averageLayer', () => {
  const plan = { layers: parsePlanEntries('0 1+2* r'), selection: [] };

  it('takes any order, keeps what else the layer is, and makes a new layer plain', () => {
    const word = (column: number, first: number, second: number) => {
      const edit = averageLayer(plan, column, first, second);
      return edit && [wordOf(edit.layers[column]!), edit.label];
    };
    expect(word(0, 3, 1)).toEqual(['1+3', 'layer 0 to average of 1 and 3']);
    expect(word(1, 0, 3)).toEqual(['0+3*', 'layer 1 to average of 0 and 3']);
    expect(word(2, 0, 1)).toEqual(['0+1', 'layer 2 to average of 0 and 1']);
    expect(word(1, 2, 1)).toBeNull();
    expect(word(0, 2, 2)).toBeNull();
    expect(word(9, 0, 1)).toBeNull();
  });
});

describe('columnsBetween', () => {
  it('holds the columns whose middle lies inside, whichever way the rectangle is drawn', () => {
    expect(columnsBetween(geometry, at(5, 0, 5), at(2, 3, -5))).toEqual([2, 3, 4, 5]);
  });
});
