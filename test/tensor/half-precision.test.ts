import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundToBfloat16, roundToFloat16 } from '../../src-main/tensor/half-precision.ts';

/** The runtime's own rounding to binary16, newer than the library types. */
const f16round = (Math as unknown as { f16round(x: number): number }).f16round;

describe('roundToFloat16', () => {
  it("agrees with the language's own rounding, denormals, ties and overflow included", () => {
    for (const x of [
      0,
      -0,
      1,
      65_504,
      65_519.99,
      65_520,
      -65_520,
      2 ** -24,
      2 ** -25,
      3 * 2 ** -25,
      2 ** -14,
    ])
      expect(roundToFloat16(x), String(x)).toBe(f16round(x));
    expect(roundToFloat16(Number.NaN)).toBeNaN();
    fc.assert(fc.property(fc.double(), (x) => Object.is(roundToFloat16(x), f16round(x)) || Number.isNaN(x)));
    fc.assert(
      fc.property(fc.double({ min: -7e4, max: 7e4 }), (x) => Object.is(roundToFloat16(x), f16round(x))),
    );
    fc.assert(
      fc.property(fc.double({ min: -1e-3, max: 1e-3 }), (x) => Object.is(roundToFloat16(x), f16round(x))),
    );
  });
});

describe('roundToBfloat16', () => {
  const bitsOf = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0]!;
  const fromBits = (word: number): number => new Float32Array(Uint32Array.of(word).buffer)[0]!;

  it('keeps the upper half of a float32 and is the nearest such value, the even one at a tie', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const rounded = roundToBfloat16(x);
        expect(bitsOf(rounded) & 0xffff).toBe(0);
        const down = bitsOf(x) & 0xffff0000;
        const neighbours = [fromBits(down >>> 0), fromBits((down + 0x10000) >>> 0)];
        if (neighbours.some((value) => !Number.isFinite(value))) return;
        const [near, far] = neighbours.map((value) => Math.abs(value - x)) as [number, number];
        if (near !== far) expect(Math.abs(rounded - x)).toBe(Math.min(near, far));
        else expect((bitsOf(rounded) >>> 16) & 1).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps infinities and NaN, and knows some values', () => {
    expect(roundToBfloat16(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(roundToBfloat16(Number.NaN)).toBeNaN();
    expect(roundToBfloat16(1 + 2 ** -8)).toBe(1);
    expect(roundToBfloat16(1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
    expect(roundToBfloat16(3.140_625)).toBe(3.140_625);
    expect(roundToBfloat16(3.4e38)).toBe(Number.POSITIVE_INFINITY);
  });
});
