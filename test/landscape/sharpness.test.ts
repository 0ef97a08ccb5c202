import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { onnxRuntimeProgramRunner } from '../../src-main/engine/onnxruntime-program-runner.ts';
import type { ProgramRunner } from '../../src-main/engine/program-runner.ts';
import { referenceProgramRunner } from '../../src-main/engine/reference-program-runner.ts';
import { largestCurvature } from '../../src-main/landscape/sharpness.ts';
import { symmetricEigen } from '../../src-main/landscape/symmetric-eigen.ts';
import { matrixWith, quadratic, toyOracle } from './toy.ts';

const point = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, index) => 0.3 - 0.1 * index);
const relative = (value: number, truth: number): number => Math.abs(value - truth) / Math.abs(truth);

/** A runner on which Hessian-vector programs cannot be compiled. */
const withoutProducts: ProgramRunner = {
  ...referenceProgramRunner,
  compile: async (program) => {
    if (program.name === 'product') throw new EspalierError('refused', 'no kernel for this program');
    return referenceProgramRunner.compile(program);
  },
};

describe('largestCurvature', () => {
  const eigenvalues = [9.5, 9, 4, 2, 1, 0.5, 0.1, 0.01, 0, -3];

  for (const runner of [referenceProgramRunner, onnxRuntimeProgramRunner(1)])
    it(`finds the largest eigenvalue of a quadratic within 1 % (${runner.device})`, async () => {
      const oracle = toyOracle(10, quadratic(matrixWith(eigenvalues, 'known')), { runner });
      const found = await largestCurvature(oracle, point(10), { iterations: 10, seed: 1 });
      expect(relative(found.largest!.estimate, 9.5)).toBeLessThan(1e-2);
      expect(found.smallest).toBeCloseTo(-3, 3);
      expect(found.residual!).toBeLessThan(0.05);
      expect(found).toMatchObject({ method: 'exact', reason: null });
      await oracle.dispose();
    });

  it('does not take a negative eigenvalue of larger size for the largest', async () => {
    const oracle = toyOracle(8, quadratic(matrixWith([2, 1, 0.5, 0, 0, 0, -1, -50], 'saddle')));
    const found = await largestCurvature(oracle, point(8), { iterations: 8, seed: 1 });
    expect(relative(found.largest!.estimate, 2)).toBeLessThan(1e-2);
    expect(relative(found.smallest!, -50)).toBeLessThan(1e-2);
  });

  it('comes within 1 % with far fewer products than dimensions', async () => {
    const spectrum = Array.from({ length: 200 }, (_, index) => 20 / (1 + index));
    const oracle = toyOracle(200, quadratic(matrixWith(spectrum, 'long')));
    const found = await largestCurvature(oracle, point(200), { iterations: 20, seed: 1 });
    expect(relative(found.largest!.estimate, 20)).toBeLessThan(1e-2);
    expect(found.iterations).toBeLessThanOrEqual(20);
  });

  it('is the same everywhere on a quadratic, and for every spectrum', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 0, max: 1000 }),
        async (values, seed) => {
          const oracle = toyOracle(values.length, quadratic(matrixWith(values, `any ${seed}`)));
          const place = Float32Array.from(values, (value) => value * seed * 0.01);
          const found = await largestCurvature(oracle, place, { iterations: 6, seed });
          expect(Math.abs(found.largest!.estimate - Math.max(...values))).toBeLessThan(
            0.01 * Math.max(1, ...values.map(Math.abs)),
          );
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });

  it('says so when it had to use differences of gradients, and is still within 1 %', async () => {
    const oracle = toyOracle(10, quadratic(matrixWith(eigenvalues, 'known')), { runner: withoutProducts });
    const found = await largestCurvature(oracle, point(10), { iterations: 10, seed: 1 });
    expect(found).toMatchObject({ method: 'differences', reason: 'no kernel for this program' });
    expect(relative(found.largest!.estimate, 9.5)).toBeLessThan(1e-2);
  });

  it('does not hide an error that is no refusal behind differences', async () => {
    const broken: ProgramRunner = {
      ...withoutProducts,
      compile: async () => {
        throw new EspalierError('failed', 'broken inside');
      },
    };
    const oracle = toyOracle(3, quadratic(matrixWith([1, 2, 3], 'broken')), { runner: broken });
    await expect(largestCurvature(oracle, point(3), { iterations: 3, seed: 1 })).rejects.toThrow(
      'broken inside',
    );
  });

  it('stops before the next batch once the signal fired', async () => {
    const controller = new AbortController();
    const oracle = toyOracle(3, quadratic(matrixWith([1, 2, 3], 'stop')), { signal: controller.signal });
    controller.abort();
    await expect(largestCurvature(oracle, point(3), { iterations: 3, seed: 1 })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});

describe('symmetricEigen', () => {
  it('gives pairs with A·v = λ·v, of norm 1, largest first, that add up to the trace', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }).chain((size) =>
          fc.array(
            fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: size, maxLength: size }),
            {
              minLength: size,
              maxLength: size,
            },
          ),
        ),
        (square) => {
          const matrix = square.map((row, i) => row.map((value, j) => (i <= j ? value : square[j]![i]!)));
          const pairs = symmetricEigen(matrix);
          for (const { value, vector } of pairs) {
            expect(Math.hypot(...vector)).toBeCloseTo(1, 9);
            matrix.forEach((row, index) => {
              const product = row.reduce((sum, entry, column) => sum + entry * vector[column]!, 0);
              expect(Math.abs(product - value * vector[index]!)).toBeLessThan(1e-9);
            });
          }
          const values = pairs.map(({ value }) => value);
          expect(values).toEqual(values.toSorted((a, b) => b - a));
          const trace = matrix.reduce((sum, row, index) => sum + row[index]!, 0);
          expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(trace, 8);
        },
      ),
      { seed: 5 },
    );
  });
});
