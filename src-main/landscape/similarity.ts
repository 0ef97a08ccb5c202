/**
 * Linear centred kernel alignment between the hidden states of two models on the same tokens (Kornblith et al. 2019,
 * §3): ‖Yᵀ X‖² / (‖Xᵀ X‖·‖Yᵀ Y‖) in Frobenius norms, columns centred. 1 for equal representations up to rotation
 * and isotropic scale, 0 for unrelated ones. With few tokens against the width the value is biased upwards.
 */
import { turn } from '../engine/program-runner.ts';

/** Hidden states [rows, width], row-major. */
export interface Representation {
  readonly values: Float64Array;
  readonly width: number;
}

/** Linear CKA of two representations of equally many rows; NaN where one of them is constant. */
export function linearCka(x: Representation, y: Representation): number {
  const [a, b] = [centred(x), centred(y)];
  return crossSquared(a, b) / Math.sqrt(crossSquared(a, a) * crossSquared(b, b));
}

/** CKA of every pair, [first][second]; lets the event loop turn after each pair. */
export async function similarityMatrix(
  first: readonly Representation[],
  second: readonly Representation[],
): Promise<number[][]> {
  const [rows, columns] = [first.map(centred), second.map(centred)];
  const selfOf = async (list: readonly Representation[]): Promise<number[]> => {
    const values: number[] = [];
    for (const one of list) {
      await turn();
      values.push(crossSquared(one, one));
    }
    return values;
  };
  const [rowSelf, columnSelf] = [await selfOf(rows), await selfOf(columns)];
  const matrix: number[][] = [];
  for (const [row, x] of rows.entries()) {
    const line: number[] = [];
    for (const [column, y] of columns.entries()) {
      await turn();
      line.push(crossSquared(x, y) / Math.sqrt(rowSelf[row]! * columnSelf[column]!));
    }
    matrix.push(line);
  }
  return matrix;
}

function centred({ values, width }: Representation): Representation {
  const rows = values.length / width;
  const means = new Float64Array(width);
  for (let index = 0; index < values.length; index++) means[index % width]! += values[index]!;
  for (let column = 0; column < width; column++) means[column]! /= rows;
  return { values: values.map((value, index) => value - means[index % width]!), width };
}

/** ‖Xᵀ Y‖² in the Frobenius norm. */
function crossSquared(x: Representation, y: Representation): number {
  const rows = x.values.length / x.width;
  const product = new Float64Array(x.width * y.width);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < x.width; i++) {
      const value = x.values[row * x.width + i]!;
      const from = row * y.width;
      const into = i * y.width;
      for (let j = 0; j < y.width; j++) product[into + j]! += value * y.values[from + j]!;
    }
  return product.reduce((sum, value) => sum + value * value, 0);
}
