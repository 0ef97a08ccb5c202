/**
 * What one target layer can be: the operators of the palette, as far as a layer plan can express them. An average of
 * two source layers has no form in a plan, so it is not here.
 */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { isIdentityLayer, normalForm } from '../../src-main/growth/plan-normal-form.ts';
import { printLayer } from '../../src-main/growth/plan-shorthand.ts';

export const LAYER_OPERATORS = [
  'copy',
  'identity',
  'scaled',
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
  if (isIdentityLayer(form)) return 'identity';
  if (form.outScale !== 1 || form.outScaleMlp !== 1) return 'scaled';
  return form.noise > 0 ? 'noisy' : 'copy';
}

/** Source layer of a copy, null for new layers. */
export const sourceOf = ({ body }: PlanEntry): number | null => (body.kind === 'copy' ? body.layer : null);

/** Factor on attention out and MLP down; 0 for a layer that adds nothing. */
export const scaleOf = (entry: PlanEntry): number => formOf(entry).outScale;

/** One word of the shorthand. */
export const wordOf = (entry: PlanEntry): string => printLayer(formOf(entry));

/** The source layer that a layer takes when it becomes a copy: its own, or that nearest in the depth of the plan. */
export function nearestSource(entry: PlanEntry | undefined, index: number, sourceLayers: number): number {
  const own = entry ? sourceOf(entry) : null;
  return Math.max(0, Math.min(own ?? index, sourceLayers - 1));
}

/** A layer made by an operator, taking `source` where it copies. */
export function layerOf(operator: LayerOperator, source: number): PlanEntry {
  const body = { kind: 'copy', layer: source } as const;
  switch (operator) {
    case 'copy':
      return { body };
    case 'identity':
      return { body, identity: true };
    case 'scaled':
      return { body, outScale: FIRST_SCALE };
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
  return layerOf(operator, nearestSource(entry, index, sourceLayers));
}

/** The layer taken from another source layer; new layers become plain copies, copies keep scale, noise, identity. */
export function withSource(entry: PlanEntry, source: number): PlanEntry {
  const body = { kind: 'copy', layer: source } as const;
  return entry.body.kind === 'copy' ? { ...entry, body } : { body };
}

/** The layer with one factor on both branches: 0 makes it add nothing, 1 is plain. */
export function withScale(entry: PlanEntry, scale: number): PlanEntry {
  const { body, noise } = entry;
  if (body.kind === 'zero') return entry;
  const kept = { body, ...(noise === undefined ? {} : { noise }) };
  if (scale === 0) return { ...kept, identity: true };
  return scale === 1 ? kept : { ...kept, outScale: scale };
}

/** The layer with noise on its copied weights; only copies have any. */
export function withNoise(entry: PlanEntry, noise: number): PlanEntry {
  const { noise: _, ...rest } = entry;
  return entry.body.kind === 'copy' && noise > 0 ? { ...rest, noise } : rest;
}
