import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('navigator', { platform: 'Linux x86_64' });
const { latticeCommand } = await import('../../../src-renderer/designer/lattice-keys.ts');
const { commandIn, keyMapOf } = await import('../../../src-renderer/keys/key-choices.ts');
const { latticeCells } = await import('../../../src-renderer/designer/lattice-cells.ts');
const { latticeGeometry } = await import('../../../src-renderer/designer/lattice-geometry.ts');
const { scheduleShape } = await import('../../../src-renderer/designer/schedule-shape.ts');
const { parsePlanEntries } = await import('../../../src-main/growth/plan-shorthand.ts');

const press = (text: string, onMac = false) => {
  const parts = text.split(' ');
  const has = (name: string): boolean => parts.includes(name);
  const key = has('Space') ? ' ' : parts.at(-1)!;
  const event = {
    key,
    code: '',
    ctrlKey: has('Ctrl'),
    metaKey: has('Cmd'),
    altKey: has('Alt'),
    shiftKey: has('Shift'),
  };
  return latticeCommand(event, commandIn(keyMapOf({}), event, ['designer'], { onMac }), onMac);
};

describe('latticeCommand', () => {
  it('reads the keys of the design', () => {
    expect(press('Alt ArrowLeft')).toEqual({ kind: 'move', to: 'left' });
    expect(press('Alt End')).toEqual({ kind: 'move', to: 'last' });
    expect(press('Shift ArrowRight')).toEqual({ kind: 'focus', to: 'right', mode: 'extend' });
    expect(press('Ctrl ArrowRight')).toEqual({ kind: 'focus', to: 'right', mode: 'only' });
    expect(press('Shift R')).toEqual({ kind: 'operator', operator: 'freshIdentity' });
    expect(press('r')).toEqual({ kind: 'operator', operator: 'random' });
    expect(press('Shift Insert')).toEqual({ kind: 'insert', after: true });
    expect(press('a')).toEqual({ kind: 'operator', operator: 'average' });
    expect(press('Ctrl a')).toEqual({ kind: 'all' });
    expect(press('Space')).toEqual({ kind: 'grab' });
    expect(press('Ctrl d')).toEqual({ kind: 'duplicate' });
    expect(press('Cmd d', true)).toEqual({ kind: 'duplicate' });
  });

  it('leaves the keys of the window and of the clipboard alone', () => {
    for (const keys of [
      'Ctrl z',
      'Ctrl c',
      'Ctrl v',
      'Ctrl Enter x',
      'Alt 1',
      'Tab',
      'Ctrl k',
      'Ctrl r',
      'Cmd i',
    ])
      expect(press(keys, keys.startsWith('Cmd'))).toBeNull();
  });
});

describe('latticeCells', () => {
  it('has one Tab stop, one cell for every layer, and the crossing with the focus by its name', () => {
    fc.assert(
      fc.property(fc.integer({ min: -3, max: 9 }), fc.integer({ min: -3, max: 12 }), (row, column) => {
        const layers = parsePlanEntries('0 1 2 3 0 r 2 9');
        const geometry = latticeGeometry(4, layers.length, { width: 900, height: 268 });
        const rows = latticeCells(geometry, layers, { row, column }, 7);
        const cells = rows.flatMap((one) => one.cells);
        expect(cells.filter(({ isFocus }) => isFocus)).toHaveLength(1);
        expect(rows.at(-1)!.cells.map((cell) => cell.column)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        expect(rows.at(-1)!.cells.at(-1)!.name).toMatch(/^Target layer 7, .*surplus$/);
      }),
    );
    const geometry = latticeGeometry(4, 2, { width: 900, height: 268 });
    const rows = latticeCells(geometry, parsePlanEntries('0 1'), { row: 3, column: 1 }, 2);
    expect(rows[0]!.cells.map(({ name }) => name)).toEqual(['Take target layer 1 from source layer 3']);
  });
});

describe('latticeCells of averages', () => {
  it('has a mark on both wires, each with the name of the layer, and counts both uses', () => {
    const geometry = latticeGeometry(3, 2, { width: 900, height: 268 });
    const rows = latticeCells(geometry, parsePlanEntries('0 0+2~0.5'), { row: -1, column: 0 }, 2);
    const name = 'Target layer 1, average of 0 and 2 × 0.5';
    expect(rows.map((row) => row.cells.map((cell) => cell.name))).toEqual([
      [name],
      [],
      ['Target layer 0, copy of 0', name],
      ['Target layer 0, copy of 0', name],
    ]);
    expect(rows.map((row) => row.name)).toContain('Source layer 2, used 1 times');
  });
});

describe('scheduleShape', () => {
  it('makes widths proportional to FLOPs, which fill the scale together', () => {
    const block = fc.record({
      kind: fc.constantFrom('train' as const, 'search' as const),
      layers: fc.integer({ min: 1, max: 96 }),
      steps: fc.constant(10),
      runs: fc.constant(1),
      flops: fc.integer({ min: 1, max: 1e9 }),
      index: fc.nat(9),
      isEditable: fc.constant(true),
    });
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 300, max: 2000 }),
        (blocks, width) => {
          const shape = scheduleShape(blocks, width, 118);
          const total = blocks.reduce((sum, { flops }) => sum + flops, 0);
          for (const [index, { flops }] of blocks.entries())
            expect(Math.abs(shape.blocks[index]!.width - (flops / total) * shape.scaleWidth)).toBeLessThan(1);
          expect(shape.blocks.reduce((sum, one) => sum + one.width, 0)).toBeCloseTo(shape.scaleWidth, 3);
          expect(shape.points).toHaveLength(blocks.filter(({ kind }) => kind === 'search').length);
        },
      ),
    );
  });
});
