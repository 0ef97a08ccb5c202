import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lifetime } from '../../src-main/native/arena.ts';
import { placeInArena } from '../../src-main/native/arena.ts';

/** Values begin at cache lines (native/arena.ts). */
const LINE = 16;

const lifetimes = fc.array(
  fc
    .record({ words: fc.integer({ min: 1, max: 100 }), first: fc.nat(20), length: fc.nat(10) })
    .map(({ words, first, length }): Lifetime => ({ words, first, last: first + length })),
  { maxLength: 30 },
);

const linesOf = (words: number): number => Math.ceil(words / LINE) * LINE;

describe('placeInArena', () => {
  it('lets no two values overlap that live at the same time, and begins each at a line', () => {
    fc.assert(
      fc.property(lifetimes, (lives) => {
        const { offsets, words } = placeInArena(lives);
        expect(offsets).toHaveLength(lives.length);
        for (const [index, life] of lives.entries()) {
          const start = offsets[index]!;
          expect(start % LINE).toBe(0);
          expect(start + life.words).toBeLessThanOrEqual(words);
          for (const [other, own] of lives.slice(0, index).entries()) {
            const isTogether = own.first <= life.last && life.first <= own.last;
            const isApart = offsets[other]! + own.words <= start || start + life.words <= offsets[other]!;
            expect(!isTogether || isApart, `${other} and ${index}`).toBe(true);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no more than all values together, and no less than those that live at one time', () => {
    fc.assert(
      fc.property(lifetimes, (lives) => {
        const { words } = placeInArena(lives);
        const together = Array.from({ length: 31 }, (_, unit) =>
          lives
            .filter(({ first, last }) => first <= unit && unit <= last)
            .reduce((sum, life) => sum + life.words, 0),
        );
        expect(words).toBeGreaterThanOrEqual(Math.max(...together));
        expect(words).toBeLessThanOrEqual(lives.reduce((sum, life) => sum + linesOf(life.words), 0));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives values that follow each other one place, and fits small ones into gaps', () => {
    const lives = [
      { words: 32, first: 0, last: 1 },
      { words: 64, first: 2, last: 5 },
      { words: 20, first: 0, last: 1 },
      { words: 16, first: 4, last: 5 },
    ];
    expect(placeInArena(lives)).toEqual({ offsets: [0, 0, 32, 64], words: 80 });
    expect(placeInArena([])).toEqual({ offsets: [], words: 0 });
  });
});
