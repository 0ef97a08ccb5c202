/** Runs graphs on the native kernels for the tests, with checks that hold for every graph. */
import { loadNativeLibrary } from '../../src-main/engine/native-library.ts';
import { NativePrograms } from '../../src-main/engine/native-program.ts';
import type { Graph } from '../../src-main/graph/ir.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';

export type Inputs = ReadonlyMap<string, Float32Array | Int32Array>;

const library = await loadNativeLibrary();

/** The library that all native tests share. */
export const nativeLibrary = library;

/** Words behind every output that no kernel may touch. */
const MARGIN = 64;
const UNTOUCHED = 12345;

export interface NativeOptions {
  readonly threads?: number;
  readonly lanes?: number;
}

/**
 * Outputs by name. The program runs twice, each time with outputs full of NaN and the second time with values of the first
 * in its arena.
 * @throws Error where the two runs differ in a bit, inputs change, or an output is written beyond its end
 */
export function runNative(
  graph: Graph,
  inputs: Inputs,
  { threads = 1, lanes = 8 }: NativeOptions = {},
): Map<string, Float32Array> {
  const programs = new NativePrograms(library, threads, lanes);
  try {
    const given = new Map([...inputs].map(([name, values]) => [name, values.slice()]));
    const outputs = new Map(
      [...graph.outputs].map(([name, { shape }]) => {
        const whole = new Float32Array(sizeOf(shape) + MARGIN).fill(UNTOUCHED);
        return [name, { whole, values: whole.subarray(0, sizeOf(shape)) }];
      }),
    );
    const run = programs
      .compile(graph)
      .bind((kind, name) => (kind === 'input' ? given.get(name)! : outputs.get(name)!.values));
    const runOnce = (): Map<string, Float32Array> => {
      for (const { values } of outputs.values()) values.fill(NaN);
      run();
      return new Map([...outputs].map(([name, { values }]) => [name, values.slice()]));
    };
    const first = runOnce();
    const second = runOnce();
    for (const [name, { whole, values }] of outputs) {
      if (!sameBits(first.get(name)!, second.get(name)!)) throw new Error(`${name} differs in a second run`);
      if (!whole.subarray(values.length).every((value) => value === UNTOUCHED))
        throw new Error(`${name} is written beyond its end`);
    }
    for (const [name, values] of given)
      if (!sameBits(values, inputs.get(name)!)) throw new Error(`input ${name} has changed`);
    return first;
  } finally {
    programs.dispose();
  }
}

/** Whether two arrays hold the same bits; NaN equals NaN of the same bits. */
export function sameBits(a: Float32Array | Int32Array, b: Float32Array | Int32Array): boolean {
  const [left, right] = [a, b].map(
    ({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length),
  );
  return left!.length === right!.length && left!.every((word, index) => word === right![index]);
}

/**
 * Largest absolute difference relative to the largest finite value of `expected`, or to `least` where that is smaller;
 * infinite where one is NaN or infinite and the other not.
 */
export function distance(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  least: number = 1e-12,
): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let scale = least;
  for (let index = 0; index < expected.length; index++) {
    const [own, right] = [actual[index]!, expected[index]!];
    if (Object.is(own, right) || own === right) {
      if (Number.isFinite(right)) scale = Math.max(scale, Math.abs(right));
      continue;
    }
    if (!Number.isFinite(own) || !Number.isFinite(right)) return Infinity;
    difference = Math.max(difference, Math.abs(own - right));
    scale = Math.max(scale, Math.abs(right));
  }
  return difference / scale;
}
