/** The pool of a study as cards: every strategy planned for one growing point, with what keeps it from growing. */
import { EspalierError, messageOf } from '../../src-main/contract/errors.ts';
import type { Exactness, PlanEntry } from '../../src-main/contract/layer-plan.ts';
import type { Pool, PoolMember } from '../../src-main/contract/pool.ts';
import type { GrowingStrategy } from '../../src-main/contract/strategy.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import { compileStrategy } from '../../src-main/growth/compile-strategy.ts';
import { parsePlanEntries } from '../../src-main/growth/plan-shorthand.ts';
import { assignLooks, type Look } from '../../src-main/report/theme.ts';
import type { PoolPlace } from './pool-document.ts';

/** A growth from one depth to a larger one. */
export interface GrowingPoint {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

export function growingPointsOf(spec: AnyStudySpec): GrowingPoint[] {
  if (spec.mode !== 'stacking') return [{ index: 0, from: spec.source.layers, to: spec.target.layers }];
  return spec.stages
    .slice(1)
    .map((stage, index) => ({ index, from: spec.stages[index]!.layers, to: stage.layers }));
}

export interface CardProblem {
  readonly sentence: string;
  readonly hint: string | null;
}

export interface PoolCard {
  readonly place: PoolPlace;
  readonly name: string;
  readonly isControl: boolean;
  /** Null for the name of a preset that does not exist. */
  readonly strategy: GrowingStrategy | null;
  /** Target layers; of a hand-made plan as written, also where it does not fit. Null where there is no plan. */
  readonly layers: readonly PlanEntry[] | null;
  /** In shorthand; `scratch` and `embOnly` for these; empty where there is no plan. */
  readonly planText: string;
  readonly exactness: Exactness | null;
  /** Why it cannot grow this model. */
  readonly problem: CardProblem | null;
  /** Name of an earlier strategy that grows the same model. */
  readonly sameAs: string | null;
  readonly look: Look;
}

interface Planned extends Pick<PoolCard, 'layers' | 'planText' | 'exactness' | 'problem'> {
  readonly key: string | null;
}

/** Plans by strategy and depths; an edit changes one strategy and the others are found here. */
const known = new Map<string, Planned>();
const KEPT = 2000;

function plan(strategy: GrowingStrategy, { from, to }: GrowingPoint): Planned {
  const { name: _, description: __, ...rest } = strategy;
  const key = `${from} ${to} ${JSON.stringify(rest)}`;
  const earlier = known.get(key);
  if (earlier) return earlier;
  if (known.size >= KEPT) known.clear();
  const planned = planAnew(strategy, from, to);
  known.set(key, planned);
  return planned;
}

function planAnew(strategy: GrowingStrategy, from: number, to: number): Planned {
  try {
    const compiled = compileStrategy(strategy, from, to);
    const { planText, exactness, key } = compiled;
    return { layers: compiled.plan?.layers ?? null, planText, exactness, key, problem: null };
  } catch (error) {
    const hint = error instanceof EspalierError ? (error.hint ?? null) : null;
    const written = strategy.operator === 'plan' ? writtenLayers(strategy.layers) : null;
    const text = strategy.operator === 'plan' && typeof strategy.layers === 'string' ? strategy.layers : '';
    const sentence = messageOf(error).replace(/ \(E_[A-Z_]+\)$/, '.');
    return { layers: written, planText: text, exactness: null, key: null, problem: { sentence, hint } };
  }
}

/** What a hand-made plan says, even where it does not fit the depths; null where it cannot be read. */
function writtenLayers(layers: string | readonly PlanEntry[]): readonly PlanEntry[] | null {
  if (typeof layers !== 'string') return layers;
  try {
    return parsePlanEntries(layers);
  } catch {
    return null;
  }
}

/**
 * A short plan of the same family as this one: looks depend on the family alone, and reading a plan of 96 words for
 * every card at every edit would take longer than a frame.
 */
export function familySample(layers: readonly PlanEntry[] | null): string {
  if (layers === null) return '';
  const isIdentity = ({ identity, outScale }: PlanEntry): boolean => identity === true || outScale === 0;
  const isNew = (entry: PlanEntry): boolean =>
    entry.body.kind === 'zero' || (entry.body.kind === 'random' && isIdentity(entry));
  if (layers.some(isNew)) return 'z';
  if (layers.some(isIdentity)) return '0*';
  if (layers.some(({ body }) => body.kind === 'random')) return 'r';
  if (layers.some(({ body }) => body.kind === 'average')) return '0';
  const uses = new Map<number, number>();
  for (const { body } of layers)
    if (body.kind === 'copy') uses.set(body.layer, (uses.get(body.layer) ?? 0) + 1);
  const repeated = [...uses.values()].filter((count) => count > 1);
  return repeated.length === 1 && uses.size > 1 ? '0 0 1' : '0';
}

/** Cards of a pool by depths: lists, checks and the schedule ask for the same ones after each edit. */
const knownCards = new WeakMap<
  Pool,
  { presets: ReadonlyMap<string, GrowingStrategy>; at: Map<string, PoolCard[]> }
>();

/** Strategies in pool order, then controls. */
export function cardsOf(
  pool: Pool,
  presets: ReadonlyMap<string, GrowingStrategy>,
  point: GrowingPoint,
): readonly PoolCard[] {
  let known = knownCards.get(pool);
  if (known?.presets !== presets) {
    known = { presets, at: new Map() };
    knownCards.set(pool, known);
  }
  const depths = `${point.from} ${point.to}`;
  const cards = known.at.get(depths) ?? cardsAnew(pool, presets, point);
  known.at.set(depths, cards);
  return cards;
}

function cardsAnew(
  pool: Pool,
  presets: ReadonlyMap<string, GrowingStrategy>,
  point: GrowingPoint,
): PoolCard[] {
  const first = new Map<string, string>();
  const cardOf = (list: PoolPlace['list']) => (member: PoolMember, index: number) => {
    const strategy = typeof member === 'string' ? (presets.get(member) ?? null) : member;
    const name = typeof member === 'string' ? member : member.name;
    const { key, ...planned }: Planned = strategy
      ? plan(strategy, point)
      : {
          key: null,
          layers: null,
          planText: '',
          exactness: null,
          problem: { sentence: `No preset strategy is named ${name}.`, hint: null },
        };
    const sameAs = key === null ? null : (first.get(key) ?? null);
    if (key !== null && sameAs === null) first.set(key, name);
    return { place: { list, index }, name, isControl: list === 'controls', strategy, sameAs, ...planned };
  };
  const cards = [...pool.strategies.map(cardOf('strategies')), ...pool.controls.map(cardOf('controls'))];
  const looks = assignLooks(
    cards.map(({ name, layers, isControl }) => ({ strategy: name, plan: familySample(layers), isControl })),
  );
  return cards.map((card) => ({ ...card, look: looks.get(card.name)! }));
}

/** The pool that a study means: written out, or one that comes with the program; null for an unknown name. */
export const poolOf = (spec: AnyStudySpec, pools: readonly Pool[]): Pool | null =>
  typeof spec.pool === 'string' ? (pools.find(({ name }) => name === spec.pool) ?? null) : spec.pool;

/** The new cards, each by the object it was before where nothing of it changed. */
export function sameCards(before: readonly PoolCard[], now: readonly PoolCard[]): PoolCard[] {
  const text = ({ layers: _, ...card }: PoolCard): string => JSON.stringify(card);
  const known = new Map(before.map((card) => [text(card), card]));
  return now.map((card) => {
    const same = known.get(text(card));
    // A hand-made plan that does not fit has its layers in no other field.
    return same && (same.layers === card.layers || card.problem === null) ? same : card;
  });
}
