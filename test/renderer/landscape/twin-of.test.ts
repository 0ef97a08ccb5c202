import { describe, expect, it } from 'vitest';
import { twinOf } from '../../../src-renderer/landscape/twin-of.ts';

const table = (title: string, header: string[], rows: string[][], about?: string) => ({
  title,
  header,
  rows,
  textColumns: 1,
  ...(about === undefined ? {} : { about }),
});

describe('twinOf', () => {
  it('takes one table as it is, missing values as missing', () => {
    expect(
      twinOf(
        [
          table(
            'Barriers',
            ['Model', 'Loss'],
            [
              ['stack', '1.20'],
              ['source', '–'],
            ],
          ),
        ],
        'Of',
      ),
    ).toEqual({
      caption: 'Barriers',
      columns: [
        { title: 'Model', isNumber: false },
        { title: 'Loss', isNumber: true },
      ],
      rows: [
        ['stack', '1.20'],
        ['source', null],
      ],
    });
  });

  it('puts several together, rows saying which they are of, short ones filled up', () => {
    const twin = twinOf(
      [
        table('CKA of a', ['', '0'], [['0', '1.00']], 'a'),
        table('CKA of b', ['', '0', '1'], [['0', '1.00', '0.90']], 'b'),
      ],
      'Of',
    );
    expect(twin?.columns.map(({ title }) => title)).toEqual(['Of', '', '0', '1']);
    expect(twin?.rows).toEqual([
      ['a', '0', '1.00', null],
      ['b', '0', '1.00', '0.90'],
    ]);
  });

  it('is nothing without a table', () => {
    expect(twinOf([], 'Of')).toBeNull();
  });
});
