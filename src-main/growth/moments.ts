/**
 * Adam moments of a grown model.
 *
 * - `reset`: all zero.
 * - `copy`: a tensor that is an unscaled copy takes its source's moments; everything else starts at zero: random
 *   and zero layers, whole identity layers (the gradient they would continue is not theirs), and out-projections
 *   with another factor than 1 (the gradient of the scaled tensor is unknown). wte, wpe, the final LayerNorm and
 *   the head are copied. An averaged layer takes the mean of both moments of its two source layers.
 *
 * The step counter of the bias correction belongs to the caller. Zero moments under the counter of a long run
 * make steps several times the learning rate (6.6 times for betas 0.9, 0.999), so a counter that goes on needs
 * a warm-up; one that starts again at 0 does not.
 */
import type { Architecture } from '../contract/architecture.ts';
import type { LayerLineage } from '../contract/layer-plan.ts';
import { layerParameterName, parameterLayout } from '../model/parameter-layout.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import { branchFactor, meanOf } from './apply-plan.ts';
import { isIdentityLayer, parentsOf } from './plan-normal-form.ts';

/** First and second Adam moment of every parameter. */
export interface AdamMoments {
  readonly m: TensorMap;
  readonly v: TensorMap;
}

export interface GrownMoments {
  readonly momentM: Map<string, Float32Array>;
  readonly momentV: Map<string, Float32Array>;
}

/** Zero moments for every parameter of `target`. */
export function resetMoments(target: Architecture): GrownMoments {
  return { momentM: zeroMoment(target), momentV: zeroMoment(target) };
}

const zeroMoment = (target: Architecture): Map<string, Float32Array> =>
  new Map(parameterLayout(target).map(({ name, size }) => [name, new Float32Array(size)]));

/** Moments of a model grown with this lineage, under the rule `copy`. Shares no memory with `source`. */
export function copyMoments(
  source: AdamMoments,
  target: Architecture,
  lineage: readonly LayerLineage[],
): GrownMoments {
  const grown = resetMoments(target);
  for (const parameter of parameterLayout(target)) {
    const layer = parameter.layer === null ? null : lineage[parameter.layer];
    let origins: readonly string[] = [parameter.name];
    if (layer !== null) {
      if (layer === undefined || layer.from === null || isIdentityLayer(layer)) continue;
      if (branchFactor(parameter, layer) !== 1) continue;
      origins = parentsOf(layer).map((from) => layerParameterName(from, parameter.role));
    }
    const momentOf = (moments: TensorMap): Float32Array | null => {
      const own = origins.map((name) => moments.get(name)).filter((values) => values !== undefined);
      return own.length === origins.length ? meanOf(own) : null;
    };
    const [m, v] = [momentOf(source.m), momentOf(source.v)];
    if (m !== null) grown.momentM.set(parameter.name, m);
    if (v !== null) grown.momentV.set(parameter.name, v);
  }
  return grown;
}
