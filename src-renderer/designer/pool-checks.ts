/** What must be known of a pool before it is trained, as sentences. */
import type { Pool } from '../../src-main/contract/pool.ts';
import type { GrowingStrategy } from '../../src-main/contract/strategy.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import { cardsOf, type GrowingPoint, growingPointsOf, type PoolCard, poolOf } from './pool-cards.ts';
import type { PoolPlace } from './pool-document.ts';

export type Check =
  | {
      readonly kind: 'problem';
      readonly name: string;
      readonly at: GrowingPoint;
      readonly sentence: string;
      readonly hint: string | null;
    }
  | { readonly kind: 'duplicate'; readonly name: string; readonly sameAs: string }
  /** Strategies that keep the function, and so cannot be told apart by initial loss. */
  | { readonly kind: 'tie'; readonly names: readonly string[] }
  | { readonly kind: 'few'; readonly count: number }
  | { readonly kind: 'fine'; readonly count: number };

/** Checks at the growing point that is shown first, then those at other growing points. */
export function checksOf(
  points: readonly { readonly point: GrowingPoint; readonly cards: readonly PoolCard[] }[],
  shown: number,
): Check[] {
  const ordered = [...points].sort(
    (a, b) => Number(b.point.index === shown) - Number(a.point.index === shown),
  );
  const checks: Check[] = [];
  for (const { point, cards } of ordered) {
    // Stages have no controls, so only strategies must fit every growing point.
    for (const { name, problem, isControl } of cards)
      if (problem && (point.index === shown || !isControl))
        checks.push({ kind: 'problem', name, at: point, ...problem });
  }
  const cards = ordered[0]?.cards ?? [];
  for (const { name, sameAs } of cards) if (sameAs !== null) checks.push({ kind: 'duplicate', name, sameAs });
  const usable = cards.filter((card) => !card.isControl && !card.problem && card.sameAs === null);
  if (usable.length < 2) checks.push({ kind: 'few', count: usable.length });
  const keeping = usable.filter(({ exactness }) => exactness === 'exact').map(({ name }) => name);
  if (keeping.length > 1) checks.push({ kind: 'tie', names: keeping });
  if (!checks.some(({ kind }) => kind !== 'tie')) checks.push({ kind: 'fine', count: usable.length });
  return checks;
}

export interface Misfit {
  readonly name: string;
  readonly place: PoolPlace;
  readonly at: GrowingPoint;
  readonly sentence: string;
  readonly hint: string | null;
}

/**
 * The strategies for which the study would be refused at its start: those whose plan does not fit a growth it asks
 * for. Stages have no controls, and a pool matters there only where a policy chooses out of it at each growing point.
 * @param pools pools by name; where the study names one that is not among them, nothing is said
 */
export function misfitsOf(
  spec: AnyStudySpec,
  pools: readonly Pool[],
  presets: ReadonlyMap<string, GrowingStrategy>,
): Misfit[] {
  const pool = poolOf(spec, pools);
  if (!pool) return [];
  const isStacking = spec.mode === 'stacking';
  if (isStacking && !spec.policies.some(({ policy }) => policy === 'lag' || policy === 'random')) return [];
  return growingPointsOf(spec).flatMap((at) =>
    cardsOf(pool, presets, at).flatMap(({ name, place, problem, isControl }) =>
      problem && !(isStacking && isControl) ? [{ name, place, at, ...problem }] : [],
    ),
  );
}
