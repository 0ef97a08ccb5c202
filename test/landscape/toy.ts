/**
 * Losses whose landscape is known, as programs for the real oracle: quadratics ½·xᵀAx + cᵀx with one linear term c
 * for each batch, and whatever else is built from x.
 */

import type { ProgramRunner } from '../../src-main/engine/program-runner.ts';
import { referenceProgramRunner } from '../../src-main/engine/reference-program-runner.ts';
import { gradients } from '../../src-main/graph/autodiff.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { hessianVectorProducts } from '../../src-main/graph/hessian-vector.ts';
import type { Node } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import type { Program } from '../../src-main/graph/program.ts';
import { ProgramOracle } from '../../src-main/landscape/loss-oracle.ts';
import { parameterSpace } from '../../src-main/landscape/parameter-space.ts';
import { directionName, productName } from '../../src-main/model/landscape-programs.ts';
import { gradientName } from '../../src-main/model/program-names.ts';
import { randomStream } from '../../src-main/tensor/random.ts';

export interface ToyOptions {
  readonly runner?: ProgramRunner;
  readonly batchCount?: number;
  readonly signal?: AbortSignal;
  readonly batchSize?: number;
}

/** An oracle for `loss(x, batch)` of a matrix x of one column, whose rows are its filters. */
export function toyOracle(
  size: number,
  loss: (b: GraphBuilder, x: Node, batch: Node) => Node,
  { runner = referenceProgramRunner, batchCount = 1, signal, batchSize = 1 }: ToyOptions = {},
): ProgramOracle {
  const program = (
    name: string,
    outputs: (b: GraphBuilder, x: Node, loss: Node) => [string, Node][],
  ): Program => {
    const b = new GraphBuilder();
    const x = b.input('x', [size, 1]);
    const batch = b.input('tokens', [1], 'i32');
    const made = new Map(outputs(b, x, loss(b, x, batch)));
    return {
      name,
      graph: graphOf(made),
      carried: [],
      fixed: ['x'],
      sequence: ['tokens'],
      results: [...made.keys()],
    };
  };
  return new ProgramOracle({
    runner,
    space: parameterSpace([{ name: 'x', shape: [size, 1], filterAxis: 0, part: 'x' }]),
    programs: {
      loss: () => program('loss', (_b, _x, value) => [['loss', value]]),
      gradient: () =>
        program('gradient', (b, x, value) => [[gradientName('x'), gradients(b, value, [x])[0]!]]),
      product: () =>
        program('product', (b, x, value) => [
          [
            productName('x'),
            hessianVectorProducts(b, value, [x], [b.input(directionName('x'), [size, 1])])[0]!,
          ],
        ]),
    },
    batches: Array.from({ length: batchCount }, (_, index) => Int32Array.of(index)),
    batchSize,
    signal: signal ?? new AbortController().signal,
    onRun: () => {},
  });
}

/** ½·xᵀAx + c(batch)ᵀx. */
export function quadratic(
  matrix: readonly (readonly number[])[],
  linear: readonly (readonly number[])[] = [],
) {
  const size = matrix.length;
  return (b: GraphBuilder, x: Node, batch: Node): Node => {
    const a = b.constant(Float32Array.from(matrix.flat()), [size, size]);
    const square = b.scale(b.sumAll(b.multiply(x, b.matmul(a, x))), 0.5);
    // The loss must read the batch, as every loss does.
    const terms = linear.length > 0 ? linear : [new Array<number>(size).fill(0)];
    const table = b.constant(Float32Array.from(terms.flat()), [terms.length, size]);
    const row =
      linear.length > 0
        ? b.gather(table, batch)
        : b.scale(b.gather(b.constant(new Float32Array(64 * size), [64, size]), batch), 0);
    return b.add(square, b.sumAll(b.matmul(row, x)));
  };
}

/** Symmetric with the given eigenvalues, in a random orthonormal basis. */
export function matrixWith(eigenvalues: readonly number[], seed: string): number[][] {
  const size = eigenvalues.length;
  const basis = orthonormal(size, seed);
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) =>
      eigenvalues.reduce(
        (sum, value, index) => sum + value * basis[index]![row]! * basis[index]![column]!,
        0,
      ),
    ),
  );
}

/** Rows of a random orthonormal matrix (Gram-Schmidt, twice). */
export function orthonormal(size: number, seed: string): number[][] {
  const stream = randomStream(1, 'toy', seed);
  const rows: number[][] = [];
  while (rows.length < size) {
    let row = Array.from({ length: size }, () => stream.normal());
    for (let pass = 0; pass < 2; pass++)
      for (const known of rows) {
        const along = row.reduce((sum, value, index) => sum + value * known[index]!, 0);
        row = row.map((value, index) => value - along * known[index]!);
      }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return rows;
}
