/**
 * Gradient noise scale and gradient norms. With gradients of n batches of b sequences each, the small batch is one
 * batch and the big one all of them; both estimators are unbiased (McCandlish et al. 2018, appendix A.1):
 *   |G|² = (n·b·|G_big|² − b·|G_small|²) / (n·b − b),   tr(Σ) = (|G_small|² − |G_big|²) / (1/b − 1/(n·b)),
 * and the simple noise scale is tr(Σ)/|G|², in sequences: about the batch size at which noise and signal are equal.
 * Their ratio is not unbiased; its interval is a jackknife over batches.
 */
import type { z } from 'zod';
import type { gradientsResultSchema } from '../contract/landscape.ts';
import { jackknifeEstimate, mean } from './batch-estimate.ts';
import type { LossOracle } from './loss-oracle.ts';
import { dot } from './parameter-space.ts';

export interface GradientMoments {
  /** |g_i|² of every batch. */
  readonly squaredNorms: readonly number[];
  /** g_i · ḡ of every batch with the mean over all. */
  readonly alongMean: readonly number[];
  /** |ḡ|². */
  readonly squaredMean: number;
  /** Sequences in a batch. */
  readonly batchSize: number;
}

export interface NoiseEstimate {
  readonly squaredNorm: number;
  readonly variance: number;
}

/** The two unbiased estimators from a mean squared norm of single batches and the squared norm of their mean. */
function unbiased(smallSquared: number, bigSquared: number, count: number, batchSize: number): NoiseEstimate {
  return {
    squaredNorm: (count * bigSquared - smallSquared) / (count - 1),
    variance: (smallSquared - bigSquared) / (1 / batchSize - 1 / (count * batchSize)),
  };
}

/** Noise statistics of at least two batches. */
export function noiseStatistics(
  moments: GradientMoments,
): NoiseEstimate & Pick<z.infer<typeof gradientsResultSchema>, 'noiseScale'> {
  const { squaredNorms, alongMean, squaredMean, batchSize } = moments;
  const count = squaredNorms.length;
  const whole = unbiased(mean(squaredNorms), squaredMean, count, batchSize);
  if (!(whole.squaredNorm > 0)) return { ...whole, noiseScale: null };
  const total = squaredNorms.reduce((sum, value) => sum + value, 0);
  const leftOut =
    count < 3
      ? []
      : squaredNorms.map((own, index) => {
          // |Σ − g_i|² / (n − 1)² from what is known about the sum.
          const rest = (count * count * squaredMean - 2 * count * alongMean[index]! + own) / (count - 1) ** 2;
          const part = unbiased((total - own) / (count - 1), rest, count - 1, batchSize);
          return part.variance / part.squaredNorm;
        });
  return { ...whole, noiseScale: jackknifeEstimate(whole.variance / whole.squaredNorm, leftOut) };
}

/** Two passes over the batches, so that memory holds two gradients however many batches there are. */
export async function gradientStatistics(
  oracle: LossOracle,
  point: Float32Array,
): Promise<z.infer<typeof gradientsResultSchema>> {
  const count = oracle.batchCount;
  const sum = new Float64Array(point.length);
  const squaredNorms: number[] = [];
  for (let batch = 0; batch < count; batch++) {
    const gradient = await oracle.batchGradient(point, batch);
    squaredNorms.push(dot(gradient, gradient));
    for (let index = 0; index < sum.length; index++) sum[index]! += gradient[index]!;
  }
  const average = Float32Array.from(sum, (value) => value / count);
  const alongMean: number[] = [];
  if (count >= 3)
    for (let batch = 0; batch < count; batch++)
      alongMean.push(dot(await oracle.batchGradient(point, batch), average));
  const squaredMean = dot(average, average);
  const noise =
    count < 2
      ? { squaredNorm: squaredMean, variance: 0, noiseScale: null }
      : noiseStatistics({ squaredNorms, alongMean, squaredMean, batchSize: oracle.batchSize });
  return { ...noise, norms: normsByPart(oracle, average) };
}

function normsByPart({ space }: LossOracle, gradient: Float32Array): { part: string; norm: number }[] {
  const squares = new Map<string, number>();
  for (const { part, offset, size } of space.parameters) {
    const own = gradient.subarray(offset, offset + size);
    squares.set(part, (squares.get(part) ?? 0) + dot(own, own));
  }
  return Array.from(squares, ([part, square]) => ({ part, norm: Math.sqrt(square) }));
}
