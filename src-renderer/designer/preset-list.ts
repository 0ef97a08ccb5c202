/** What can be added to a pool at one growing point, with the plans it would have. */
import type { GrowingStrategy } from '../../src-main/contract/strategy.ts';
import {
  allInterleavings,
  MAX_INTERLEAVINGS,
  type NewStrategy,
  RATIO_SHARES,
  ratioTemplate,
} from './plan-templates.ts';
import { cardsOf, type GrowingPoint, type PoolCard } from './pool-cards.ts';

/** Presets as cards of a pool of their own; those that fit first, in their own order. */
export function presetCards(presets: ReadonlyMap<string, GrowingStrategy>, point: GrowingPoint): PoolCard[] {
  const strategies = [...presets.keys()];
  if (strategies.length === 0) return [];
  const cards = cardsOf({ name: 'presets', description: '', strategies, controls: [] }, presets, point);
  return [...cards].sort((a, b) => Number(a.problem !== null) - Number(b.problem !== null));
}

export interface PlanTemplates {
  readonly interleavings: readonly NewStrategy[];
  readonly ratios: readonly { readonly percent: number; readonly strategy: NewStrategy }[];
}

export function templatesAt({ from, to }: GrowingPoint): PlanTemplates {
  return {
    interleavings: allInterleavings(from, to, MAX_INTERLEAVINGS),
    ratios: RATIO_SHARES.flatMap((share) => {
      const strategy = ratioTemplate(from, to, share);
      return strategy ? [{ percent: Math.round(share * 100), strategy }] : [];
    }),
  };
}
