/** Where every layer of a model comes from that was grown several times: the plans of its growing points, composed. */
import type { LayerLineage, LayerPlan } from '../contract/layer-plan.ts';
import type { LayerAncestor, LayerOrigin } from '../contract/stacking-analysis.ts';
import { normalForm } from '../growth/plan-normal-form.ts';

/**
 * @param plans One for each growing point, in order.
 * @param layers Layers of the final model.
 */
export function layerOrigins(plans: readonly LayerPlan[], layers: number): LayerOrigin[] {
  const lineages = plans.map(normalForm);
  return Array.from({ length: layers }, (_, layer) => originOf(layer, lineages));
}

function originOf(layer: number, lineages: readonly (readonly LayerLineage[])[]): LayerOrigin {
  const ancestors: LayerAncestor[] = [];
  let place = layer;
  for (let growingPoint = lineages.length - 1; growingPoint >= 0; growingPoint--) {
    const made = lineages[growingPoint]![place]!;
    const { kind, from } = made;
    ancestors.push({ growingPoint, ...made });
    // An average carries on neither of its parents, so it is a birth with two of them.
    if (from === null || kind === 'average')
      return { layer, ancestors, bornInStage: growingPoint + 1, bornAsLayer: place };
    place = from;
  }
  return { layer, ancestors, bornInStage: 0, bornAsLayer: place };
}
