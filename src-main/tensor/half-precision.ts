/** Rounding to the two 16-bit formats in which GPUs multiply, ties to even, as IEEE 754 rounds. */

import type { ProductPrecision } from '../contract/compute.ts';

const bits = new DataView(new ArrayBuffer(4));

/** 1 sign, 8 exponent and 7 mantissa bits (Kalamkar et al. 2019, §2). */
export function roundToBfloat16(x: number): number {
  const single = Math.fround(x);
  if (!Number.isFinite(single)) return single;
  bits.setFloat32(0, single);
  const word = bits.getUint32(0);
  const isOdd = (word >>> 16) & 1;
  bits.setUint32(0, ((word + 0x7fff + isOdd) & 0xffff0000) >>> 0);
  return bits.getFloat32(0);
}

const SMALLEST_NORMAL = 2 ** -14;
/** The largest finite value, 65504, plus half of its last place: from here on everything is infinite. */
const OVERFLOW = 65_520;

/** 1 sign, 5 exponent and 10 mantissa bits (IEEE 754 binary16), denormals included. */
export function roundToFloat16(x: number): number {
  const size = Math.abs(x);
  if (!(size < OVERFLOW)) return Number.isNaN(x) ? x : Math.sign(x) * Number.POSITIVE_INFINITY;
  const exponent = size < SMALLEST_NORMAL ? -14 : Math.floor(Math.log2(size));
  const lastPlace = 2 ** (exponent - 10);
  return Math.sign(x) * roundHalfEven(size / lastPlace) * lastPlace;
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

export const roundTo: Readonly<Record<ProductPrecision, (x: number) => number>> = {
  float32: (x) => x,
  float16: roundToFloat16,
  bfloat16: roundToBfloat16,
};
