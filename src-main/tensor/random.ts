/**
 * Seeded random streams. A stream is named by the study seed and a path of words (purpose, tensor name, …),
 * so every use draws from its own sequence: adding a candidate or a tensor never changes another's numbers.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded with four FNV-1a style hashes of the name.
 * Normal deviates invert the distribution function (Wichura 1988, algorithm AS 241 PPND16). Only + - * / and
 * sqrt are used, which IEEE 754 fixes to the last bit, so the same name gives the same bytes on every machine.
 */
export interface RandomStream {
  /** Uniform whole number in [0, 2^32). */
  nextUint32(): number;
  /** Uniform in [0, 1), 32 random bits. */
  uniform(): number;
  /** Standard normal deviate. */
  normal(): number;
  /** Uniform whole number in [0, bound); bound from 1 to 2^32. Unbiased (rejection). */
  below(bound: number): number;
}

export function randomStream(seed: number, ...path: readonly (string | number)[]): RandomStream {
  const name = JSON.stringify([seed, ...path]);
  let a = hash(name, 0x811c9dc5);
  let b = hash(name, 0x9e3779b9);
  let c = hash(name, 0x85ebca6b);
  let counter = hash(name, 0xc2b2ae35);

  const nextUint32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round++) nextUint32();

  const uniform = (): number => nextUint32() / 2 ** 32;
  const below = (bound: number): number => {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const draw = nextUint32();
      if (draw < limit) return draw % bound;
    }
  };
  // 53 bits, never 0 or 1.
  const normal = (): number =>
    normalQuantile(((nextUint32() >>> 6) * 2 ** 27 + (nextUint32() >>> 5) + 0.5) / 2 ** 53);
  return { nextUint32, uniform, normal, below };
}

/** Array of `count` normal deviates times `deviation`, in drawing order. */
export function normalArray(stream: RandomStream, count: number, deviation: number): Float32Array {
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) values[index] = deviation * stream.normal();
  return values;
}

/** FNV-1a over UTF-16 code units with a murmur3 finaliser; 32 bits. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}

/** Natural logarithm by arithmetic alone: x = m·2^e with m in [√½, √2), log m = 2·artanh((m-1)/(m+1)). */
function naturalLog(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa >= Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let sum = 0;
  for (let power = 23; power >= 1; power -= 2) sum = sum * square + 1 / power;
  return 2 * ratio * sum + exponent * Math.LN2;
}

function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (let index = coefficients.length - 1; index >= 0; index--) sum = sum * x + coefficients[index]!;
  return sum;
}

// Coefficients of AS 241 (Applied Statistics 37, 1988, 477-484), PPND16: relative accuracy about 1e-16.
const CENTRE_NUMERATOR = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const CENTRE_DENOMINATOR = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const NEAR_NUMERATOR = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const NEAR_DENOMINATOR = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_NUMERATOR = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
];
const FAR_DENOMINATOR = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
];

/** The x at which the standard normal distribution function equals `probability` (0 < probability < 1). */
export function normalQuantile(probability: number): number {
  const centred = probability - 0.5;
  if (Math.abs(centred) <= 0.425) {
    const r = 0.180625 - centred * centred;
    return (centred * polynomial(r, CENTRE_NUMERATOR)) / polynomial(r, CENTRE_DENOMINATOR);
  }
  const tail = Math.sqrt(-naturalLog(centred < 0 ? probability : 1 - probability));
  const value =
    tail <= 5
      ? polynomial(tail - 1.6, NEAR_NUMERATOR) / polynomial(tail - 1.6, NEAR_DENOMINATOR)
      : polynomial(tail - 5, FAR_NUMERATOR) / polynomial(tail - 5, FAR_DENOMINATOR);
  return centred < 0 ? -value : value;
}
