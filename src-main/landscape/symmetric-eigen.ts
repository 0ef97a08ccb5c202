/** Eigenvalues and eigenvectors of small symmetric matrices by cyclic Jacobi rotations (Golub & Van Loan, §8.5). */

export interface EigenPair {
  readonly value: number;
  /** Of norm 1. */
  readonly vector: Float64Array;
}

const SWEEPS = 60;

/** All pairs, largest eigenvalue first. `matrix` [n][n] must be symmetric. */
export function symmetricEigen(matrix: readonly ArrayLike<number>[]): EigenPair[] {
  const size = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = Array.from({ length: size }, (_, index) => {
    const vector = new Float64Array(size);
    vector[index] = 1;
    return vector;
  });
  const scale = Math.sqrt(
    a.reduce((sum, row) => sum + row.reduce((part, value) => part + value * value, 0), 0),
  );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let outside = 0;
    for (let p = 0; p < size; p++) for (let q = 0; q < p; q++) outside += a[p]![q]! ** 2;
    if (Math.sqrt(outside) <= 1e-15 * scale) break;
    for (let p = 0; p < size - 1; p++) for (let q = p + 1; q < size; q++) rotate(a, vectors, p, q);
  }
  return vectors
    .map((vector, index) => ({ value: a[index]![index]!, vector }))
    .sort((first, second) => second.value - first.value);
}

/** Makes a[p][q] zero. `vectors` holds the eigenvectors as rows. */
function rotate(a: readonly Float64Array[], vectors: readonly Float64Array[], p: number, q: number): void {
  const off = a[p]![q]!;
  if (off === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * off);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of a) {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  for (const [first, second] of [
    [a[p]!, a[q]!],
    [vectors[p]!, vectors[q]!],
  ] as const)
    for (let index = 0; index < first.length; index++) {
      const [x, y] = [first[index]!, second[index]!];
      first[index] = c * x - s * y;
      second[index] = s * x + c * y;
    }
}
