/**
 * The normal form of a layer plan: every factor written out, `identity` turned into factors 0. Two plans build
 * the same model exactly when their normal forms are equal, so pools are deduplicated by it, and how far a plan
 * keeps the source's function is read off it and not off the name of the preset that made it. The two layers of an
 * average stand in rising order, and the average of a layer with itself is its copy.
 *
 * Holds for pre-norm models, where a layer adds its two branches to the residual stream: with both
 * out-projections and both of their biases zero it is x ↦ x + 0 + 0, the identity to the last bit.
 */
import type { Exactness, LayerLineage, LayerPlan, PlanEntry } from '../contract/layer-plan.ts';
import { invalid } from './plan-error.ts';

/** One record per target layer, with every default filled in; also the lineage of the grown model. */
export function normalForm(plan: LayerPlan): LayerLineage[] {
  return plan.layers.map(normalEntry);
}

function normalEntry(entry: PlanEntry): LayerLineage {
  const { body } = entry;
  const isIdentity = entry.identity === true || body.kind === 'zero';
  const outScale = isIdentity ? 0 : positiveZero(entry.outScale ?? 1);
  const outScaleMlp = isIdentity ? 0 : positiveZero(entry.outScaleMlp ?? outScale);
  const [from = null, and] = sourcesOf(body);
  const factors = { outScale, outScaleMlp, noise: positiveZero(entry.noise ?? 0) };
  if (and !== undefined) return { kind: 'average', from, and, ...factors };
  return { kind: body.kind === 'average' ? 'copy' : body.kind, from, ...factors };
}

/** The source layers a body is made of, rising and each once: one for a copy, two for an average, else none. */
export function sourcesOf(body: PlanEntry['body']): readonly number[] {
  if (body.kind === 'copy') return [body.layer];
  if (body.kind !== 'average') return [];
  const { layer, and } = body;
  return layer === and ? [layer] : [Math.min(layer, and), Math.max(layer, and)];
}

/** The layers that a grown layer was made of, from what its lineage records. */
export function parentsOf({ from, and }: Pick<LayerLineage, 'from' | 'and'>): readonly number[] {
  if (from === null) return [];
  return and === undefined ? [from] : [from, and];
}

const positiveZero = (value: number): number => (value === 0 ? 0 : value);

/** Whether the layer computes x ↦ x at the growing point. */
export function isIdentityLayer(layer: LayerLineage): boolean {
  return layer.outScale === 0 && layer.outScaleMlp === 0;
}

/** A text equal for two plans exactly when they build the same model from every source. */
export function planKey(plan: LayerPlan): string {
  return JSON.stringify([plan.sourceLayers, normalForm(plan)]);
}

export function samePlan(a: LayerPlan, b: LayerPlan): boolean {
  return planKey(a) === planKey(b);
}

/**
 * How far the plan keeps the function of the source.
 * - `exact`: without its identity layers it is every source layer once, in order, unscaled and without noise.
 * - `approx`: the same with some layers split into adjacent copies whose factors add up to 1 in each branch;
 *   the difference is quadratic in the size of the residual branches.
 * - `none`: anything else.
 */
export function exactnessOf(plan: LayerPlan): Exactness {
  let isSplit = false;
  let next = 0;
  let attention = 0;
  let mlp = 0;
  const closesTo1 = (): boolean => Math.abs(attention - 1) < 1e-9 && Math.abs(mlp - 1) < 1e-9;
  for (const layer of normalForm(plan)) {
    if (isIdentityLayer(layer)) continue;
    if (layer.kind !== 'copy' || layer.noise !== 0 || layer.outScale < 0 || layer.outScaleMlp < 0)
      return 'none';
    if (layer.from === next) {
      if (next > 0 && !closesTo1()) return 'none';
      next++;
      attention = 0;
      mlp = 0;
    } else if (next === 0 || layer.from !== next - 1) return 'none';
    attention += layer.outScale;
    mlp += layer.outScaleMlp;
    if (layer.outScale !== 1 || layer.outScaleMlp !== 1) isSplit = true;
  }
  if (next !== plan.sourceLayers || (next > 0 && !closesTo1())) return 'none';
  return isSplit ? 'approx' : 'exact';
}

/**
 * The plan that does in one step what `first` and then `second` do, for plans of copies without noise:
 * layer i copies `first[second[i]]` and factors multiply.
 * @throws EspalierError `bad-input` when the depths do not meet, or a layer is averaged, random, zero or noisy.
 */
export function composePlans(first: LayerPlan, second: LayerPlan): LayerPlan {
  if (second.sourceLayers !== first.layers.length)
    throw invalid(
      'E_PLAN_LENGTH',
      `The second plan grows ${second.sourceLayers} layers, the first one makes ${first.layers.length}; they must be equal`,
      'Make the second plan for the depth the first one reaches.',
    );
  const inner = normalForm(first);
  const layers = normalForm(second).map((outer): PlanEntry => {
    const origin = outer.from === null ? undefined : inner[outer.from];
    const isCopied = outer.kind === 'copy' && origin?.kind === 'copy';
    if (!isCopied || origin.from === null || outer.noise !== 0 || origin.noise !== 0)
      throw invalid(
        'E_RANGE',
        'A plan with an averaged, random, zero or noisy layer has no composition; every layer must be a copy without noise',
        'Apply the two plans one after the other.',
      );
    const outScale = outer.outScale * origin.outScale;
    const outScaleMlp = outer.outScaleMlp * origin.outScaleMlp;
    if (Math.abs(outScale) > 4 || Math.abs(outScaleMlp) > 4)
      throw invalid(
        'E_RANGE',
        `The factors multiply to ${outScale} and ${outScaleMlp}; both must lie in -4…4`,
        'Apply the two plans one after the other.',
      );
    return { body: { kind: 'copy', layer: origin.from }, ...scaled(outScale, outScaleMlp) };
  });
  return { version: 1, sourceLayers: first.sourceLayers, layers };
}

/** The optional fields of an entry that stand for these two factors, defaults left out. */
export function scaled(
  outScale: number,
  outScaleMlp: number,
): Pick<PlanEntry, 'identity' | 'outScale' | 'outScaleMlp'> {
  if (outScale === 0 && outScaleMlp === 0) return { identity: true };
  if (outScale !== outScaleMlp) return { outScale, outScaleMlp };
  return outScale === 1 ? {} : { outScale };
}
