/**
 * Largest eigenvalue of the Hessian of the mean loss over the batches, by Lanczos iterations with full
 * reorthogonalisation (Golub & Van Loan, §10.3) on Hessian-vector products. For the same number of products Lanczos
 * is far closer than power iteration, whose subspace it contains, and it does not confuse the largest eigenvalue
 * with a negative one of larger size.
 */
import type { z } from 'zod';
import type { BatchEstimate, sharpnessResultSchema } from '../contract/landscape.ts';
import { normalArray, randomStream } from '../tensor/random.ts';
import { bootstrapEstimate, mean, meanOver } from './batch-estimate.ts';
import type { LossOracle } from './loss-oracle.ts';
import { dot, moved, norm } from './parameter-space.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Stops once the residual is this small against the eigenvalue. */
const TOLERANCE = 1e-3;
/** Iterations from one look at the residual to the next. */
const LOOK_EVERY = 4;

/**
 * @param options.iterations Most products over all batches; memory holds as many vectors.
 * @param options.seed Names the stream of the start vector.
 */
export async function largestCurvature(
  oracle: LossOracle,
  point: Float32Array,
  options: { readonly iterations: number; readonly seed: number },
): Promise<z.infer<typeof sharpnessResultSchema>> {
  const size = oracle.space.size;
  const most = Math.min(options.iterations, size);
  const basis: Float32Array[] = [
    unit(normalArray(randomStream(options.seed, 'landscape', 'lanczos'), size, 1)),
  ];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let ritz = symmetricEigen([[0]]);
  while (diagonal.length < most) {
    const q = basis.at(-1)!;
    let w = await meanProduct(oracle, point, q);
    diagonal.push(dot(w, q));
    // Twice is enough (Parlett 1998, §6.9).
    for (let pass = 0; pass < 2; pass++)
      w = moved(w, ...basis.map((known) => [-dot(w, known), known] as const));
    const rest = norm(w);
    const count = diagonal.length;
    const isLook = count % LOOK_EVERY === 0 || count === most;
    const scale = Math.max(...diagonal.map(Math.abs), ...beside, Number.MIN_VALUE);
    const isExhausted = !(rest > 1e-6 * scale);
    if (isLook || isExhausted) {
      ritz = symmetricEigen(tridiagonal(diagonal, beside));
      const { value, vector } = ritz[0]!;
      if (isExhausted || rest * Math.abs(vector[count - 1]!) <= TOLERANCE * Math.abs(value)) break;
    }
    if (count === most) break;
    beside.push(rest);
    basis.push(w.map((value) => value / rest));
  }
  const { vector } = ritz[0]!;
  const v = unit(
    moved(
      new Float32Array(size),
      ...basis.slice(0, vector.length).map((known, index) => [vector[index]!, known] as const),
    ),
  );
  return {
    ...(await rayleigh(oracle, point, v, options.seed)),
    smallest: ritz.at(-1)!.value,
    iterations: diagonal.length,
    ...(await oracle.hessianMethod()),
  };
}

/** vᵀHv over the batches, and how far v is from an eigenvector. */
async function rayleigh(
  oracle: LossOracle,
  point: Float32Array,
  v: Float32Array,
  seed: number,
): Promise<{ largest: BatchEstimate | null; residual: number }> {
  const quotients: number[] = [];
  const sum = new Float64Array(v.length);
  for (let batch = 0; batch < oracle.batchCount; batch++) {
    const product = await oracle.batchProduct(point, batch, v);
    quotients.push(dot(product, v));
    for (let index = 0; index < sum.length; index++) sum[index]! += product[index]! / oracle.batchCount;
  }
  const largest = bootstrapEstimate(oracle.batchCount, seed, (batches) => meanOver(quotients, batches));
  const value = mean(quotients);
  let residual = 0;
  for (let index = 0; index < sum.length; index++) residual += (sum[index]! - value * v[index]!) ** 2;
  return {
    largest: largest ?? { estimate: Number.NaN, low: null, high: null },
    residual: Math.sqrt(residual),
  };
}

async function meanProduct(oracle: LossOracle, point: Float32Array, v: Float32Array): Promise<Float32Array> {
  const sum = new Float64Array(v.length);
  for (let batch = 0; batch < oracle.batchCount; batch++) {
    const product = await oracle.batchProduct(point, batch, v);
    for (let index = 0; index < sum.length; index++) sum[index]! += product[index]!;
  }
  return Float32Array.from(sum, (value) => value / oracle.batchCount);
}

function tridiagonal(diagonal: readonly number[], beside: readonly number[]): Float64Array[] {
  return diagonal.map((value, row) => {
    const line = new Float64Array(diagonal.length);
    line[row] = value;
    if (row > 0) line[row - 1] = beside[row - 1]!;
    if (row < beside.length && row + 1 < diagonal.length) line[row + 1] = beside[row]!;
    return line;
  });
}

function unit(vector: Float32Array): Float32Array {
  const length = norm(vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}
