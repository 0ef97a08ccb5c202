/**
 * Dragging with pointer events: layers, operators and sources over the lattice, strategies over the pool. It begins
 * after 4 px or a moment of holding still; Escape or a lost pointer ends it without a trace.
 */
import { type InjectionKey, inject, onScopeDispose, shallowRef } from 'vue';
import { isMac } from '../keys/chord.ts';
import { announce } from '../parts/announce.ts';
import { DESIGNER_WORDS as words } from '../words/designer.ts';
import { type Dragged, type DropPlace, dropPlaceAt, editOfDrop } from './lattice-drag.ts';
import type { LatticeGeometry } from './lattice-geometry.ts';
import type { PoolCard } from './pool-cards.ts';
import type { PoolPlace } from './pool-document.ts';
import type { Designer } from './use-designer.ts';

export type AnyDragged =
  | Dragged
  | { readonly kind: 'card'; readonly card: PoolCard }
  | { readonly kind: 'preset'; readonly name: string };

export type AnyPlace =
  | DropPlace
  | { readonly kind: 'card'; readonly place: PoolPlace }
  /** The tab of another draft. */
  | { readonly kind: 'draft'; readonly id: string; readonly name: string }
  /** Before the strategy at `gap` of the pool. */
  | { readonly kind: 'pool'; readonly list: PoolPlace['list']; readonly gap: number };

export interface DragState {
  readonly dragged: AnyDragged;
  readonly place: AnyPlace;
  readonly isCopy: boolean;
  /** With Alt: a crossing joins a mark. */
  readonly isAverage: boolean;
  /** Of the pointer in the window. */
  readonly x: number;
  readonly y: number;
}

/** The lattice as it is on the screen. */
export interface LatticePlace {
  readonly element: Element;
  readonly scroller: Element;
  readonly geometry: () => LatticeGeometry;
}

const START_DISTANCE = 4;
const START_TIME = { mouse: 150, touch: 250 };
/** Edge of a scrolling panel in which it scrolls, and its speed in pixels a frame. */
const HOT_ZONE = 32;
const SPEED = 12;

const modifiersOf = (event: PointerEvent | KeyboardEvent): Pick<DragState, 'isCopy' | 'isAverage'> => ({
  isCopy: isMac ? event.altKey : event.ctrlKey,
  isAverage: event.altKey,
});

export function makeDrag(designer: Designer) {
  const drag = shallowRef<DragState | null>(null);
  let lattice: LatticePlace | null = null;
  let end: (() => void) | null = null;

  function placeOf(dragged: AnyDragged, x: number, y: number): AnyPlace {
    const over = document.elementFromPoint(x, y);
    const { draft: id, name } = over?.closest<HTMLElement>('[data-draft]')?.dataset ?? {};
    if (dragged.kind === 'card' && id !== undefined && !designer.isShownDraft(id))
      return { kind: 'draft', id, name: name ?? '' };
    const poolItem = over?.closest<HTMLElement>('[data-pool-place]');
    if (dragged.kind === 'card' || dragged.kind === 'preset')
      return poolPlace(dragged, poolItem ?? null, over, x);
    if (poolItem && dragged.kind === 'layers') return { kind: 'card', place: readPlace(poolItem) };
    if (!lattice || !over || !lattice.scroller.contains(over)) return { kind: 'nowhere' };
    const box = lattice.element.getBoundingClientRect();
    return dropPlaceAt(lattice.geometry(), { x: x - box.left, y: y - box.top }, dragged);
  }

  function poolPlace(
    dragged: AnyDragged,
    item: HTMLElement | null,
    over: Element | null,
    x: number,
  ): AnyPlace {
    const own = dragged.kind === 'card' ? dragged.card.place.list : 'strategies';
    if (item) {
      const { list, index } = readPlace(item);
      if (list !== own) return { kind: 'nowhere' };
      const box = item.getBoundingClientRect();
      return { kind: 'pool', list, gap: x > box.left + box.width / 2 ? index + 1 : index };
    }
    const count = designer.cards.value.filter(({ place }) => place.list === own).length;
    return over?.closest('[data-pool]') ? { kind: 'pool', list: own, gap: count } : { kind: 'nowhere' };
  }

  function begin(
    event: PointerEvent,
    dragged: AnyDragged,
    options: { onStart?: () => void; onClick?: () => void } = {},
  ): void {
    if (event.button !== 0 || end) return;
    const from = { x: event.clientX, y: event.clientY };
    let last = event;
    let frame = 0;
    let hasMoved = false;
    const canDrag = designer.canEdit.value;
    const update = (modifiers: Pick<DragState, 'isCopy' | 'isAverage'>): void => {
      const { clientX: x, clientY: y } = last;
      const { isCopy, isAverage } = modifiers;
      drag.value = { dragged, place: placeOf(dragged, x, y), isCopy, isAverage, x, y };
    };
    const start = (): void => {
      if (drag.value || !canDrag) return;
      options.onStart?.();
      update(modifiersOf(last));
      frame = requestAnimationFrame(scroll);
    };
    const timer = setTimeout(start, event.pointerType === 'touch' ? START_TIME.touch : START_TIME.mouse);
    const scroll = (): void => {
      if (!drag.value) return;
      if (lattice && scrollNear(lattice.scroller, last)) update(drag.value);
      frame = requestAnimationFrame(scroll);
    };
    const onMove = (moved: PointerEvent): void => {
      last = moved;
      const isFar = Math.hypot(moved.clientX - from.x, moved.clientY - from.y) >= START_DISTANCE;
      hasMoved ||= isFar;
      if (!drag.value && isFar) start();
      if (drag.value) update(modifiersOf(moved));
    };
    const onUp = (): void => {
      const dropped = drag.value;
      stop();
      // A slow click is a click.
      if (dropped && hasMoved) drop(dropped);
      else options.onClick?.();
    };
    const onKey = (pressed: KeyboardEvent): void => {
      if (!drag.value) return;
      if (pressed.type === 'keydown' && pressed.key === 'Escape') {
        pressed.preventDefault();
        pressed.stopPropagation();
        stop();
        announce(words.cancelled);
      } else if (pressed.key === 'Alt' || pressed.key === 'Control') {
        // Alt alone would open the menu bar.
        pressed.preventDefault();
        update(modifiersOf(pressed));
      }
    };
    const stop = (): void => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      removeEventListener('pointermove', onMove);
      removeEventListener('pointerup', onUp);
      removeEventListener('pointercancel', stop);
      removeEventListener('keydown', onKey, true);
      removeEventListener('keyup', onKey, true);
      drag.value = null;
      end = null;
    };
    addEventListener('pointermove', onMove);
    addEventListener('pointerup', onUp);
    addEventListener('pointercancel', stop);
    addEventListener('keydown', onKey, true);
    addEventListener('keyup', onKey, true);
    end = stop;
  }

  function drop({ dragged, place, isCopy, isAverage }: DragState): void {
    const { plan, point, cards } = designer;
    if (place.kind === 'nowhere') return;
    if (dragged.kind === 'card') {
      if (place.kind === 'pool') designer.move(dragged.card, place.gap);
      else if (place.kind === 'draft') void designer.copyTo(dragged.card, place);
    } else if (dragged.kind === 'preset') {
      if (place.kind === 'pool') designer.add([dragged.name], { at: place.gap });
    } else if (place.kind === 'card') {
      const target = cards.value.find(
        (one) => one.place.list === place.place.list && one.place.index === place.place.index,
      );
      const entries = plan.value.selection.map((index) => plan.value.layers[index]!);
      if (target && entries.length > 0) designer.copyOnto(target, entries);
    } else if (place.kind !== 'pool' && place.kind !== 'draft') {
      const how = { isCopy, isAverage, sourceLayers: point.value.from };
      const edit = editOfDrop(plan.value, dragged, place, how);
      const isMoved = dragged.kind === 'layers' && place.kind === 'gap';
      designer.editPlan(edit, edit && isMoved ? words.dropped(edit.selection) : null);
      const first = edit?.selection[0];
      if (first !== undefined) designer.state.focus = { row: -1, column: first };
    }
  }

  onScopeDispose(() => end?.());
  const setLattice = (place: LatticePlace | null): void => {
    lattice = place;
  };
  return { drag, begin, setLattice };
}

const readPlace = (item: HTMLElement): PoolPlace => {
  const [list, index] = (item.dataset.poolPlace ?? '').split(' ');
  return { list: list === 'controls' ? 'controls' : 'strategies', index: Number(index) };
};

/** Scrolls a panel whose edge the pointer is near; whether it moved. */
function scrollNear(scroller: Element, { clientX, clientY }: PointerEvent): boolean {
  const box = scroller.getBoundingClientRect();
  const isOver =
    clientX > box.left - HOT_ZONE &&
    clientX < box.right + HOT_ZONE &&
    clientY > box.top &&
    clientY < box.bottom;
  if (!isOver) return false;
  const { scrollLeft, scrollTop } = scroller;
  if (clientX < box.left + HOT_ZONE) scroller.scrollLeft -= SPEED;
  if (clientX > box.right - HOT_ZONE) scroller.scrollLeft += SPEED;
  if (clientY < box.top + HOT_ZONE) scroller.scrollTop -= SPEED;
  if (clientY > box.bottom - HOT_ZONE) scroller.scrollTop += SPEED;
  return scroller.scrollLeft !== scrollLeft || scroller.scrollTop !== scrollTop;
}

export type Drag = ReturnType<typeof makeDrag>;
export const DRAG: InjectionKey<Drag> = Symbol('drag');

export function useDrag(): Drag {
  const drag = inject(DRAG);
  if (!drag) throw new Error('there is no drag around this component');
  return drag;
}
