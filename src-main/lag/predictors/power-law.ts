/**
 * The power law L(t) = a + b·t^-c, b ≥ 0, of a training curve, fitted by least squares (the form of Hestness et
 * al. 2017 and Kaplan et al. 2020 for loss against training). For a given exponent the rest is a straight line, so
 * the exponent is searched alone (variable projection, Golub and Pereyra 1973). Checked against scipy's curve_fit.
 */
import { EspalierError } from '../../contract/errors.ts';

/** Exponents tried. Flatter or steeper laws than these cannot be told apart on a short curve. */
export const LEAST_EXPONENT = 0.05;
export const LARGEST_EXPONENT = 3;
/** Fewest evaluations for a fit: one more than parameters. */
export const LEAST_POINTS = 4;

export interface PowerLawFit {
  /** Loss the curve tends to, nats per token. */
  readonly asymptote: number;
  /** b in units of the horizon: L = asymptote + drop · (t / horizon)^-exponent, so it is what is left to gain there. */
  readonly drop: number;
  readonly exponent: number;
  /** L(horizon). */
  readonly atHorizon: number;
  /** Standard error of `atHorizon` from the Jacobian; errors of the evaluations taken as independent. */
  readonly standardError: number;
  readonly degrees: number;
  /**
   * `inside`: all three are estimates. `bound`: the exponent is one of the limits. `flat`: the curve does not
   * fall, so the best law is its mean.
   */
  readonly kind: 'inside' | 'bound' | 'flat';
}

/** Above so many evaluations, neighbours are averaged; the fit costs the same for any length. */
const MOST_POINTS = 128;
const GRID = 40;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Fits the law and reads it at the horizon.
 * @param steps Ascending, from 1 on, as many as losses.
 * @returns null for fewer than LEAST_POINTS evaluations or a loss that is not finite
 */
export function fitPowerLaw(
  steps: readonly number[],
  losses: readonly number[],
  horizon: number,
): PowerLawFit | null {
  if (steps.length !== losses.length || steps.some((step) => !(step >= 1)) || !(horizon >= 1))
    throw new EspalierError(
      'bad-input',
      `A power law needs one loss for every step, steps and horizon from 1 on; there are ${steps.length} steps, ${losses.length} losses and a horizon of ${horizon}.`,
    );
  if (steps.length < LEAST_POINTS || !losses.every(Number.isFinite)) return null;
  const points = thin(steps, losses);
  const times = points.map(({ step }) => step / horizon);
  const values = points.map(({ loss }) => loss);
  const errorAt = (logExponent: number): number => lineAt(times, values, Math.exp(logExponent)).error;

  const [low, high] = [Math.log(LEAST_EXPONENT), Math.log(LARGEST_EXPONENT)];
  const grid = Array.from({ length: GRID }, (_, index) => low + ((high - low) * index) / (GRID - 1));
  const errors = grid.map(errorAt);
  const best = errors.indexOf(Math.min(...errors));
  const logExponent = minimise(errorAt, grid[Math.max(0, best - 1)]!, grid[Math.min(GRID - 1, best + 1)]!);
  const isBound = logExponent - low < 1e-6 || high - logExponent < 1e-6;
  const exponent = isBound
    ? logExponent - low < 1e-6
      ? LEAST_EXPONENT
      : LARGEST_EXPONENT
    : Math.exp(logExponent);
  const line = lineAt(times, values, exponent);
  const kind = line.drop === 0 ? 'flat' : isBound ? 'bound' : 'inside';
  const gradients = times.map((time) => gradientAt(time, line.drop, exponent, kind));
  const degrees = values.length - gradients[0]!.length;
  const target = gradientAt(1, line.drop, exponent, kind);
  return {
    asymptote: line.asymptote,
    drop: line.drop,
    exponent,
    atHorizon: line.asymptote + line.drop,
    standardError: Math.sqrt((line.error / degrees) * quadraticForm(gradients, target)),
    degrees,
    kind,
  };
}

/** Least squares of a + b·x over x = time^-exponent with b ≥ 0. */
function lineAt(
  times: readonly number[],
  values: readonly number[],
  exponent: number,
): { asymptote: number; drop: number; error: number } {
  const count = times.length;
  const powers = times.map((time) => time ** -exponent);
  const meanPower = powers.reduce((sum, power) => sum + power, 0) / count;
  const meanValue = values.reduce((sum, value) => sum + value, 0) / count;
  let covariance = 0;
  let variance = 0;
  for (let index = 0; index < count; index++) {
    covariance += (powers[index]! - meanPower) * (values[index]! - meanValue);
    variance += (powers[index]! - meanPower) ** 2;
  }
  const drop = variance > 0 ? Math.max(0, covariance / variance) : 0;
  let error = 0;
  for (let index = 0; index < count; index++)
    error += (values[index]! - meanValue - drop * (powers[index]! - meanPower)) ** 2;
  return { asymptote: meanValue - drop * meanPower, drop, error };
}

/** Derivatives of the law at a time by the parameters that were estimated. */
function gradientAt(time: number, drop: number, exponent: number, kind: PowerLawFit['kind']): number[] {
  const power = time ** -exponent;
  switch (kind) {
    case 'flat':
      return [1];
    case 'bound':
      return [1, power];
    case 'inside':
      return [1, power, -drop * power * Math.log(time)];
    default:
      return kind satisfies never;
  }
}

/** gᵀ (JᵀJ)⁻¹ g, by Gram-Schmidt on the columns of J, which keeps what the square of its condition would lose. */
function quadraticForm(rows: readonly (readonly number[])[], target: readonly number[]): number {
  const columns = target.map((_, column) => rows.map((row) => row[column]!));
  const rest = [...target];
  let total = 0;
  for (const [column, vector] of columns.entries()) {
    const square = dot(vector, vector);
    if (square <= Number.MIN_VALUE) continue;
    total += rest[column]! ** 2 / square;
    for (let later = column + 1; later < columns.length; later++) {
      const share = dot(vector, columns[later]!) / square;
      columns[later] = columns[later]!.map((value, row) => value - share * vector[row]!);
      rest[later] = rest[later]! - share * rest[column]!;
    }
  }
  return total;
}

const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, index) => sum + value * y[index]!, 0);

/** Golden-section search. */
function minimise(error: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atLeft, atRight] = [error(left), error(right)];
  while (high - low > 1e-9) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = error(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = error(right);
    }
  }
  return (low + high) / 2;
}

/** Averages neighbours, so that at most MOST_POINTS remain. */
function thin(steps: readonly number[], losses: readonly number[]): { step: number; loss: number }[] {
  const size = Math.ceil(steps.length / MOST_POINTS);
  const groups = Array.from({ length: Math.ceil(steps.length / size) }, (_, index) => index * size);
  const meanOf = (values: readonly number[], start: number): number => {
    const group = values.slice(start, start + size);
    return group.reduce((sum, value) => sum + value, 0) / group.length;
  };
  return groups.map((start) => ({ step: meanOf(steps, start), loss: meanOf(losses, start) }));
}
