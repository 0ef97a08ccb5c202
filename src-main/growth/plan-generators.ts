/**
 * Depth operators as generators of layer plans: (source depth L, target depth L′, knobs) → plan. Pure, and
 * never looking at a weight. All refuse a target shallower than the source; at L′ = L each gives `0 … L-1`.
 *
 * stack: progressive stacking (Gong et al. 2019), G_stack (Du et al. 2024, arXiv 2405.15319). midas: Saunshi et
 * al. 2024, arXiv 2409.19044. llamaPro: Wu et al. 2024, arXiv 2401.02415; its rule for depths that do not divide
 * is an extension. dus: depth up-scaling (Kim et al. 2023, arXiv 2312.15166). neighbourAverage: Avg-DeUS, the
 * averaging baseline of OpT-DeUS (Cao et al. 2025, arXiv 2508.08011).
 */
import type { LayerPlan, PlanEntry } from '../contract/layer-plan.ts';
import type { StrategyOf } from '../contract/strategy.ts';
import { checkDepths } from './plan-check.ts';
import { refusal } from './plan-error.ts';
import { normalForm } from './plan-normal-form.ts';
import { averageOf, parsePlanEntries } from './plan-shorthand.ts';

const copy = (layer: number): PlanEntry => ({ body: { kind: 'copy', layer } });
const identityCopyOf = (layer: number): PlanEntry => ({ ...copy(layer), identity: true });
const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, offset) => from + offset);
const planOf = (sourceLayers: number, layers: PlanEntry[]): LayerPlan => ({
  version: 1,
  sourceLayers,
  layers,
});
const planOfCopies = (sourceLayers: number, sources: readonly number[]): LayerPlan =>
  planOf(sourceLayers, sources.map(copy));

/** The depths of an operator that copies layers, so the source must have one. */
function checkCopying(L: number, target: number, operator: string): void {
  checkDepths(L, target, operator);
  if (L === 0)
    throw refusal(
      'E_RANGE',
      `${operator}: the source has 0 layers; it must have at least 1 to copy`,
      'Use random insertion, embOnly or scratch.',
    );
}

/** Whole copies of the source on top of each other; an incomplete one follows `remainder`. */
export function stack(L: number, target: number, knobs: Pick<StrategyOf<'stack'>, 'remainder'>): LayerPlan {
  checkCopying(L, target, 'stack');
  const whole = L * Math.floor(target / L);
  const shift = knobs.remainder === 'top' ? L - (target - whole) : 0;
  return planOfCopies(
    L,
    range(0, target).map((layer) => (layer < whole ? layer % L : layer - whole + shift)),
  );
}

/** How many adjacent copies each source layer gets. */
function copyCounts(L: number, target: number, remainder: 'even' | 'bottom' | 'top'): number[] {
  const times = Math.floor(target / L);
  const rest = target - times * L;
  if (remainder === 'bottom') return range(0, L).map((layer) => times + (layer < rest ? 1 : 0));
  if (remainder === 'top') return range(0, L).map((layer) => times + (layer >= L - rest ? 1 : 0));
  // Target layer l copies ⌊l·L/L′⌋, so layer j fills the targets from ⌈j·L′/L⌉ to ⌈(j+1)·L′/L⌉.
  return range(0, L).map((layer) => Math.ceil(((layer + 1) * target) / L) - Math.ceil((layer * target) / L));
}

/** Every source layer repeated in place. */
export function interleave(
  L: number,
  target: number,
  knobs: Pick<StrategyOf<'interleave'>, 'remainder'>,
): LayerPlan {
  checkCopying(L, target, 'interleave');
  const counts = copyCounts(L, target, knobs.remainder);
  return planOfCopies(
    L,
    counts.flatMap((count, layer) => new Array<number>(count).fill(layer)),
  );
}

type Length = StrategyOf<'repeatLast'>['length'];

/** A block length in layers; `half` is half of the source, rounded down, at least 1. */
export const blockLength = (length: Length, L: number): number =>
  length === 'half' ? Math.max(1, Math.floor(L / 2)) : length;

/**
 * The block of `length` layers from `start` repeated in place. The remaining ρ layers of an incomplete copy are
 * the block's last ρ, so that every seam is one the whole copies or the source have as well.
 */
export function repeatBlock(
  L: number,
  target: number,
  knobs: Pick<StrategyOf<'repeatBlock'>, 'start' | 'length'>,
  operator = 'repeatBlock',
): LayerPlan {
  checkCopying(L, target, operator);
  const length = checkedLength(L, knobs.length, operator);
  const { start } = knobs;
  if (!Number.isInteger(start) || start < 0 || start + length > L)
    throw refusal(
      'E_RANGE',
      `${operator}: start ${start} with length ${length} must lie within the ${L} source layers, so start must be 0 to ${L - length}`,
      'Choose a lower start or a shorter block.',
    );
  const added = target - L;
  const block = range(start, start + length);
  const repeats = new Array<number[]>(Math.floor(added / length)).fill(block).flat();
  const partial = range(start + length - (added % length), start + length);
  return planOfCopies(L, [...range(0, start + length), ...repeats, ...partial, ...range(start + length, L)]);
}

function checkedLength(L: number, knob: Length, operator: string): number {
  const length = blockLength(knob, L);
  if (!Number.isInteger(length) || length < 1 || length > L)
    throw refusal(
      'E_RANGE',
      `${operator}: length ${length} must be from 1 to ${L}, the number of source layers`,
      `Choose a length up to ${L}, or half.`,
    );
  return length;
}

type LengthKnob = { readonly length: Length };

export function repeatFirst(L: number, target: number, knobs: LengthKnob): LayerPlan {
  return repeatBlock(L, target, { ...knobs, start: 0 }, 'repeatFirst');
}

/** The block starts at ⌊(L - length) / 2⌋. */
export function repeatMiddle(L: number, target: number, knobs: LengthKnob): LayerPlan {
  checkCopying(L, target, 'repeatMiddle');
  const length = checkedLength(L, knobs.length, 'repeatMiddle');
  return repeatBlock(L, target, { length, start: Math.floor((L - length) / 2) }, 'repeatMiddle');
}

export function repeatLast(L: number, target: number, knobs: LengthKnob): LayerPlan {
  checkCopying(L, target, 'repeatLast');
  const length = checkedLength(L, knobs.length, 'repeatLast');
  return repeatBlock(L, target, { length, start: L - length }, 'repeatLast');
}

/** Cut into N blocks, insert a copy of block ⌈N/2⌉ (counted from 1) after itself, repeat until deep enough. */
export function midas(L: number, target: number, knobs: Pick<StrategyOf<'midas'>, 'block'>): LayerPlan {
  checkCopying(L, target, 'midas');
  const { block } = knobs;
  const added = target - L;
  if (L % block !== 0 || added % block !== 0) {
    const culprit = L % block !== 0 ? `the ${L} source layers` : `the ${added} new layers (${L} → ${target})`;
    throw refusal(
      'E_DIVIDE',
      `midas: block ${block} does not divide ${culprit}; it must divide both ${L} and ${added}`,
      `Choose block 1, or repeatMiddle with length ${Math.min(block, L)}, which allows an incomplete copy.`,
    );
  }
  let layers = range(0, L);
  while (layers.length < target) {
    const end = Math.ceil(layers.length / block / 2) * block;
    layers = [...layers.slice(0, end), ...layers.slice(end - block, end), ...layers.slice(end)];
  }
  return planOfCopies(L, layers);
}

/** Two overlapping halves: the source without its last m layers, then without its first m, m = L - L′/2. */
export function dus(L: number, target: number): LayerPlan {
  checkCopying(L, target, 'dus');
  if (target === L) return planOfCopies(L, range(0, L));
  if (target % 2 !== 0)
    throw refusal(
      'E_DIVIDE',
      `dus: the target depth ${target} must be even`,
      `Choose ${target + 1} layers, or stack.`,
    );
  if (target > 2 * L)
    throw refusal(
      'E_RANGE',
      `dus: the target depth ${target} must be at most twice the source depth ${L}`,
      `Choose up to ${2 * L} layers, or stack.`,
    );
  const dropped = L - target / 2;
  return planOfCopies(L, [...range(0, L - dropped), ...range(dropped, L)]);
}

/** Up through the source, down again, up again: 0 1 2 2 1 0 0 1 … */
export function mirror(L: number, target: number): LayerPlan {
  checkCopying(L, target, 'mirror');
  return planOfCopies(
    L,
    range(0, target).map((layer) => {
      const phase = layer % (2 * L);
      return phase < L ? phase : 2 * L - 1 - phase;
    }),
  );
}

type Position = StrategyOf<'random'>['position'];

function insert(
  L: number,
  target: number,
  position: Position,
  entry: PlanEntry,
  operator: string,
): LayerPlan {
  checkDepths(L, target, operator);
  const at =
    position === 'top' ? L : position === 'middle' ? Math.floor(L / 2) : position === 'bottom' ? 0 : position;
  if (!Number.isInteger(at) || at < 0 || at > L)
    throw refusal(
      'E_RANGE',
      `${operator}: position ${position} must be top, middle, bottom or a whole number from 0 to ${L}`,
      `Choose ${L} to insert above the last layer.`,
    );
  const added = range(L, target).map(() => structuredClone(entry));
  return planOf(L, [...range(0, at).map(copy), ...added, ...range(at, L).map(copy)]);
}

/** New layers with the target's own initialisation, all in one place. */
export function random(L: number, target: number, knobs: { readonly position: Position }): LayerPlan {
  return insert(L, target, knobs.position, { body: { kind: 'random' } }, 'random');
}

/** Randomly initialised layers whose out-projections are zero; `inter` spreads them between the layers. */
export function identityRandom(
  L: number,
  target: number,
  knobs: Pick<StrategyOf<'identityRandom'>, 'position'>,
): LayerPlan {
  const entry: PlanEntry = { body: { kind: 'random' }, identity: true };
  if (knobs.position !== 'inter') return insert(L, target, knobs.position, entry, 'identityRandom');
  return withRepeats(interleave(L, target, { remainder: 'even' }), () => structuredClone(entry));
}

/** Copies whose out-projections are zero, after their originals (`inter`) or stacked above (`top`). */
export function identityCopy(
  L: number,
  target: number,
  knobs: Pick<StrategyOf<'identityCopy'>, 'position' | 'remainder'>,
): LayerPlan {
  checkCopying(L, target, 'identityCopy');
  const plan =
    knobs.position === 'top' ? stack(L, target, { remainder: 'mod' }) : interleave(L, target, knobs);
  return withRepeats(plan, (entry) => ({ ...entry, identity: true }));
}

/** Identity copies spread evenly: after source layer ⌈(k+1)·L/n⌉ - 1 for k = 0 … n-1, n = L′ - L. */
export function llamaPro(L: number, target: number): LayerPlan {
  checkCopying(L, target, 'llamaPro');
  const added = target - L;
  const after = range(0, added).map((k) => Math.ceil(((k + 1) * L) / added) - 1);
  return planOf(
    L,
    range(0, L).flatMap((layer) => [
      copy(layer),
      ...after.filter((place) => place === layer).map(identityCopyOf),
    ]),
  );
}

/**
 * The source in order, and between neighbours j and j + 1 a layer that is their average. There are L - 1 such gaps:
 * fewer new layers fill the topmost gaps (Avg-DeUS puts 16 above layers 15 to 30 of 32), the lowest, or evenly spread
 * ones; L new layers fill all and leave one, which comes last and repeats the last layer: it has no upper neighbour,
 * so it is the average of the last layer with itself. More than 2 · L layers would average a gap twice: refused.
 */
export function neighbourAverage(
  L: number,
  target: number,
  knobs: Pick<StrategyOf<'neighbourAverage'>, 'position'>,
): LayerPlan {
  checkCopying(L, target, 'neighbourAverage');
  if (target > 2 * L)
    throw refusal(
      'E_RANGE',
      `neighbourAverage: the target depth ${target} must be at most twice the source depth ${L}, one new layer after each`,
      `Choose up to ${2 * L} layers, or grow twice.`,
    );
  const added = target - L;
  const filled = new Set(added === L ? range(0, L) : gapsFilled(L - 1, added, knobs.position));
  return planOf(
    L,
    range(0, L).flatMap((layer) => {
      const average = { body: averageOf(layer, Math.min(layer + 1, L - 1)) };
      return filled.has(layer) ? [copy(layer), average] : [copy(layer)];
    }),
  );
}

/** Which of `gaps` places in a row get one of `added` layers, from 0 at the bottom. */
function gapsFilled(
  gaps: number,
  added: number,
  position: StrategyOf<'neighbourAverage'>['position'],
): number[] {
  if (position === 'top') return range(gaps - added, gaps);
  if (position === 'bottom') return range(0, added);
  return range(0, added).map((k) => Math.ceil(((k + 1) * gaps) / added) - 1);
}

/** Repeated layers take smaller steps: each of c > 1 adjacent copies has factor 1/c, or `outScale`. */
export function half(L: number, target: number, knobs: Pick<StrategyOf<'half'>, 'outScale'>): LayerPlan {
  checkCopying(L, target, 'half');
  const { outScale } = knobs;
  if (outScale !== undefined && !(outScale > 0 && outScale <= 1))
    throw refusal(
      'E_RANGE',
      `half: outScale ${outScale} must be above 0 and at most 1`,
      'Leave it out for 1 / number of copies.',
    );
  const layers = copyCounts(L, target, 'even').flatMap((count, layer) =>
    range(0, count).map(
      (): PlanEntry => (count === 1 ? copy(layer) : { ...copy(layer), outScale: outScale ?? 1 / count }),
    ),
  );
  return planOf(L, layers);
}

/** Layers of zeros, LayerNorm gains included: they compute x ↦ x and all but two biases never learn. */
export function dead(L: number, target: number, knobs: { readonly position: Position }): LayerPlan {
  return insert(L, target, knobs.position, { body: { kind: 'zero' } }, 'dead');
}

/** A hand-made plan; it may drop layers. Its length and indices are checked by plan-check.ts. */
export function handMade(L: number, _target: number, knobs: Pick<StrategyOf<'plan'>, 'layers'>): LayerPlan {
  const { layers } = knobs;
  return planOf(L, typeof layers === 'string' ? parsePlanEntries(layers) : structuredClone(layers));
}

/** Fresh layers throughout; with the copied embeddings this is the control embOnly. */
export function allRandom(L: number, target: number): LayerPlan {
  checkDepths(L, target, 'embOnly');
  return planOf(
    L,
    range(0, target).map(() => ({ body: { kind: 'random' } })),
  );
}

/** From scratch: the depths are checked, and there is no plan because nothing is taken from the source. */
export function nothing(L: number, target: number): null {
  checkDepths(L, target, 'scratch');
  return null;
}

/** Changes every second and later copy of a source layer, bottom up; an average is no copy of either of its two. */
export function withRepeats(plan: LayerPlan, change: (entry: PlanEntry) => PlanEntry): LayerPlan {
  const seen = new Set<number>();
  const origins = normalForm(plan);
  return {
    ...plan,
    layers: plan.layers.map((entry, index) => {
      const { kind, from } = origins[index]!;
      if (from === null || kind === 'average') return entry;
      const isRepeat = seen.has(from);
      seen.add(from);
      return isRepeat ? change(entry) : entry;
    }),
  };
}
