/**
 * What each layer does for the loss: the model without a layer (both branches removed, the residual stream goes
 * on), with two neighbours swapped, and with the final norm and head put after fewer layers. Parameters are never
 * retrained: these are readings of the model as it is.
 */
import type { z } from 'zod';
import type { depthResultSchema } from '../contract/landscape.ts';
import { layerParameterName, OUT_PROJECTION_ROLES } from '../model/parameter-layout.ts';
import { bootstrapEstimate, finite, mean, meanOver } from './batch-estimate.ts';
import type { LossOracle } from './loss-oracle.ts';
import type { ParameterSpace } from './parameter-space.ts';

type DepthResult = z.infer<typeof depthResultSchema>;

/** The model with the out-projections of a layer at zero: the layer adds nothing, x ↦ x + 0 + 0. */
export function withoutLayer(space: ParameterSpace, point: Float32Array, layer: number): Float32Array {
  const silent = new Set(OUT_PROJECTION_ROLES.map((role) => layerParameterName(layer, role)));
  const result = point.slice();
  for (const { name, offset, size } of space.parameters)
    if (silent.has(name)) result.fill(0, offset, offset + size);
  return result;
}

/** The model with `layer` and `layer + 1` in exchanged places. */
export function withSwappedLayers(space: ParameterSpace, point: Float32Array, layer: number): Float32Array {
  const offsets = new Map(space.parameters.map(({ name, offset }) => [name, offset]));
  const result = point.slice();
  const [lower, upper] = [`h.${layer}.`, `h.${layer + 1}.`];
  for (const { name, offset, size } of space.parameters) {
    const partner = name.startsWith(lower)
      ? name.replace(lower, upper)
      : name.startsWith(upper)
        ? name.replace(upper, lower)
        : null;
    if (partner === null) continue;
    const from = offsets.get(partner)!;
    result.set(point.subarray(from, from + size), offset);
  }
  return result;
}

/** Losses of the model changed by `change` at each of `layers`, against the whole model. */
export async function changedLayers(
  oracle: LossOracle,
  point: Float32Array,
  options: {
    readonly layers: number;
    readonly change: (space: ParameterSpace, point: Float32Array, layer: number) => Float32Array;
    readonly seed: number;
  },
): Promise<DepthResult> {
  const whole = await oracle.batchLosses(point);
  const losses: Float64Array[] = [];
  for (let layer = 0; layer < options.layers; layer++)
    losses.push(await oracle.batchLosses(options.change(oracle.space, point, layer)));
  return depthResult(whole, losses, options.seed);
}

/** @param exits Losses by batch of leaving after 0, 1, … layers; the last is the whole model. */
export function earlyExits(exits: readonly Float64Array[], seed: number): DepthResult {
  return depthResult(exits.at(-1)!, exits, seed);
}

function depthResult(whole: Float64Array, losses: readonly Float64Array[], seed: number): DepthResult {
  return {
    whole: finite(mean(whole)),
    layers: losses.map((values, layer) => ({
      layer,
      loss: finite(mean(values)),
      change: bootstrapEstimate(
        whole.length,
        seed,
        (batches) => meanOver(values, batches) - meanOver(whole, batches),
      ),
    })),
  };
}
