/** What one target layer can be: the operators of the palette, and the changes of a single layer. */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import {
  isIdentityLayer,
  normalForm,
  sourcesOf as sourcesOfBody,
} from '../../src-main/growth/plan-normal-form.ts';
import { averageOf, printLayer } from '../../src-main/growth/plan-shorthand.ts';

export const LAYER_OPERATORS = [
  'copy',
  'identity',
  'scaled',
  'average',
  'noisy',
  'random',
  'freshIdentity',
  'zero',
] as const;
export type LayerOperator = (typeof LAYER_OPERATORS)[number];

/** Factor and noise that an operator of the palette brings; both can be changed at once. */
export const FIRST_SCALE = 0.5;
export const FIRST_NOISE = 0.01;

const formOf = (entry: PlanEntry) => normalForm({ version: 1, sourceLayers: 0, layers: [entry] })[0]!;

export function operatorOf(entry: PlanEntry): LayerOperator {
  const form = formOf(entry);
  if (form.kind === 'zero') return 'zero';
  if (form.kind === 'random') return isIdentityLayer(form) ? 'freshIdentity' : 'random';
  if (form.kind === 'average') return 'average';
  if (isIdentityLayer(form)) return 'identity';
  if (form.outScale !== 1 || form.outScaleMlp !== 1) return 'scaled';
  return form.noise > 0 ? 'noisy' : 'copy';
}

/** Source layer of a copy, the first named of an average, null for new layers. */
export const sourceOf = ({ body }: PlanEntry): number | null =>
  body.kind === 'copy' || body.kind === 'average' ? body.layer : null;

/** Source layers rising: one of a copy, two of an average, none of a new layer. */
export const sourcesOf = ({ body }: PlanEntry): readonly number[] => sourcesOfBody(body);

/** The second named source of an average, null for all other layers. */
export const secondSourceOf = ({ body }: PlanEntry): number | null =>
  body.kind === 'average' && body.and !== body.layer ? body.and : null;

/** Factor on attention out and MLP down; 0 for a layer that adds nothing. */
export const scaleOf = (entry: PlanEntry): number => formOf(entry).outScale;

/** One word of the shorthand. */
export const wordOf = (entry: PlanEntry): string => printLayer(formOf(entry));

/** The source layer that a layer takes when it becomes a copy: its own, or that nearest in the depth of the plan. */
export function nearestSource(entry: PlanEntry | undefined, index: number, sourceLayers: number): number {
  const own = entry ? sourceOf(entry) : null;
  return Math.max(0, Math.min(own ?? index, sourceLayers - 1));
}

/** The source layer that an average takes beside this one: the next towards the output, else the one before. */
const neighbourOf = (source: number, sourceLayers: number): number =>
  source + 1 < sourceLayers ? source + 1 : Math.max(0, source - 1);

/** A layer made by an operator, taking `source` where it copies, and `and` where it averages. */
export function layerOf(operator: LayerOperator, source: number, and = source + 1): PlanEntry {
  const body = { kind: 'copy', layer: source } as const;
  switch (operator) {
    case 'copy':
      return { body };
    case 'identity':
      return { body, identity: true };
    case 'scaled':
      return { body, outScale: FIRST_SCALE };
    case 'average':
      return { body: averageOf(source, and) };
    case 'noisy':
      return { body, noise: FIRST_NOISE };
    case 'random':
      return { body: { kind: 'random' } };
    case 'freshIdentity':
      return { body: { kind: 'random' }, identity: true };
    case 'zero':
      return { body: { kind: 'zero' } };
  }
}

/** The layer with another operator; what it copies stays. A source without layers can only be added to. */
export function withOperator(
  entry: PlanEntry | undefined,
  index: number,
  operator: LayerOperator,
  sourceLayers: number,
): PlanEntry {
  const copies = operator !== 'random' && operator !== 'freshIdentity' && operator !== 'zero';
  if (copies && sourceLayers === 0) return layerOf('random', 0);
  const source = nearestSource(entry, index, sourceLayers);
  const own = operator === 'average' && entry ? secondSourceOf(entry) : null;
  return layerOf(operator, source, own ?? neighbourOf(source, sourceLayers));
}

/** The layer with another body; new layers become plain, others keep scale, noise, identity. */
const withBody = (entry: PlanEntry, body: PlanEntry['body']): PlanEntry =>
  sourceOf(entry) === null ? { body } : { ...entry, body };

/**
 * The layer taken from another source layer. New layers become copies; of an average the source `replaced` changes,
 * or it becomes a copy.
 */
export function withSource(entry: PlanEntry, source: number, replaced?: number): PlanEntry {
  const { body } = entry;
  const kept = body.kind === 'average' && replaced !== undefined;
  if (!kept) return withBody(entry, { kind: 'copy', layer: source });
  return withBody(
    entry,
    replaced === body.layer ? averageOf(source, body.and) : averageOf(body.layer, source),
  );
}

/** The layer as the average of two source layers; scale, noise and identity stay. */
export const withSources = (entry: PlanEntry, first: number, second: number): PlanEntry =>
  withBody(entry, averageOf(first, second));

/** The layer with one factor on both branches: 0 makes it add nothing, 1 is plain. */
export function withScale(entry: PlanEntry, scale: number): PlanEntry {
  const { body, noise } = entry;
  if (body.kind === 'zero') return entry;
  const kept = { body, ...(noise === undefined ? {} : { noise }) };
  if (scale === 0) return { ...kept, identity: true };
  return scale === 1 ? kept : { ...kept, outScale: scale };
}

/** The layer with noise on its copied or averaged weights; new layers have none. */
export function withNoise(entry: PlanEntry, noise: number): PlanEntry {
  const { noise: _, ...rest } = entry;
  return sourceOf(entry) !== null && noise > 0 ? { ...rest, noise } : rest;
}
