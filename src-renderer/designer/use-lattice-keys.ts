/** Keys of the lattice and of the list: both forms share commands, so they share this. */
import { ref } from 'vue';
import { pressedCommand } from '../keys/key-bindings.ts';
import { announce } from '../parts/announce.ts';
import { DESIGNER_WORDS as words } from '../words/designer.ts';
import { averageLayer, setOperator, takeFrom } from './lattice-drag.ts';
import { type Direction, type LatticeCommand, latticeCommand } from './lattice-keys.ts';
import {
  type LayerOperator,
  layerOf,
  nearestSource,
  sourceOf,
  withOperator,
  wordOf,
} from './layer-operators.ts';
import {
  duplicateLayers,
  type EditedPlan,
  insertLayers,
  moveLayers,
  pasteText,
  removeLayers,
} from './plan-editing.ts';
import type { Designer } from './use-designer.ts';

/** Selected layers held by the keyboard, and the gap they would be dropped in. */
export interface Grab {
  readonly gap: number;
  readonly focus: Designer['state']['focus'];
}

/** An average being chosen: its first crossing once there is one. */
export interface Averaging {
  readonly first: { readonly column: number; readonly source: number } | null;
}

export function useLatticeKeys(designer: Designer, focusScale: () => void, fail: (error: unknown) => void) {
  const { state, plan, point, layers } = designer;
  const grab = ref<Grab | null>(null);
  /** Gap that the next operator key inserts into. */
  const insertAt = ref<number | null>(null);
  const averaging = ref<Averaging | null>(null);

  const last = (): number => layers.value.length - 1;
  /** The selection, or the layer under the focus. */
  const target = (): EditedPlan =>
    plan.value.selection.length > 0
      ? plan.value
      : { layers: layers.value, selection: layers.value[state.focus.column] ? [state.focus.column] : [] };

  function stepFocus(to: Direction): { row: number; column: number } {
    const { row, column } = state.focus;
    const clampColumn = (value: number): number => Math.max(0, Math.min(last(), value));
    switch (to) {
      case 'left':
        return { row, column: clampColumn(column - 1) };
      case 'right':
        return { row, column: clampColumn(column + 1) };
      case 'first':
        return { row, column: 0 };
      case 'last':
        return { row, column: clampColumn(last()) };
      case 'up':
        return { row: Math.min(point.value.from - 1, row + 1), column };
      case 'down':
        return { row: Math.max(-1, row - 1), column };
    }
  }

  function moveFocus(to: Direction, mode: 'select' | 'extend' | 'only'): void {
    const focus = stepFocus(to);
    if (mode === 'extend') {
      const others = plan.value.selection.length > 0 ? plan.value.selection : [state.focus.column];
      designer.select([...others, focus.column]);
    } else if (mode === 'select' && layers.value.length > 0) designer.select([focus.column]);
    state.focus = focus;
  }

  function moveTo(to: 'left' | 'right' | 'first' | 'last'): void {
    const now = target();
    const first = now.selection[0];
    const final = now.selection.at(-1);
    if (first === undefined || final === undefined) return;
    const gap = { left: first - 1, right: final + 2, first: 0, last: layers.value.length }[to];
    if (gap < 0 || gap > layers.value.length) return;
    const edit = moveLayers(now, gap);
    if (edit.layers.every((entry, index) => entry === layers.value[index])) return;
    designer.editPlan(edit, words.dropped(edit.selection));
    state.focus = { row: state.focus.row, column: edit.selection[0] ?? 0 };
  }

  function grabKey(command: LatticeCommand): void {
    const held = grab.value;
    if (!held) return;
    if (command.kind === 'focus') {
      const by = {
        left: -1,
        right: 1,
        first: -layers.value.length,
        last: layers.value.length,
        up: 0,
        down: 0,
      }[command.to];
      const gap = Math.max(0, Math.min(layers.value.length, held.gap + by));
      grab.value = { ...held, gap };
      announce(words.gapFlag(gap, layers.value.length));
    } else if (command.kind === 'grab' || command.kind === 'take') {
      const edit = moveLayers(plan.value, held.gap);
      grab.value = null;
      if (edit.layers.every((entry, index) => entry === layers.value[index])) announce(words.cancelled);
      else {
        designer.editPlan(edit, words.dropped(edit.selection));
        state.focus = { row: -1, column: edit.selection[0] ?? 0 };
      }
    } else if (command.kind === 'cancel') {
      grab.value = null;
      state.focus = held.focus;
      announce(words.cancelled);
    }
  }

  function operate(command: Extract<LatticeCommand, { kind: 'operator' }>): void {
    const { operator } = command;
    const gap = insertAt.value;
    if (gap === null && operator === 'average') beginAverage();
    else if (gap === null) {
      const now = target();
      if (now.selection.length > 0) designer.editPlan(setOperator(now, operator, point.value.from));
      return;
    }
    if (gap === null) return;
    insertAt.value = null;
    insertOperator(operator, gap);
  }

  /** The next two crossings are averaged; the list has no crossings, so there the neighbour is taken. */
  function beginAverage(): void {
    const entry = layers.value[state.focus.column];
    if (!entry) return;
    if (state.form !== 'lattice' || point.value.from < 2) {
      designer.editPlan(setOperator(target(), 'average', point.value.from));
      return;
    }
    averaging.value = { first: null };
    if (state.focus.row < 0)
      state.focus = { ...state.focus, row: Math.min(sourceOf(entry) ?? 0, point.value.from - 1) };
    announce(words.averageFirst);
  }

  /** A crossing chosen for the average; one in another column begins anew there. */
  function chooseCrossing(column: number, source: number): void {
    if (source < 0 || !averaging.value) return;
    const { first } = averaging.value;
    state.focus = { row: source, column };
    designer.select([column]);
    if (!first || first.column !== column) {
      averaging.value = { first: { column, source } };
      announce(words.averageSecond(column, source));
    } else if (first.source === source) announce(words.averageOther);
    else {
      averaging.value = null;
      designer.editPlan(averageLayer(plan.value, column, first.source, source));
    }
  }

  function insertOperator(operator: LayerOperator, gap: number): void {
    const source = nearestSource(layers.value[gap] ?? layers.value.at(-1), gap, point.value.from);
    const entry = withOperator(layerOf('copy', source), gap, operator, point.value.from);
    designer.editPlan(insertLayers(plan.value, gap, [entry]));
    state.focus = { row: -1, column: gap };
  }

  function waitForInsert(after: boolean): void {
    const gap = Math.min(layers.value.length, state.focus.column + (after ? 1 : 0));
    insertAt.value = gap;
    announce(words.insertWaits(gap, layers.value.length));
  }

  function take(): void {
    const { row, column } = state.focus;
    if (row >= 0) designer.editPlan(takeFrom(plan.value, column, row));
    designer.select([column]);
  }

  function pickUp(): void {
    const { selection } = target();
    if (selection.length === 0) return;
    designer.select(selection);
    grab.value = { gap: selection[0] ?? 0, focus: state.focus };
    announce(words.grabbed(selection));
  }

  function editKey(command: LatticeCommand): void {
    if (command.kind === 'move') moveTo(command.to);
    else if (command.kind === 'operator') operate(command);
    else if (command.kind === 'insert') waitForInsert(command.after);
    else if (command.kind === 'take') take();
    else if (command.kind === 'grab') pickUp();
    else if (command.kind === 'remove') remove();
    else if (command.kind === 'duplicate') designer.editPlan(duplicateLayers(target()));
    else if (command.kind === 'scale') {
      designer.select(target().selection);
      focusScale();
    }
  }

  function remove(): void {
    const now = target();
    if (now.selection.length === 0 || now.selection.length === layers.value.length) return;
    designer.editPlan(removeLayers(now));
    const column = Math.max(0, Math.min(now.selection[0] ?? 0, layers.value.length - 1));
    state.focus = { row: -1, column };
    designer.select([column]);
  }

  function onKey(event: KeyboardEvent): void {
    const command = latticeCommand(event, pressedCommand(event, 'designer'));
    if (command === null) return;
    const isEdit = !['focus', 'all', 'toggle', 'cancel', 'list'].includes(command.kind);
    if (isEdit && !designer.canEdit.value) return;
    event.preventDefault();
    event.stopPropagation();
    if (grab.value) {
      grabKey(command);
      return;
    }
    if (command.kind !== 'operator') insertAt.value = null;
    if (averaging.value && command.kind !== 'focus') {
      if (command.kind === 'take') {
        chooseCrossing(state.focus.column, state.focus.row);
        return;
      }
      averaging.value = null;
      if (command.kind === 'cancel') {
        announce(words.cancelled);
        return;
      }
    }
    if (command.kind === 'focus') moveFocus(command.to, command.mode);
    else if (command.kind === 'all') designer.select(layers.value.map((_, index) => index));
    else if (command.kind === 'list') state.form = state.form === 'list' ? 'lattice' : 'list';
    else if (command.kind === 'cancel') designer.select([]);
    else if (command.kind === 'toggle') toggle(state.focus.column);
    else editKey(command);
  }

  const toggle = (column: number): void => {
    const { selection } = plan.value;
    designer.select(
      selection.includes(column) ? selection.filter((index) => index !== column) : [...selection, column],
    );
  };

  /** Copy, cut and paste: the text flavour is the plan. */
  function onCopy(event: ClipboardEvent): void {
    const now = target();
    if (now.selection.length === 0) return;
    event.clipboardData?.setData(
      'text/plain',
      now.selection.map((index) => wordOf(layers.value[index]!)).join(' '),
    );
    event.preventDefault();
    announce(words.copied(now.selection.length));
    if (event.type === 'cut' && designer.canEdit.value) remove();
  }
  function onPaste(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text/plain').trim();
    if (!text || !designer.canEdit.value) return;
    event.preventDefault();
    const final = plan.value.selection.at(-1);
    try {
      designer.editPlan(pasteText(plan.value, final === undefined ? layers.value.length : final + 1, text));
    } catch (error) {
      fail(error);
    }
  }

  return {
    grab,
    insertAt,
    averaging,
    beginAverage,
    chooseCrossing,
    onKey,
    onCopy,
    onPaste,
    toggle,
    moveTo,
    remove,
    insertOperator,
  };
}

export type LatticeKeys = ReturnType<typeof useLatticeKeys>;
