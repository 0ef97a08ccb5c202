/** The design of a study: its pool at one growing point, the strategy being edited, and every command on them. */
import { computed, type InjectionKey, inject, onScopeDispose, shallowRef, watch, watchEffect } from 'vue';
import { parseDocument } from 'yaml';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import type { GrowingStrategy, GrowingStrategyInput } from '../../src-main/contract/strategy.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import { openTabs } from '../app/open-tabs.ts';
import { route } from '../app/route.ts';
import { errorInWords } from '../connection/error-words.ts';
import type { StudyDocument } from '../draft/study-document.ts';
import { announce } from '../parts/announce.ts';
import { DESIGNER_WORDS as words } from '../words/designer.ts';
import { copyToDraft } from './copy-to-draft.ts';
import { designerState } from './designer-state.ts';
import type { ShapeField } from './model-shape.ts';
import { type EditedPlan, type PlanEdit, sameEntries } from './plan-editing.ts';
import { factsOf } from './plan-facts.ts';
import {
  cardsOf,
  type GrowingPoint,
  growingPointsOf,
  type PoolCard,
  poolOf,
  sameCards,
} from './pool-cards.ts';
import { checksOf } from './pool-checks.ts';
import {
  addMembers,
  choosePool,
  compactStrategy,
  freeName,
  handMade,
  type Member,
  moveMember,
  type PoolPlace,
  removeMember,
  samePlace,
  setStrategy,
} from './pool-document.ts';
import { type ScheduleBlock, scheduleOf, setBlockSteps } from './stage-schedule.ts';
import { modeSwitch, type Switch } from './study-mode.ts';
import { useLibrary } from './use-library.ts';
import { useWholeCost } from './use-whole-cost.ts';

const NO_POINT: GrowingPoint = { index: 0, from: 1, to: 1 };

/** Milliseconds for which edits must rest before it is looked whether the other kind of study is possible. */
const REST = 250;

export function makeDesigner(document: StudyDocument) {
  const state = designerState(document);
  /** The last valid study: a wrong letter in another view must not empty this one. */
  const spec = shallowRef<AnyStudySpec | null>(document.spec.value);
  watchEffect(() => {
    if (document.spec.value) spec.value = document.spec.value;
  });
  const { library, presets, corpus, failure } = useLibrary(spec);

  const canEdit = computed(() => !document.isReadOnly && document.spec.value !== null && pool.value !== null);
  const points = computed(() => (spec.value ? growingPointsOf(spec.value) : []));
  /** Stays the same object while the depths do, so that an edit of a plan redraws nothing else. */
  const point = computed((before?: GrowingPoint): GrowingPoint => {
    const now = points.value[Math.min(state.pointIndex, points.value.length - 1)] ?? NO_POINT;
    return before && before.index === now.index && before.from === now.from && before.to === now.to
      ? before
      : now;
  });
  const pool = computed(() => (spec.value && library.value ? poolOf(spec.value, library.value.pools) : null));
  const cardsAt = (at: GrowingPoint): readonly PoolCard[] =>
    pool.value ? cardsOf(pool.value, presets.value, at) : [];
  const cards = computed((before?: PoolCard[]) => sameCards(before ?? [], cardsAt(point.value)));
  const card = computed<PoolCard | null>(
    () => cards.value.find(({ place }) => samePlace(place, state.place)) ?? cards.value[0] ?? null,
  );
  const compared = computed(() => {
    const place = state.comparedWith;
    return place === null ? null : (cards.value.find((one) => samePlace(one.place, place)) ?? null);
  });
  /** Layers as just edited, until the file says so too: the lattice shows them a frame before all that follows. */
  const edited = shallowRef<{ readonly place: PoolPlace; readonly layers: readonly PlanEntry[] } | null>(
    null,
  );
  watch(
    document.text,
    () => {
      edited.value = null;
    },
    { flush: 'sync' },
  );
  const layers = computed((before?: readonly PlanEntry[]): readonly PlanEntry[] => {
    const isEdited = edited.value && card.value && samePlace(edited.value.place, card.value.place);
    const now = (isEdited ? edited.value?.layers : card.value?.layers) ?? [];
    return before && sameEntries(before, now) ? before : now;
  });
  const selection = computed(() => state.selection.filter((index) => index < layers.value.length));
  const plan = computed<EditedPlan>(() => ({ layers: layers.value, selection: selection.value }));
  const vocabulary = computed(() => corpus.value?.vocabulary ?? null);
  const source = computed<Architecture | null>(() =>
    spec.value && vocabulary.value !== null
      ? { ...spec.value.model, layers: point.value.from, vocabulary: vocabulary.value }
      : null,
  );
  const facts = computed(() =>
    spec.value && source.value && card.value
      ? factsOf(
          card.value.layers ?? Array.from({ length: point.value.to }, () => ({ body: { kind: 'random' } })),
          source.value,
          spec.value.recipe.batchSize,
        )
      : null,
  );
  const checks = computed(() =>
    checksOf(
      points.value.map((one) => ({
        point: one,
        cards: one.index === point.value.index ? cards.value : cardsAt(one),
      })),
      point.value.index,
    ),
  );
  const schedule = computed(() => {
    if (!spec.value || vocabulary.value === null) return null;
    const counts = points.value.map(
      (one) =>
        (one.index === point.value.index ? cards.value : cardsAt(one)).filter(
          (each) => !each.isControl && !each.problem && each.sameAs === null,
        ).length,
    );
    return scheduleOf(spec.value, vocabulary.value, counts);
  });

  const wholeCost = useWholeCost(document.text, document.spec, schedule);

  /** The pool that an edit begins with, null where nothing can be edited. What waits for the file is in it. */
  function editedPool(): NonNullable<typeof pool.value> | null {
    document.settle();
    return canEdit.value ? pool.value : null;
  }

  const names = (): ReadonlySet<string> => new Set(cards.value.map(({ name }) => name));

  function show(place: PoolPlace): void {
    if (samePlace(place, state.place)) return;
    state.place = place;
    state.selection = [];
    state.focus = { row: -1, column: 0 };
  }

  function select(indices: readonly number[]): void {
    state.selection = [...new Set(indices)].sort((a, b) => a - b);
  }

  /** A preset that is edited by hand is no longer what its name and description say. */
  function ownName(strategy: GrowingStrategy): GrowingStrategy {
    const isPreset = strategy.operator !== 'plan' && presets.value.has(strategy.name);
    return isPreset
      ? { ...strategy, name: freeName(words.edited(strategy.name), names()), description: '' }
      : strategy;
  }

  /** One undo step on the strategy that is shown; what it was becomes a hand-made plan. */
  function editPlan(edit: PlanEdit | null, say: string | null = null, merge?: string): void {
    if (!edit || edit.layers.length === 0) return;
    const named = editedPool();
    const now = card.value;
    if (!now?.strategy || !named) return;
    const { strategy, place } = now;
    const next = handMade(ownName(strategy), edit.layers);
    edited.value = { place, layers: edit.layers };
    document.editLate(edit.label, (file) => setStrategy(file, named, place, next), merge);
    state.selection = edit.selection;
    announce(say ?? words.done(edit.label));
  }

  function write(strategy: GrowingStrategyInput, label: string, at?: PoolPlace): void {
    const named = editedPool();
    const place = at ?? card.value?.place;
    if (!named || !place) return;
    document.edit(label, (file) => setStrategy(file, named, place, compactStrategy(strategy)));
    announce(words.done(label));
  }

  /** Adds members under names that are free, before `at`; shows the first. */
  function add(
    members: readonly Member[],
    options: { at?: number; label?: string; list?: PoolPlace['list'] } = {},
  ): void {
    const named = editedPool();
    if (!named || members.length === 0) return;
    const taken = new Set(names());
    const added = members.map((member): Member => {
      const wanted = typeof member === 'string' ? member : member.name;
      const name = freeName(wanted, taken);
      taken.add(name);
      if (name === wanted) return member;
      const strategy = typeof member === 'string' ? presets.value.get(member) : member;
      return strategy ? { ...strategy, name } : member;
    });
    const place = options.list ?? 'strategies';
    const at = options.at ?? named[place].length;
    const label =
      options.label ?? words.edits.add(added.map((one) => (typeof one === 'string' ? one : one.name)));
    document.edit(label, (file) => addMembers(file, named, place, added, at));
    show({ list: place, index: at });
    announce(words.done(label));
  }

  function duplicate(one: PoolCard): void {
    if (!one.strategy) return;
    const { list, index } = one.place;
    add([{ ...one.strategy, name: freeName(one.name, names()) }], {
      list,
      at: index + 1,
      label: words.edits.duplicate(one.name),
    });
  }

  function remove({ place, name }: PoolCard): void {
    const named = editedPool();
    if (!named || (place.list === 'strategies' && named.strategies.length === 1)) return;
    document.edit(words.edits.remove(name), (file) => removeMember(file, named, place));
    show({
      list: place.list,
      index: Math.max(0, place.index - (place.index === named[place.list].length - 1 ? 1 : 0)),
    });
    announce(words.done(words.edits.remove(name)));
  }

  /** Moves a strategy to a gap of its list. */
  function move({ place, name }: PoolCard, gap: number): void {
    const named = editedPool();
    const isSame = gap === place.index || gap === place.index + 1;
    if (!named || isSame || gap < 0 || gap > named[place.list].length) return;
    document.edit(words.edits.move(name), (file) => moveMember(file, named, place, gap));
    state.place = { list: place.list, index: gap > place.index ? gap - 1 : gap };
    announce(words.done(words.edits.move(name)));
  }

  function rename({ place, name, strategy }: PoolCard, to: string): void {
    if (strategy && to !== name && !names().has(to))
      write({ ...strategy, name: to }, words.edits.rename(name, to), place);
  }

  function usePool(name: string): void {
    document.edit(words.edits.pool(name), (file) => choosePool(file, name));
    show({ list: 'strategies', index: 0 });
  }

  /** Puts layers behind those of another strategy. */
  function copyOnto(target: PoolCard, entries: readonly PlanEntry[]): void {
    if (!target.strategy || !target.layers) return;
    write(
      handMade(target.strategy, [...target.layers, ...entries]),
      words.edits.onto(entries.length, target.name),
      target.place,
    );
  }

  /** Whether a draft is the one that is edited here. */
  const isShownDraft = (id: string): boolean => 'id' in route.value && route.value.id === id;
  /** Drafts in other tabs, which strategies can be copied to. */
  const otherDrafts = computed(() =>
    openTabs.value.filter(({ place, id, name }) => place === 'draft' && name !== null && !isShownDraft(id)),
  );
  /** What was copied to another study, or why it was not; gone with the next copy. */
  const copied = shallowRef<{ readonly key: number; readonly text: string } | null>(null);
  async function copyTo(
    { name, strategy }: PoolCard,
    to: { readonly id: string; readonly name: string | null },
  ): Promise<void> {
    if (!strategy) return;
    const writtenOut = compactStrategy(strategy);
    const member = presets.value.get(name) === strategy ? name : writtenOut;
    let text: string;
    try {
      const copy = { member, writtenOut };
      text = words.copiedTo(await copyToDraft(to.id, copy, library.value?.pools ?? []), to.name ?? '');
    } catch (error) {
      const { sentence, hint } = errorInWords(error);
      text = hint === null ? sentence : `${sentence} ${hint}`;
    }
    copied.value = { key: (copied.value?.key ?? 0) + 1, text };
    announce(text);
  }

  function setShape(field: ShapeField, value: number): void {
    const now = spec.value;
    if (!now || !canEdit.value || now.model[field] === value) return;
    const label = words.edits.shape(field, value);
    document.edit(label, (file) => file.setIn(['model', field], value));
    announce(words.done(label));
  }

  function findOtherMode(): Switch | null {
    const { value: now } = spec;
    const { value: named } = pool;
    if (!now || !named || !canEdit.value) return null;
    return modeSwitch(parseDocument(document.text.value), now, named);
  }
  /** Whether the draft can become a study of the other kind; null where there is nothing to edit. Follows edits that rest. */
  const otherMode = shallowRef<Switch | null>(null);
  let modeTimer: ReturnType<typeof setTimeout> | undefined;
  const isPoolKnown = computed(() => pool.value !== null);
  watch([document.text, isPoolKnown], (_, before) => {
    clearTimeout(modeTimer);
    const find = (): void => {
      otherMode.value = findOtherMode();
    };
    if (before[1] === isPoolKnown.value) modeTimer = setTimeout(find, REST);
    else find();
  });
  otherMode.value = findOtherMode();
  onScopeDispose(() => clearTimeout(modeTimer));
  function switchMode(): void {
    document.settle();
    const other = findOtherMode();
    if (other?.kind !== 'possible') return;
    const label = words.edits.mode(other.to);
    document.edit(label, other.change);
    otherMode.value = findOtherMode();
    state.pointIndex = 0;
    state.selection = [];
    announce(words.done(label));
  }

  /** @param isRepeated by an arrow key: steps that follow each other quickly are undone together */
  function setSteps(block: ScheduleBlock, steps: number, what: string, isRepeated: boolean): void {
    const now = spec.value;
    if (!now || !canEdit.value || steps === block.steps) return;
    const label = isRepeated ? words.edits.stepwise(what) : words.edits.steps(what, steps);
    const merge = isRepeated ? `steps ${block.kind} ${block.index}` : undefined;
    document.edit(label, (file) => setBlockSteps(file, now, block, steps), merge);
    announce(words.done(words.edits.steps(what, steps)));
  }

  return {
    document,
    state,
    spec,
    library,
    presets,
    failure,
    canEdit,
    points,
    point,
    pool,
    cards,
    card,
    compared,
    layers,
    selection,
    plan,
    source,
    facts,
    checks,
    schedule,
    wholeCost,
    names,
    show,
    select,
    editPlan,
    write,
    add,
    duplicate,
    remove,
    move,
    rename,
    usePool,
    copyOnto,
    isShownDraft,
    otherDrafts,
    copied,
    copyTo,
    setSteps,
    setShape,
    otherMode,
    switchMode,
  };
}

export type Designer = ReturnType<typeof makeDesigner>;
export const DESIGNER: InjectionKey<Designer> = Symbol('designer');

/** The designer of the view around. */
export function useDesigner(): Designer {
  const designer = inject(DESIGNER);
  if (!designer) throw new Error('there is no designer around this component');
  return designer;
}
