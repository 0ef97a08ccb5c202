/** Plans by rule, to begin a strategy with: all ways to repeat layers in place, and shares of kept and new layers. */
import type { GrowingStrategyInput } from '../../src-main/contract/strategy.ts';

/** A strategy to be put into a pool. */
export type NewStrategy = GrowingStrategyInput & { readonly operator: 'plan'; readonly layers: string };

/** Most interleavings made at once: one screen of cards, and a pool that can still be probed. */
export const MAX_INTERLEAVINGS = 24;

/** Number of ways to choose `chosen` of `total`. */
export function waysToChoose(total: number, chosen: number): number {
  if (chosen < 0 || chosen > total) return 0;
  let ways = 1;
  for (let index = 1; index <= chosen; index++) ways = (ways * (total - chosen + index)) / index;
  return Math.round(ways);
}

/**
 * How many plans repeat every source layer in place as evenly as the depths allow: target = q · source + rest, and
 * any `rest` layers appear once more.
 */
export const interleavingCount = (sourceLayers: number, targetLayers: number): number =>
  sourceLayers === 0 ? 0 : waysToChoose(sourceLayers, targetLayers % sourceLayers);

/**
 * All interleavings in order of the layers that appear once more, the first `limit` of them. Where the depths
 * divide there is only one, so then every plan is made that repeats one half of the layers once more than even and
 * the other half once less.
 */
export function allInterleavings(
  sourceLayers: number,
  targetLayers: number,
  limit = MAX_INTERLEAVINGS,
): NewStrategy[] {
  if (sourceLayers === 0 || targetLayers < sourceLayers) return [];
  const times = Math.floor(targetLayers / sourceLayers);
  const rest = targetLayers % sourceLayers;
  const isEven = rest === 0 && sourceLayers % 2 === 0 && times > 1;
  const choices = choose(sourceLayers, isEven ? sourceLayers / 2 : rest, limit);
  return choices.map((more) => {
    const chosen = new Set(more);
    const base = isEven ? times - 1 : times;
    const extra = isEven ? 2 : 1;
    const words = Array.from({ length: sourceLayers }, (_, layer) =>
      Array.from({ length: base + (chosen.has(layer) ? extra : 0) }, () => layer),
    ).flat();
    const name = more.length === 0 ? 'inter even' : `inter ${more.join('-')}`;
    return {
      name: name.slice(0, 60),
      operator: 'plan',
      layers: words.join(' '),
      description: `Every layer repeated in place${more.length === 0 ? '' : `, more often ${more.join(', ')}`}.`,
    };
  });
}

/** The first `limit` subsets of `count` of 0 … total - 1, in lexicographic order. */
function choose(total: number, count: number, limit: number): number[][] {
  const found: number[][] = [];
  const grow = (chosen: readonly number[], from: number): void => {
    if (found.length >= limit) return;
    if (chosen.length === count) {
      found.push([...chosen]);
      return;
    }
    for (let next = from; next <= total - (count - chosen.length); next++) grow([...chosen, next], next + 1);
  };
  grow([], 0);
  return found;
}

/** What the layers above the source are, in a ratio template. */
export const RATIO_SHARES = [0.25, 0.5, 0.75] as const;

/**
 * The source below, and above it new layers of which a share are identity copies and the others repeat the last
 * source layers: from keeping the function (1) to plain stacking of the top (0).
 */
export function ratioTemplate(sourceLayers: number, targetLayers: number, share: number): NewStrategy | null {
  const added = targetLayers - sourceLayers;
  if (sourceLayers === 0 || added < 1) return null;
  const identities = Math.round(added * share);
  const words = Array.from({ length: sourceLayers }, (_, layer) => String(layer));
  for (let index = 0; index < added; index++) {
    const layer = sourceLayers - 1 - ((added - 1 - index) % sourceLayers);
    words.push(index < identities ? `${layer}*` : String(layer));
  }
  const percent = Math.round(share * 100);
  return {
    name: `identity ${percent}`,
    operator: 'plan',
    layers: words.join(' '),
    description: `Source below; of the new layers ${percent} of 100 add nothing at the start, the others are plain copies.`,
  };
}
