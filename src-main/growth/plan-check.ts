/** Validation of layer plans, whoever made them: a generator, a file or the designer. */
import type { Architecture } from '../contract/architecture.ts';
import { MAX_LAYERS } from '../contract/architecture.ts';
import type { LayerPlan, PlanEntry } from '../contract/layer-plan.ts';
import { invalid, refusal } from './plan-error.ts';

/**
 * Checks a plan by itself and against the depths it is to connect. A plan may be shallower than its source:
 * dropping layers is legal in a hand-made plan.
 * @throws EspalierError `refused` with E_PLAN_LENGTH, `bad-input` with E_RANGE
 */
export function checkPlan(plan: LayerPlan, sourceLayers: number, targetLayers: number): void {
  if (plan.sourceLayers !== sourceLayers)
    throw refusal(
      'E_PLAN_LENGTH',
      `The plan was made for a source of ${plan.sourceLayers} layers; the source has ${sourceLayers}`,
      'Make the plan again for this source.',
    );
  if (plan.layers.length !== targetLayers)
    throw refusal(
      'E_PLAN_LENGTH',
      `The plan has ${plan.layers.length} entries; the target has ${targetLayers} layers and needs one entry each`,
      'Add or remove entries, or change the target depth.',
    );
  for (const [index, entry] of plan.layers.entries()) checkEntry(entry, index, sourceLayers);
}

function checkEntry(entry: PlanEntry, index: number, sourceLayers: number): void {
  const { body } = entry;
  const at = `Target layer ${index}`;
  const missing = namedSources(body).find((layer) => !isIndexBelow(layer, sourceLayers));
  if (missing !== undefined)
    throw invalid(
      'E_RANGE',
      `${at} ${body.kind === 'average' ? 'averages' : 'copies'} source layer ${missing}; ${sourceLayers === 0 ? 'the source has no layers' : `it must be a whole number from 0 to ${sourceLayers - 1}`}`,
      `${body.kind === 'average' ? 'Average layers' : 'Copy a layer'} the source has, or use a random layer (r).`,
    );
  for (const field of ['outScale', 'outScaleMlp'] as const) {
    const value = entry[field];
    if (value !== undefined && !(Math.abs(value) <= 4))
      throw invalid('E_RANGE', `${at} has ${field} ${value}; it must lie in -4…4`, 'Use 0, 0.5 or 1.');
  }
  const noise = entry.noise ?? 0;
  if (!(noise >= 0 && noise <= 1))
    throw invalid(
      'E_RANGE',
      `${at} has noise ${noise}; it must lie in 0…1`,
      'Use a small value such as 0.01.',
    );
  if (noise > 0 && body.kind !== 'copy' && body.kind !== 'average')
    throw invalid(
      'E_RANGE',
      `${at} has noise ${noise} on a ${body.kind} body; noise must be 0 there, it only acts on copies and averages`,
      'Remove the noise, or copy a layer.',
    );
}

/** The source layers that a body names, as written. */
function namedSources(body: PlanEntry['body']): readonly number[] {
  if (body.kind === 'average') return [body.layer, body.and];
  return body.kind === 'copy' ? [body.layer] : [];
}

const isIndexBelow = (value: number, bound: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < bound;

/**
 * Checks the two depths of a growth.
 * @throws EspalierError `bad-input` for a depth that is no depth, `refused` with E_SHRINK for a shallower target
 */
export function checkDepths(sourceLayers: number, targetLayers: number, operator: string): void {
  for (const [word, value, least] of [
    ['source', sourceLayers, 0],
    ['target', targetLayers, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least || value > MAX_LAYERS)
      throw invalid(
        'E_RANGE',
        `${operator}: the ${word} depth ${value} must be a whole number from ${least} to ${MAX_LAYERS}`,
        'Correct the number of layers.',
      );
  if (targetLayers < sourceLayers)
    throw refusal(
      'E_SHRINK',
      `${operator}: the target has ${targetLayers} layers and the source ${sourceLayers}; growing needs at least ${sourceLayers}`,
      'Choose a deeper target, or drop layers with a hand-made plan.',
    );
}

const DEPTH_ONLY: readonly (keyof Architecture)[] = [
  'width',
  'heads',
  'context',
  'mlpRatio',
  'activation',
  'tiedEmbedding',
  'attentionBias',
  'dropout',
  'vocabulary',
];

/**
 * Checks that two architectures differ in depth only.
 * @throws EspalierError `refused` with E_ARCH_MISMATCH, naming every other difference
 */
export function checkDepthOnly(source: Architecture, target: Architecture): void {
  const differences = DEPTH_ONLY.filter((field) => source[field] !== target[field]).map(
    (field) => `${field} ${String(source[field])} → ${String(target[field])}`,
  );
  if (differences.length > 0)
    throw refusal(
      'E_ARCH_MISMATCH',
      `Source and target differ in ${differences.join(', ')}; depth growth changes only the number of layers`,
      'Give the target the sizes of the source.',
    );
}
