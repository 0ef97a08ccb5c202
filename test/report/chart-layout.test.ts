import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { niceRange, shortName, spreadLabels, stepTicks } from '../../src-main/report/chart-layout.ts';

describe('spreadLabels', () => {
  const places = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1, maxLength: 30 });

  it('keeps labels a gap apart while they fit, inside the room, in their order', () => {
    fc.assert(
      fc.property(places, (wanted) => {
        const placed = spreadLabels(wanted, 13, 0, 300);
        const gap = Math.min(13, 300 / Math.max(1, wanted.length - 1));
        const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
        order.forEach((index, place) => {
          expect(placed[index]).toBeGreaterThanOrEqual(-1e-6);
          expect(placed[index]).toBeLessThanOrEqual(300 + 1e-6);
          if (place > 0)
            expect(placed[index]! - placed[order[place - 1]!]!).toBeGreaterThanOrEqual(gap - 1e-6);
        });
      }),
    );
  });

  it('leaves labels alone that are far enough apart', () => {
    expect(spreadLabels([50, 10, 100], 13, 0, 300)).toEqual([50, 10, 100]);
  });
});

describe('niceRange', () => {
  it('contains the values and steps by 1, 2 or 5 times a power of ten', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 1e-5, max: 100, noNaN: true }),
        (low, span) => {
          const range = niceRange(low, low + span, 4);
          expect(range.min).toBeLessThanOrEqual(low + range.interval * 1e-6);
          expect(range.max).toBeGreaterThanOrEqual(low + span - range.interval * 1e-6);
          const mantissa = range.interval / 10 ** Math.floor(Math.log10(range.interval) + 1e-9);
          expect([1, 2, 5]).toContain(Math.round(mantissa * 1e6) / 1e6);
          expect((range.max - range.min) / range.interval).toBeLessThan(8);
          expect(Number(range.interval.toFixed(range.decimals))).toBeCloseTo(range.interval, 12);
        },
      ),
    );
  });

  it('gives a range for a single value', () => {
    const { min, max } = niceRange(2, 2, 4);
    expect(max).toBeGreaterThan(min);
  });
});

describe('stepTicks', () => {
  it('always holds 0, the lag and the last step', () => {
    expect(stepTicks(1000, 560, [200])).toEqual(expect.arrayContaining([0, 200, 1000]));
    expect(stepTicks(1, 560, [])).toEqual([0, 1]);
  });

  it('drops a lag label that would lie on the last one', () => {
    expect(stepTicks(1000, 300, [990])).not.toContain(990);
  });
});

describe('shortName', () => {
  it('cuts by characters, not code units, and takes reordering marks out', () => {
    expect(shortName('🌱🌱🌱🌱', 3)).toBe('🌱🌱…');
    expect(shortName('stack', 5)).toBe('stack');
    expect(shortName('\u202Eabc', 9)).toBe('\uFFFDabc');
  });
});
