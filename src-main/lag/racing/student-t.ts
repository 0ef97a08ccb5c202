/**
 * Student's t distribution and the mean paired difference with its half width. The bootstrap of lag/bootstrap.ts
 * cannot serve here: a level corrected for many looks and rivals lies beyond what a few thousand resamples resolve.
 */
import { EspalierError } from '../../contract/errors.ts';

/** Mean of `losses - reference` over the validation batches, and its standard error. */
export interface MeanDifference {
  readonly mean: number;
  readonly standardError: number;
}

/**
 * Both lists hold one loss for each validation batch, in the same order.
 * @throws EspalierError `refused` for fewer than two batches, `bad-input` for different numbers of batches
 */
export function meanDifference(losses: ArrayLike<number>, reference: ArrayLike<number>): MeanDifference {
  const count = losses.length;
  if (count !== reference.length)
    throw new EspalierError(
      'bad-input',
      `The candidates were evaluated on ${count} and ${reference.length} validation batches; a paired comparison needs the same batches.`,
    );
  if (count < 2)
    throw new EspalierError(
      'refused',
      `The evaluations hold the losses of ${count} validation ${count === 1 ? 'batch' : 'batches'}; a confidence race needs at least 2.`,
      { hint: 'Raise evaluation.batches, or choose a rule that needs no batch losses.' },
    );
  let mean = 0;
  for (let batch = 0; batch < count; batch++) mean += (losses[batch]! - reference[batch]!) / count;
  let squares = 0;
  for (let batch = 0; batch < count; batch++) squares += (losses[batch]! - reference[batch]! - mean) ** 2;
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count) };
}

/**
 * The x above which Student's t with `degrees` degrees of freedom lies with probability `tail`.
 * @param tail above 0, at most 0.5
 */
export function studentQuantile(tail: number, degrees: number): number {
  if (!(tail > 0 && tail <= 0.5) || !(degrees >= 1))
    throw new EspalierError(
      'bad-input',
      `The t quantile of tail ${tail} with ${degrees} degrees of freedom is not defined; the tail must lie between 0 and 0.5, the degrees from 1 on.`,
    );
  let low = 0;
  let high = 1;
  while (studentTail(high, degrees) > tail && high < 1e12) high *= 2;
  for (let round = 0; round < 200 && high - low > 1e-13 * high; round++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(T > x) for x ≥ 0: half the regularised incomplete beta function of ν/(ν+x²) (DLMF 8.17). */
export function studentTail(x: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + x * x), degrees / 2, 0.5) / 2;
}

/** Regularised incomplete beta function by its continued fraction (DLMF 8.17.22, modified Lentz). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

// Lanczos approximation with g = 7 and nine terms (coefficients by P. Godfrey); about 1e-15 relative.
const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const sum = LANCZOS.reduce(
    (total, coefficient, index) => (index === 0 ? coefficient : total + coefficient / (shifted + index)),
    0,
  );
  const t = shifted + 7.5;
  return Math.log(2 * Math.PI) / 2 + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}
