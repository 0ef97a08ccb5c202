/** The C sources against what TypeScript says of them, and the elementary functions against Math. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { erf } from '../../src-main/engine/reference-kernels.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Node } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { PLAN_VERSION } from '../../src-main/native/plan.ts';
import { ROW_OPERATIONS } from '../../src-main/native/row-operations.ts';
import { kernelSourceHash } from './build-kernels.ts';
import { nativeLibrary, runNative } from './run-native.ts';

const sourceOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../src-main/native/kernels', name), 'utf8');

/** Names of an enum of the sources, without comments and in their order. */
function enumOf(source: string, name: string): string[] {
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(source)![1]!;
  return body
    .replaceAll(/\/\*.*?\*\//gs, '')
    .split(',')
    .map((entry) => entry.trim());
}

describe('the library of kernels', () => {
  it('was built from the sources as they are', () => {
    expect(nativeLibrary.source).toBe(kernelSourceHash());
  });

  it('numbers row operations as row-operations.ts does', () => {
    const names = ROW_OPERATIONS.map((operation) =>
      operation === 'copy'
        ? 'COPY_ROW' // COPY is a unit
        : operation.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
    );
    expect(enumOf(sourceOf('kernels.h'), 'row_operation')).toEqual(names);
  });

  it('reads plans of the version that plan.ts writes', () => {
    const version = /espalier_plan_version\(void\) \{ return (\d+); \}/.exec(sourceOf('steps.c'))![1];
    expect(Number(version)).toBe(PLAN_VERSION);
  });

  it('computes with no wider vectors than it is asked to', () => {
    const names = [4, 8, 16].map((lanes) => nativeLibrary.vectors(lanes));
    const wider = { x64: ['SSE2', 'AVX2', 'AVX-512'], arm64: ['NEON', 'NEON', 'NEON'] }[
      process.arch as 'x64'
    ];
    expect(names[0]).toBe(wider[0]);
    for (const [index, name] of names.entries()) expect(wider.slice(0, index + 1)).toContain(name);
  });
});

/** `count` values at equal distances, with both ends. */
function valuesIn(from: number, to: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => from + ((to - from) * index) / (count - 1));
}

/** 64 values of every exponent whose numbers are neither denormal nor infinite. */
const positives = ((): Float32Array => {
  const words = new Int32Array(254 * 64);
  for (let index = 0; index < words.length; index++)
    words[index] = ((1 + (index >> 6)) << 23) | (((index & 63) * 131101 + index * 7919) & 0x7fffff);
  return new Float32Array(words.buffer);
})();

const SMALLEST_NORMAL = 2 ** -126;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;
const SMALLEST_DENORMAL = 2 ** -149;

/** What a function gives for each value over `lanes` lanes. */
function applied(
  lanes: number,
  values: Float32Array,
  apply: (b: GraphBuilder, x: Node) => Node,
): Float32Array {
  const b = new GraphBuilder();
  const graph = graphOf(new Map([['result', apply(b, b.input('x', [values.length]))]]));
  return runNative(graph, new Map([['x', values]]), { lanes }).get('result')!;
}

/** Sets an element; by its word where it is denormal, which this thread would store as zero. */
function put(values: Float32Array, at: number, x: number): void {
  if (x !== 0 && Math.abs(x) < SMALLEST_NORMAL) new Int32Array(values.buffer)[at] = x / SMALLEST_DENORMAL;
  else values[at] = x;
}

/** Distance between neighbouring float32 numbers around x; that of the smallest normal ones where x is denormal. */
const spacing = (x: number): number => 2 ** Math.max(-149, Math.floor(Math.log2(Math.abs(x))) - 23);

interface Bound {
  /** In units of the last place of the exact value. */
  readonly ulps?: number;
  /** Alone or beyond the ulps: where results are denormal they count as zero. */
  readonly absolute?: number;
}

interface Elementary {
  readonly name: string;
  readonly apply: (b: GraphBuilder, x: Node) => Node;
  readonly exact: (x: number) => number;
  readonly values: Float32Array;
  readonly bound: Bound;
  /** Values and what they must give to the bit, but for the sign of zero. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

const negatives = positives.map((value) => -value);
const signed = Float32Array.of(...positives, ...negatives);

const FUNCTIONS: readonly Elementary[] = [
  {
    name: 'exp',
    apply: (b, x) => b.exp(x),
    exact: Math.exp,
    values: Float32Array.of(...valuesIn(-104, 88.72, 30_000), ...valuesIn(-1, 1, 10_000), ...signed),
    bound: { ulps: 1.25, absolute: SMALLEST_NORMAL },
    points: [
      [0, 1],
      [-0, 1],
      [Infinity, Infinity],
      [-Infinity, 0],
      [89, Infinity],
      [LARGEST, Infinity],
      [-LARGEST, 0],
      [-104, 0],
      [-1e9, 0],
      [SMALLEST_DENORMAL, 1],
      [NaN, NaN],
    ],
  },
  {
    name: 'log',
    apply: (b, x) => b.log(x),
    exact: Math.log,
    values: Float32Array.of(...positives, ...valuesIn(0.5, 2, 30_000)),
    bound: { ulps: 1 },
    points: [
      [0, -Infinity],
      [-0, -Infinity],
      [SMALLEST_DENORMAL, -Infinity],
      [1, 0],
      [Infinity, Infinity],
      [-Infinity, NaN],
      [-1, NaN],
      [-SMALLEST_NORMAL, NaN],
      [NaN, NaN],
    ],
  },
  {
    name: 'erf',
    apply: (b, x) => b.erf(x),
    exact: erf,
    values: Float32Array.of(...valuesIn(-7, 7, 30_000), ...signed),
    bound: { absolute: 4e-7 },
    points: [
      [0, 0],
      [-0, 0],
      [NaN, NaN],
    ],
  },
  {
    name: 'tanh',
    apply: (b, x) => b.tanh(x),
    exact: Math.tanh,
    values: Float32Array.of(...valuesIn(-10, 10, 30_000), ...signed),
    bound: { ulps: 2 },
    points: [
      [0, 0],
      [-0, 0],
      [Infinity, 1],
      [-Infinity, -1],
      [LARGEST, 1],
      [-LARGEST, -1],
      [SMALLEST_DENORMAL, 0],
      [NaN, NaN],
    ],
  },
  {
    name: 'sigmoid',
    apply: (b, x) => b.sigmoid(x),
    exact: (x) => 1 / (1 + Math.exp(-x)),
    values: Float32Array.of(...valuesIn(-87, 40, 30_000), ...signed),
    bound: { ulps: 2.5, absolute: SMALLEST_NORMAL },
    points: [
      [0, 0.5],
      [-0, 0.5],
      [Infinity, 1],
      [-Infinity, 0],
      [LARGEST, 1],
      [-LARGEST, 0],
      [NaN, NaN],
    ],
  },
  {
    name: 'sqrt',
    apply: (b, x) => b.sqrt(x),
    exact: Math.sqrt,
    values: Float32Array.of(...positives, ...valuesIn(0, 100, 10_000)),
    bound: { ulps: 0.5 },
    points: [
      [0, 0],
      [-0, 0],
      [Infinity, Infinity],
      [SMALLEST_DENORMAL, 0],
      [SMALLEST_NORMAL, 2 ** -63],
      [-1, NaN],
      [-Infinity, NaN],
      [NaN, NaN],
    ],
  },
];

describe('elementary functions of the kernels', () => {
  for (const lanes of [4, 8])
    for (const { name, apply, exact, values, bound, points } of FUNCTIONS) {
      const { ulps = 0, absolute = 0 } = bound;
      it(`${name} over ${lanes} lanes is within ${ulps} ulps or ${absolute} of the exact value`, () => {
        const results = applied(lanes, values, apply);
        let [worst, at] = [0, NaN];
        for (const [index, x] of values.entries()) {
          const right = exact(x);
          const own = results[index]!;
          if (Math.abs(right) > LARGEST) {
            expect(own, `${name}(${x})`).toBe(right > 0 ? Infinity : -Infinity);
            continue;
          }
          const difference = Math.abs(own - right);
          if (difference <= absolute) continue;
          const error = difference / spacing(right);
          if (!(error <= worst)) [worst, at] = [error, x];
        }
        expect(worst, `${name}(${at})`).toBeLessThanOrEqual(ulps);
      });

      it(`${name} over ${lanes} lanes is exact where it must be, wherever in a vector`, () => {
        for (const [x, y] of points)
          for (const place of [0, 3, 8, 10]) {
            const row = new Float32Array(11).fill(0.5);
            put(row, place, x);
            const result = applied(lanes, row, apply)[place]!;
            expect(result === 0 ? 0 : result, `${name}(${x})`).toBe(y);
          }
      });
    }

  it('give a value the same bits anywhere in a row', () => {
    for (const lanes of [4, 8])
      for (const { apply, values } of FUNCTIONS) {
        const some = values.subarray(0, 37);
        const together = applied(lanes, some, apply);
        for (const [index, x] of some.entries())
          expect(applied(lanes, Float32Array.of(x), apply)[0]).toBe(together[index]);
      }
  });
});
