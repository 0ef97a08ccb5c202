/** Growing: one source model and one strategy → the initial state of a deeper model. */
import type { Architecture } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import type { Exactness, LayerLineage, LayerPlan } from '../contract/layer-plan.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import type { GrowthDraw, GrowthSource } from './apply-plan.ts';
import { applyPlan, checkDraw, checkTensors, freshParameter } from './apply-plan.ts';
import { compileStrategy } from './compile-strategy.ts';
import type { AdamMoments } from './moments.ts';
import { copyMoments, resetMoments } from './moments.ts';

export interface GrowRequest extends GrowthDraw {
  readonly source: GrowthSource & {
    /** Null when they were not kept; then strategies that copy moments are refused. */
    readonly moments: AdamMoments | null;
  };
  readonly targetLayers: number;
  readonly strategy: GrowingStrategy;
}

/** A grown model at its growing point; all tensors in the order and shapes of its parameter layout. */
export interface GrownModel {
  readonly architecture: Architecture;
  readonly parameters: Map<string, Float32Array>;
  readonly momentM: Map<string, Float32Array>;
  readonly momentV: Map<string, Float32Array>;
  readonly lineage: LayerLineage[];
  /** Null for `scratch`. */
  readonly plan: LayerPlan | null;
  /** The plan in shorthand; `scratch` and `embOnly` for these controls. */
  readonly planText: string;
  readonly exactness: Exactness;
}

/**
 * Grows the source to `targetLayers` layers by the strategy. Deterministic, and independent of the strategy's name
 * and of whatever else is grown; the source is only read.
 * @throws EspalierError `refused` when the strategy cannot connect these depths, asks for moments the source does
 *   not have, or the source is not finite; `bad-input` for wrong tensors, plans, seeds
 */
export function grow(request: GrowRequest): GrownModel {
  const { source, strategy, seed, repeat } = request;
  const { plan, planText, exactness } = compileStrategy(
    strategy,
    source.architecture.layers,
    request.targetLayers,
  );
  const architecture: Architecture = { ...source.architecture, layers: request.targetLayers };
  if (plan === null) {
    const parameters = fromScratch(architecture, { seed, repeat });
    const lineage = Array.from({ length: architecture.layers }, freshLineage);
    return { architecture, parameters, lineage, plan, planText, exactness, ...resetMoments(architecture) };
  }
  const { parameters, lineage } = applyPlan({ source, target: architecture, plan, seed, repeat });
  const moments = grownMoments(request, architecture, lineage);
  return { architecture, parameters, lineage, plan, planText, exactness, ...moments };
}

function grownMoments(request: GrowRequest, target: Architecture, lineage: readonly LayerLineage[]) {
  const { source, strategy } = request;
  if (!('moments' in strategy) || strategy.moments === 'reset') return resetMoments(target);
  if (source.moments === null)
    throw new EspalierError(
      'refused',
      `${strategy.name} copies Adam moments, but the source has none; it must have them for moments: copy`,
      { hint: 'Use moments: reset, or a source checkpoint that was saved with its moments.' },
    );
  checkTensors(source.architecture, source.moments.m, 'moment m');
  checkTensors(source.architecture, source.moments.v, 'moment v');
  return copyMoments(source.moments, target, lineage);
}

/** Every parameter of the target from its own initialiser, by the streams a random layer uses as well. */
function fromScratch(target: Architecture, draw: GrowthDraw): Map<string, Float32Array> {
  checkDraw(draw);
  return new Map(
    parameterLayout(target).map((parameter) => [parameter.name, freshParameter(parameter, draw)]),
  );
}

const freshLineage = (): LayerLineage => ({
  kind: 'random',
  from: null,
  outScale: 1,
  outScaleMlp: 1,
  noise: 0,
});
