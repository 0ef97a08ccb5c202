/**
 * Changes of a study file that the designer makes: the pool and its strategies. Each is a function on the YAML
 * document, so that comments and order of everything else survive. Used inside `StudyDocument.edit`.
 */
import { type Document, isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import type { Pool } from '../../src-main/contract/pool.ts';
import type { GrowingStrategy, GrowingStrategyInput } from '../../src-main/contract/strategy.ts';
import { printPlan } from '../../src-main/growth/plan-shorthand.ts';

/** Where a strategy stands in a pool. */
export interface PoolPlace {
  readonly list: 'strategies' | 'controls';
  readonly index: number;
}

export const samePlace = (a: PoolPlace, b: PoolPlace): boolean => a.list === b.list && a.index === b.index;

/** A member of a pool: the name of a preset, or a strategy. */
export type Member = string | GrowingStrategyInput;

const EDITED = ' (edited)';

/**
 * The pool as a map in the document. A pool that was named, or left out, is written out first, its strategies by name.
 * @param named the pool that the document stands for now
 */
function writtenPool(document: Document, named: Pool): YAMLMap {
  const found = document.get('pool', true);
  if (isMap(found)) return found;
  const { name, description, strategies, controls } = named;
  const pool = document.createNode({
    name: name.endsWith(EDITED) ? name : `${name.slice(0, 60 - EDITED.length)}${EDITED}`,
    ...(description === '' ? {} : { description: description.trim() }),
    strategies: [],
    controls: [],
  }) as YAMLMap;
  document.set('pool', pool);
  for (const member of strategies) listOf(document, pool, 'strategies').add(nodeOf(document, member));
  for (const member of controls) listOf(document, pool, 'controls').add(nodeOf(document, member));
  if (controls.length === 0) pool.delete('controls');
  return pool;
}

function listOf(document: Document, pool: YAMLMap, list: PoolPlace['list']): YAMLSeq {
  const found = pool.get(list, true);
  if (isSeq(found)) return found;
  const made = document.createNode([]) as YAMLSeq;
  pool.set(list, made);
  return made;
}

function nodeOf(document: Document, member: Member) {
  return typeof member === 'string'
    ? document.createNode(member)
    : document.createNode(compactStrategy(member), { flow: true });
}

/** A list that holds something is written one member a line. */
function changeList(
  document: Document,
  named: Pool,
  list: PoolPlace['list'],
  change: (members: YAMLSeq) => void,
): void {
  const pool = writtenPool(document, named);
  const members = listOf(document, pool, list);
  change(members);
  if (members.items.length > 0) members.flow = false;
  else if (list === 'controls') pool.delete('controls');
}

/** The strategy without fields that say what would hold anyway. */
export function compactStrategy(strategy: GrowingStrategyInput): GrowingStrategyInput {
  const fields = Object.entries(strategy).filter(
    ([field, value]) =>
      value !== undefined &&
      !(field === 'description' && value === '') &&
      !(field === 'moments' && value === 'reset') &&
      !(field === 'noise' && value === 0),
  );
  return Object.fromEntries(fields) as GrowingStrategyInput;
}

/** A strategy with its plan written by hand: named operators end here. Noise is in the plan itself. */
export function handMade(
  { name, description, ...strategy }: GrowingStrategy,
  layers: readonly PlanEntry[],
): GrowingStrategyInput {
  const moments = 'moments' in strategy ? strategy.moments : 'reset';
  const text = printPlan({ version: 1, sourceLayers: 0, layers: [...layers] });
  return compactStrategy({ name, description, operator: 'plan', layers: text, moments });
}

/** Puts another strategy in the place of one; only what differs is written where both are hand-made plans. */
export function setStrategy(
  document: Document,
  named: Pool,
  { list, index }: PoolPlace,
  strategy: GrowingStrategyInput,
): void {
  changeList(document, named, list, (members) => {
    const found = members.get(index, true);
    const isPlan = isMap(found) && found.get('operator') === 'plan' && strategy.operator === 'plan';
    if (!isPlan) {
      members.set(index, nodeOf(document, strategy));
      return;
    }
    const fields = new Map(Object.entries(compactStrategy(strategy)));
    for (const { key } of [...found.items]) {
      const field = String(key);
      if (!fields.has(field)) found.delete(field);
    }
    for (const [field, value] of fields) if (found.get(field) !== value) found.set(field, value);
  });
}

/** Puts members into a list before the member at `at`, at the end when left out. */
export function addMembers(
  document: Document,
  named: Pool,
  list: PoolPlace['list'],
  members: readonly Member[],
  at?: number,
): void {
  changeList(document, named, list, ({ items }) => {
    items.splice(at ?? items.length, 0, ...members.map((member) => nodeOf(document, member)));
  });
}

export function removeMember(document: Document, named: Pool, { list, index }: PoolPlace): void {
  changeList(document, named, list, ({ items }) => {
    items.splice(index, 1);
  });
}

/** Moves a strategy to the gap before the member at `gap` of the list as it is. */
export function moveMember(document: Document, named: Pool, { list, index }: PoolPlace, gap: number): void {
  changeList(document, named, list, ({ items }) => {
    const [moved] = items.splice(index, 1);
    if (moved !== undefined) items.splice(gap > index ? gap - 1 : gap, 0, moved);
  });
}

/** Replaces the whole pool by a named one. */
export function choosePool(document: Document, name: string): void {
  document.set('pool', name);
}

/** `stack 2`, `stack 3`, …: the first name of this kind that is not taken; at most 60 characters. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/ \d+$/, '').slice(0, 54);
  for (let number = 2; ; number++) if (!taken.has(`${stem} ${number}`)) return `${stem} ${number}`;
}
