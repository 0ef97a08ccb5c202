/**
 * Loss on the straight line between two models of one architecture. Two numbers for the same path:
 * - barrier: the highest rise above the straight line between the two end losses (Entezari et al. 2022,
 *   definition 1). Zero for every convex loss, whatever the ends.
 * - instability: the highest loss minus the mean of the two end losses (Frankle et al. 2020, §2). The same where
 *   the ends are equally good; half their difference more or less where they are not.
 */
import type { z } from 'zod';
import type { barrierResultSchema } from '../contract/landscape.ts';
import { bootstrapEstimate, finite, mean, meanOver } from './batch-estimate.ts';
import type { LossOracle } from './loss-oracle.ts';
import { between, moved, norm } from './parameter-space.ts';

export async function barrierPath(
  oracle: LossOracle,
  from: Float32Array,
  to: Float32Array,
  options: { readonly points: number; readonly seed: number },
): Promise<z.infer<typeof barrierResultSchema>> {
  const shares = Array.from({ length: options.points }, (_, index) => index / (options.points - 1));
  const losses: Float64Array[] = [];
  for (const share of shares) losses.push(await oracle.batchLosses(between(from, to, share)));
  /** Largest of `height(share, loss, first, last)` over the path, for the mean losses of some batches. */
  const highest =
    (height: (share: number, loss: number, first: number, last: number) => number) =>
    (batches: Readonly<Uint32Array>): number => {
      const means = losses.map((values) => meanOver(values, batches));
      return Math.max(...means.map((loss, index) => height(shares[index]!, loss, means[0]!, means.at(-1)!)));
    };
  const estimate = (statistic: (batches: Readonly<Uint32Array>) => number) =>
    bootstrapEstimate(oracle.batchCount, options.seed, statistic);
  return {
    shares,
    losses: losses.map((values) => finite(mean(values))),
    barrier: estimate(
      highest((share, loss, first, last) =>
        // At the ends the line is the loss itself, without the rounding of the product.
        share === 0 || share === 1
          ? loss - (share === 0 ? first : last)
          : loss - ((1 - share) * first + share * last),
      ),
    ),
    instability: estimate(highest((_, loss, first, last) => loss - (first + last) / 2)),
    distance: norm(moved(to, [-1, from])) / norm(from),
  };
}
