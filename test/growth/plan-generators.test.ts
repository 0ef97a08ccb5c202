import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { GrowingStrategyInput } from '../../src-main/contract/strategy.ts';
import { normalForm } from '../../src-main/growth/plan-normal-form.ts';
import { anyStrategy, compile, compileOrNull, inFull, words } from './strategies.ts';

type Knobs = GrowingStrategyInput extends infer T ? (T extends unknown ? Omit<T, 'name'> : never) : never;

const DEPTHS = [
  [4, 8],
  [3, 6],
  [4, 7],
  [6, 12],
] as const;

const DIVIDE = 'E_DIVIDE';

/** Plans written down independently of this program, for 4→8, 3→6, 4→7, 6→12. */
const GOLDEN: readonly (readonly [string, Knobs, string, string, string, string])[] = [
  [
    'stack',
    { operator: 'stack' },
    '0 1 2 3 0 1 2 3',
    '0 1 2 0 1 2',
    '0 1 2 3 0 1 2',
    '0 1 2 3 4 5 0 1 2 3 4 5',
  ],
  [
    'stack top',
    { operator: 'stack', remainder: 'top' },
    '0 1 2 3 0 1 2 3',
    '0 1 2 0 1 2',
    '0 1 2 3 1 2 3',
    '0 1 2 3 4 5 0 1 2 3 4 5',
  ],
  [
    'interleave',
    { operator: 'interleave' },
    '0 0 1 1 2 2 3 3',
    '0 0 1 1 2 2',
    '0 0 1 1 2 2 3',
    '0 0 1 1 2 2 3 3 4 4 5 5',
  ],
  [
    'interleave top',
    { operator: 'interleave', remainder: 'top' },
    '0 0 1 1 2 2 3 3',
    '0 0 1 1 2 2',
    '0 1 1 2 2 3 3',
    '0 0 1 1 2 2 3 3 4 4 5 5',
  ],
  [
    'dupLast',
    { operator: 'repeatLast', length: 1 },
    '0 1 2 3 3 3 3 3',
    '0 1 2 2 2 2',
    '0 1 2 3 3 3 3',
    '0 1 2 3 4 5 5 5 5 5 5 5',
  ],
  [
    'dupFirst',
    { operator: 'repeatFirst', length: 1 },
    '0 0 0 0 0 1 2 3',
    '0 0 0 0 1 2',
    '0 0 0 0 1 2 3',
    '0 0 0 0 0 0 0 1 2 3 4 5',
  ],
  ['ins0b2', { operator: 'repeatFirst', length: 2 }, '0 1 0 1 0 1 2 3', '0 1 0 1 1 2', '0 1 0 1 1 2 3', ''],
  ['ins0b3', { operator: 'repeatFirst', length: 3 }, '', '', '', '0 1 2 0 1 2 0 1 2 3 4 5'],
  ['ins1b2', { operator: 'repeatMiddle', length: 2 }, '0 1 2 1 2 1 2 3', '0 1 0 1 1 2', '0 1 2 1 2 2 3', ''],
  ['ins1b3', { operator: 'repeatMiddle', length: 3 }, '', '', '', '0 1 2 3 1 2 3 1 2 3 4 5'],
  ['ins2b2', { operator: 'repeatLast', length: 2 }, '0 1 2 3 2 3 2 3', '0 1 2 1 2 2', '0 1 2 3 2 3 3', ''],
  ['ins2b3', { operator: 'repeatLast', length: 3 }, '', '', '', '0 1 2 3 4 5 3 4 5 3 4 5'],
  [
    'midas 1',
    { operator: 'midas', block: 1 },
    '0 1 1 1 1 1 2 3',
    '0 1 1 1 1 2',
    '0 1 1 1 1 2 3',
    '0 1 2 2 2 2 2 2 2 3 4 5',
  ],
  ['midas 2', { operator: 'midas', block: 2 }, '0 1 0 1 0 1 2 3', DIVIDE, DIVIDE, '0 1 2 3 2 3 2 3 2 3 4 5'],
  ['midas 3', { operator: 'midas', block: 3 }, DIVIDE, '0 1 2 0 1 2', DIVIDE, '0 1 2 0 1 2 0 1 2 3 4 5'],
  ['dus', { operator: 'dus' }, '0 1 2 3 0 1 2 3', '0 1 2 0 1 2', DIVIDE, '0 1 2 3 4 5 0 1 2 3 4 5'],
  [
    'mirror',
    { operator: 'mirror' },
    '0 1 2 3 3 2 1 0',
    '0 1 2 2 1 0',
    '0 1 2 3 3 2 1',
    '0 1 2 3 4 5 5 4 3 2 1 0',
  ],
  [
    'randTop',
    { operator: 'random', position: 'top' },
    '0 1 2 3 r×4',
    '0 1 2 r×3',
    '0 1 2 3 r×3',
    '0 1 2 3 4 5 r×6',
  ],
  [
    'randMid',
    { operator: 'random', position: 'middle' },
    '0 1 r×4 2 3',
    '0 r×3 1 2',
    '0 1 r×3 2 3',
    '0 1 2 r×6 3 4 5',
  ],
  [
    'randBottom',
    { operator: 'random', position: 'bottom' },
    'r×4 0 1 2 3',
    'r×3 0 1 2',
    'r×3 0 1 2 3',
    'r×6 0 1 2 3 4 5',
  ],
  [
    'idRandTop',
    { operator: 'identityRandom', position: 'top' },
    '0 1 2 3 i×4',
    '0 1 2 i×3',
    '0 1 2 3 i×3',
    '0 1 2 3 4 5 i×6',
  ],
  [
    'idRandMid',
    { operator: 'identityRandom', position: 'middle' },
    '0 1 i×4 2 3',
    '0 i×3 1 2',
    '0 1 i×3 2 3',
    '0 1 2 i×6 3 4 5',
  ],
  [
    'idRandBottom',
    { operator: 'identityRandom', position: 'bottom' },
    'i×4 0 1 2 3',
    'i×3 0 1 2',
    'i×3 0 1 2 3',
    'i×6 0 1 2 3 4 5',
  ],
  [
    'idRandInter',
    { operator: 'identityRandom', position: 'inter' },
    '0 i 1 i 2 i 3 i',
    '0 i 1 i 2 i',
    '0 i 1 i 2 i 3',
    '0 i 1 i 2 i 3 i 4 i 5 i',
  ],
  [
    'idCopyTop',
    { operator: 'identityCopy', position: 'top' },
    '0 1 2 3 0* 1* 2* 3*',
    '0 1 2 0* 1* 2*',
    '0 1 2 3 0* 1* 2*',
    '0 1 2 3 4 5 0* 1* 2* 3* 4* 5*',
  ],
  [
    'idCopyInter',
    { operator: 'identityCopy', position: 'inter' },
    '0 0* 1 1* 2 2* 3 3*',
    '0 0* 1 1* 2 2*',
    '0 0* 1 1* 2 2* 3',
    '0 0* 1 1* 2 2* 3 3* 4 4* 5 5*',
  ],
  [
    'llamaPro',
    { operator: 'llamaPro' },
    '0 0* 1 1* 2 2* 3 3*',
    '0 0* 1 1* 2 2*',
    '0 1 1* 2 2* 3 3*',
    '0 0* 1 1* 2 2* 3 3* 4 4* 5 5*',
  ],
  [
    'neighbourAverage',
    { operator: 'neighbourAverage' },
    '0 0+1 1 1+2 2 2+3 3 3',
    '0 0+1 1 1+2 2 2',
    '0 0+1 1 1+2 2 2+3 3',
    '0 0+1 1 1+2 2 2+3 3 3+4 4 4+5 5 5',
  ],
  [
    'interHalf',
    { operator: 'half' },
    '0~½×2 1~½×2 2~½×2 3~½×2',
    '0~½×2 1~½×2 2~½×2',
    '0~½×2 1~½×2 2~½×2 3',
    '0~½×2 1~½×2 2~½×2 3~½×2 4~½×2 5~½×2',
  ],
  [
    'dead',
    { operator: 'dead', position: 'top' },
    '0 1 2 3 z×4',
    '0 1 2 z×3',
    '0 1 2 3 z×3',
    '0 1 2 3 4 5 z×6',
  ],
];

const CASES = GOLDEN.flatMap(([name, knobs, ...columns]) =>
  columns.flatMap((expected, index) => {
    const [source, target] = DEPTHS[index]!;
    return expected === '' ? [] : [{ name, knobs, source, target, expected }];
  }),
);

describe('plan generators', () => {
  it.each(CASES)('$name $source→$target gives $expected', ({ knobs, source, target, expected }) => {
    if (expected === DIVIDE) expect(() => words(knobs, source, target)).toThrow(/\(E_DIVIDE\)/);
    else expect(words(knobs, source, target)).toBe(inFull(expected));
  });

  it('insert anywhere: an index puts the new layers before that source layer', () => {
    expect(words({ operator: 'random', position: 3 }, 4, 6)).toBe('0 1 2 r r 3');
    expect(words({ operator: 'identityRandom', position: 0 }, 2, 3)).toBe('i 0 1');
    expect(words({ operator: 'dead', position: 2 }, 2, 3)).toBe('0 1 z');
  });

  it('take half of the source as the block for length: half, at least one layer', () => {
    expect(words({ operator: 'repeatLast', length: 'half' }, 6, 9)).toBe('0 1 2 3 4 5 3 4 5');
    expect(words({ operator: 'repeatFirst', length: 'half' }, 1, 3)).toBe('0 0 0');
  });

  it('spread identity copies as block expansion does where the new layers divide the source', () => {
    // 8 layers, 2 new: groups of 4, one copy after each group.
    expect(words({ operator: 'llamaPro' }, 8, 10)).toBe('0 1 2 3 3* 4 5 6 7 7*');
  });

  it('average neighbours from the top, from the bottom, or spread, and no gap twice', () => {
    const average = { operator: 'neighbourAverage' } as const;
    expect(words(average, 4, 6)).toBe('0 1 1+2 2 2+3 3');
    expect(words({ ...average, position: 'bottom' }, 4, 6)).toBe('0 0+1 1 1+2 2 3');
    expect(words({ ...average, position: 'even' }, 5, 7)).toBe('0 1 1+2 2 3 3+4 4');
    expect(words(average, 1, 2)).toBe('0 0');
    expect(() => words(average, 3, 7)).toThrow(/target depth 7.*twice the source depth 3.*E_RANGE/);
    expect(() => words(average, 0, 1)).toThrow('0 layers');
  });

  it('average where Avg-DeUS does: 16 new layers of 48 above source layers 15 to 30', () => {
    const layers = words({ operator: 'neighbourAverage' }, 32, 48).split(' ');
    for (let place = 16; place <= 46; place += 2) {
      const below = place / 2 + 7;
      expect(layers.slice(place - 1, place + 2)).toEqual([
        `${below}`,
        `${below}+${below + 1}`,
        `${below + 1}`,
      ]);
    }
    expect(layers.filter((word) => word.includes('+'))).toHaveLength(16);
  });

  it('give c copies the factor 1/c, or the one asked for, and leave single layers alone', () => {
    expect(words({ operator: 'half' }, 2, 5)).toBe(inFull('0~1/3×3 1~½×2'));
    expect(words({ operator: 'half', outScale: 0.25 }, 3, 4)).toBe('0~0.25 0~0.25 1 2');
  });

  it('make plans of the target length whose originals are the whole source in order', () => {
    fc.assert(
      fc.property(
        anyStrategy,
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 9 }),
        (drawn, L, n) => {
          const compiled = compileOrNull(drawn, L, Math.max(1, L + n));
          if (compiled === null) return;
          const layers = normalForm(compiled.plan!);
          expect(layers).toHaveLength(Math.max(1, L + n));
          expect(new Set(layers.map((layer) => layer.from).filter((from) => from !== null)).size).toBe(L);
          for (const layer of layers) expect(layer.from === null || layer.from < L).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leave the source as it is when no layer is added', () => {
    fc.assert(
      fc.property(anyStrategy, fc.integer({ min: 1, max: 6 }), (drawn, L) => {
        const compiled = compileOrNull(drawn, L, L);
        if (compiled === null) return;
        expect(compiled.planText).toBe(Array.from({ length: L }, (_, layer) => layer).join(' '));
        expect(compiled.exactness).toBe('exact');
      }),
    );
    expect(words({ operator: 'dus' }, 3, 3)).toBe('0 1 2');
    expect(words({ operator: 'half', outScale: 0.5 }, 2, 2)).toBe('0 1');
  });

  it('repeat a block so that the source is left when the added span is cut out', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 9 }),
        fc.nat(6),
        fc.nat(6),
        (L, added, a, b) => {
          const start = a % L;
          const length = 1 + (b % (L - start));
          const { plan } = compile({ operator: 'repeatBlock', start, length }, L, L + added);
          const sources = normalForm(plan!).map((layer) => layer.from);
          const seam = start + length;
          const rest = [...sources.slice(0, seam), ...sources.slice(seam + added)];
          expect(rest).toEqual(Array.from({ length: L }, (_, layer) => layer));
          // Every step up is inside the block, from its end to its start, or into the rest of the source.
          sources.slice(1).forEach((layer, index) => {
            const before = sources[index]!;
            const isNext = layer === before + 1;
            const isSeam = before === start + length - 1 && layer! >= start && layer! <= before;
            expect(isNext || isSeam).toBe(true);
          });
        },
      ),
    );
  });

  it('make midas in single-block stages the same as in one jump', () => {
    const stages = (block: number, L: number, target: number): string => {
      let layers = Array.from({ length: L }, (_, layer) => layer);
      while (layers.length < target) {
        const { plan } = compile({ operator: 'midas', block }, layers.length, layers.length + block);
        layers = normalForm(plan!).map((layer) => layers[layer.from!]!);
      }
      return layers.join(' ');
    };
    for (const [block, L, target] of [
      [1, 5, 11],
      [2, 6, 12],
      [3, 3, 15],
    ] as const)
      expect(words({ operator: 'midas', block }, L, target)).toBe(stages(block, L, target));
  });

  it.each([
    [{ operator: 'stack' }, 4, 3, 'E_SHRINK', ['4', '3']],
    [{ operator: 'random' }, 4, 3, 'E_SHRINK', ['random', '4', '3']],
    [{ operator: 'scratch' }, 4, 3, 'E_SHRINK', ['scratch']],
    [{ operator: 'stack' }, 0, 2, 'E_RANGE', ['stack', '0 layers']],
    [{ operator: 'repeatFirst', length: 2 }, 1, 2, 'E_RANGE', ['repeatFirst', 'length 2', '1 to 1']],
    [{ operator: 'repeatMiddle', length: 5 }, 4, 8, 'E_RANGE', ['repeatMiddle', 'length 5', '1 to 4']],
    [{ operator: 'repeatBlock', start: 3, length: 2 }, 4, 8, 'E_RANGE', ['start 3', '0 to 2']],
    [{ operator: 'midas', block: 2 }, 4, 7, 'E_DIVIDE', ['midas', 'block 2', '3 new layers (4 → 7)']],
    [{ operator: 'midas', block: 3 }, 4, 7, 'E_DIVIDE', ['block 3', '4 source layers']],
    [{ operator: 'dus' }, 4, 7, 'E_DIVIDE', ['dus', '7', 'even']],
    [{ operator: 'dus' }, 3, 8, 'E_RANGE', ['8', '3']],
    [{ operator: 'random', position: 5 }, 4, 8, 'E_RANGE', ['position 5', '0 to 4']],
    [{ operator: 'identityRandom', position: 'inter' }, 0, 2, 'E_RANGE', ['0 layers']],
  ] as const)('refuse %j from %d to %d layers with %s, naming %j', (knobs, source, target, code, parts) => {
    const error = catchError(() => words(knobs, source, target));
    expect(error.code).toBe('refused');
    expect(error.message).toContain(`(${code})`);
    for (const part of parts) expect(error.message).toContain(part);
    expect(error.hint).toBeTruthy();
  });

  it('plan a source without layers from random and zero layers only', () => {
    expect(words({ operator: 'random' }, 0, 2)).toBe('r r');
    expect(words({ operator: 'identityRandom', position: 'middle' }, 0, 2)).toBe('i i');
    expect(words({ operator: 'dead' }, 0, 2)).toBe('z z');
    expect(words({ operator: 'embOnly' }, 0, 2)).toBe('embOnly');
    expect(words({ operator: 'scratch' }, 0, 2)).toBe('scratch');
  });
});

function catchError(run: () => unknown): EspalierError {
  try {
    run();
  } catch (error) {
    if (error instanceof EspalierError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
