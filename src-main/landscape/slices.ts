/** Loss along one and two filter-normalised directions (Li et al. 2018). */
import type { z } from 'zod';
import type { planeRowResultSchema, sliceResultSchema } from '../contract/landscape.ts';
import { bootstrapEstimate, finite, mean, meanOver } from './batch-estimate.ts';
import type { LossOracle } from './loss-oracle.ts';
import { moved } from './parameter-space.ts';

/** `count` (odd) distances from -span to span; the middle one is exactly 0 and they mirror each other exactly. */
export function distancesOf(count: number, span: number): number[] {
  const half = (count - 1) / 2;
  return Array.from({ length: count }, (_, index) => (index === half ? 0 : ((index - half) / half) * span));
}

/** Mean losses at `point + distance·direction`. */
export async function lossSlice(
  oracle: LossOracle,
  point: Float32Array,
  direction: Float32Array,
  options: { readonly points: number; readonly span: number; readonly seed: number },
): Promise<z.infer<typeof sliceResultSchema>> {
  const distances = distancesOf(options.points, options.span);
  const losses: Float64Array[] = [];
  for (const distance of distances)
    losses.push(await oracle.batchLosses(moved(point, [distance, direction])));
  const [first, centre, last] = [losses[0]!, losses[(losses.length - 1) / 2]!, losses.at(-1)!];
  return {
    distances,
    losses: losses.map((values) => finite(mean(values))),
    rise: bootstrapEstimate(
      oracle.batchCount,
      options.seed,
      (batches) => (meanOver(first, batches) + meanOver(last, batches)) / 2 - meanOver(centre, batches),
    ),
  };
}

/** One row of the plane: mean losses at `point + second·directions[1] + first·directions[0]`. */
export async function lossPlaneRow(
  oracle: LossOracle,
  point: Float32Array,
  directions: readonly [Float32Array, Float32Array],
  options: { readonly points: number; readonly span: number; readonly row: number },
): Promise<z.infer<typeof planeRowResultSchema>> {
  const first = distancesOf(options.points, options.span);
  const second = first[options.row]!;
  const losses: (number | null)[] = [];
  for (const distance of first) {
    const place = moved(point, [distance, directions[0]], [second, directions[1]]);
    losses.push(finite(mean(await oracle.batchLosses(place))));
  }
  return { second, first, losses };
}
