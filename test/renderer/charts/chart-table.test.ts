import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvOf, sortedRows } from '../../../src-renderer/charts/chart-table.ts';
import { clearPlace, withoutOverlap } from '../../../src-renderer/charts/chart-text.ts';

describe('sortedRows', () => {
  it('puts missing values last in both directions', () => {
    const rows = [[null], [2], [1], [null], [3]];
    expect(sortedRows(rows, 0, false).map(([value]) => value)).toEqual([1, 2, 3, null, null]);
    expect(sortedRows(rows, 0, true).map(([value]) => value)).toEqual([3, 2, 1, null, null]);
  });
});

describe('numbers written for people', () => {
  it('sort by what they are worth', () => {
    const rows = [['1 000'], ['−0.5'], ['+0.25'], ['20.10'], ['9']];
    expect(sortedRows(rows, 0, false).flat()).toEqual(['−0.5', '+0.25', '9', '20.10', '1 000']);
  });

  it('are numbers in CSV, and what only looks like one stays text', () => {
    const columns = [{ title: 'x', isNumber: true }];
    const rows = [['−0.50'], ['+1 000.5'], ['1.20e−5'], ['+1+1'], ['-']];
    expect(csvOf({ caption: '', columns, rows }).split('\r\n').slice(1, -1)).toEqual([
      '-0.50',
      '1000.5',
      '1.20e-5',
      "'+1+1",
      "'-",
    ]);
  });
});

describe('csvOf', () => {
  const columns = [
    { title: 'name', isNumber: false },
    { title: 'loss', isNumber: true },
  ];
  it('quotes, leaves missing values empty, and runs no formula', () => {
    const text = csvOf({
      caption: '',
      columns,
      rows: [
        ['a,"b"', 1.5],
        ['=1', null],
      ],
    });
    expect(text).toBe('name,loss\r\n"a,""b""",1.5\r\n\'=1,\r\n');
  });

  it('says units once and settings above the columns', () => {
    const settings = ['study: a\nb', 'lag k: 50 steps'];
    const named = [
      { title: 'step', isNumber: true, unit: 'steps' },
      { title: 'rank', isNumber: true },
    ];
    expect(csvOf({ caption: '', columns: named, rows: [[0, 1]], settings })).toBe(
      '# study: a b\r\n# lag k: 50 steps\r\nstep (steps),rank\r\n0,1\r\n',
    );
  });

  it('keeps every number exactly', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const cell = csvOf({ caption: '', columns, rows: [['a', value]] })
          .split('\r\n')[1]!
          .split(',')[1]!;
        expect(Object.is(Number(cell), value) || value === 0).toBe(true);
      }),
    );
  });
});

describe('withoutOverlap', () => {
  it('keeps the first of two texts in the same place', () => {
    const at = (text: string, x: number, y: number) => ({ text, x, y, align: 'left' as const });
    expect(
      withoutOverlap([at('leader', 0, 0), at('other', 10, 4), at('far', 200, 4)]).map(({ text }) => text),
    ).toEqual(['leader', 'far']);
  });
});

describe('clearPlace', () => {
  const at = (y: number) => ({ text: 'rho .81', x: 0, y, align: 'left' as const });
  it('takes the first place that the line leaves free, and none where it takes all', () => {
    const flat = [
      [0, 0],
      [100, 0],
    ] as const;
    expect(clearPlace([at(2), at(10), at(30)], flat)).toEqual(at(10));
    expect(clearPlace([at(2), at(-3)], flat)).toBeNull();
  });

  it('sees a steep line that has no point in the place', () => {
    expect(
      clearPlace(
        [at(0)],
        [
          [20, -100],
          [21, 100],
        ],
      ),
    ).toBeNull();
  });
});
