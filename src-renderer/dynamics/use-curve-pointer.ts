/**
 * Pointer and keys in the curves chart: hover finds the nearest curve, a click selects it or moves the lag, dragging
 * selects what the box touches, with Shift it zooms; a double click shows one curve alone, or resets.
 */
import { computed, ref, type ShallowRef, shallowRef } from 'vue';
import type { ChartSize } from '../../src-main/report/chart-layout.ts';
import { pressedCommand } from '../keys/key-bindings.ts';
import { curvesWithin, nearestCurve, pixelOf } from './curve-hit.ts';
import type { CurvesInput } from './curve-ranges.ts';
import { curvesLayout } from './curves-layout.ts';
import { indexAtOrBefore } from './dynamics-data.ts';
import { steppedLag } from './lag-steps.ts';
import type { Board } from './use-board.ts';
import { clicked } from './view-state.ts';
import { atShare } from './x-scale.ts';

/** A click this near to a curve means the curve. */
const CLICK_REACH = 8;
/** Movements shorter than this, in pixels, are clicks. */
const DRAG_START = 4;
const MOST_ZOOMS = 20;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly isZoom: boolean;
}

export function useCurvePointer(
  board: Board,
  input: Readonly<ShallowRef<CurvesInput>>,
  factor: Readonly<ShallowRef<number>>,
  isSource: Readonly<ShallowRef<boolean>>,
) {
  const size = shallowRef<ChartSize>({ width: 0, height: 0 });
  const pointer = ref<{ x: number; y: number } | null>(null);
  const box = shallowRef<Box | null>(null);
  let pressed: { x: number; y: number; isZoom: boolean } | null = null;
  const zooms: (readonly [number, number] | null)[] = [];
  const layout = computed(() => curvesLayout(size.value, input.value.shown));
  const lagX = computed(() => pixelOf(input.value, size.value, board.cursorLag.value * factor.value));

  const placeIn = (event: MouseEvent): { x: number; y: number } => {
    const bounds = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  };
  const stepAt = (pixel: number): number => {
    const { plot } = layout.value;
    const share = Math.min(1, Math.max(0, (pixel - plot.left) / plot.width));
    return atShare(input.value.scale, share) / factor.value;
  };
  const isInPlot = ({ x, y }: { x: number; y: number }): boolean => {
    const { plot } = layout.value;
    return x >= plot.left && x <= plot.left + plot.width && y >= plot.top && y <= plot.top + plot.height;
  };

  function move(event: PointerEvent): void {
    const at = placeIn(event);
    pointer.value = at;
    if (pressed && Math.hypot(at.x - pressed.x, at.y - pressed.y) > DRAG_START)
      box.value = {
        left: Math.min(at.x, pressed.x),
        right: Math.max(at.x, pressed.x),
        top: Math.min(at.y, pressed.y),
        bottom: Math.max(at.y, pressed.y),
        isZoom: pressed.isZoom,
      };
    if (pressed || isSource.value) return;
    const hit = nearestCurve(input.value, size.value, at.x, at.y);
    board.hover.value = hit ? { strategy: hit.strategy, step: hit.x / factor.value } : null;
  }
  function leave(): void {
    pointer.value = null;
    if (!pressed) board.hover.value = null;
  }
  function press(event: PointerEvent): void {
    if (event.button !== 0 || isSource.value) return;
    const at = placeIn(event);
    if (isInPlot(at)) pressed = { ...at, isZoom: event.shiftKey };
    if (pressed) (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  }
  function release(event: PointerEvent): void {
    const done = box.value;
    const wasPressed = pressed;
    pressed = null;
    box.value = null;
    if (!wasPressed) return;
    if (done?.isZoom) zoomTo([stepAt(done.left), stepAt(done.right)]);
    else if (done) board.change({ selected: curvesWithin(input.value, size.value, done) });
    else click(wasPressed, event.ctrlKey || event.metaKey);
  }
  function click(at: { x: number; y: number }, isAdding: boolean): void {
    const hit = nearestCurve(input.value, size.value, at.x, at.y);
    if (hit && hit.distance <= CLICK_REACH)
      board.change({ selected: clicked(board.view.value.selected, hit.strategy, isAdding) });
    else board.moveLag(stepAt(at.x));
  }
  function doubleClick(event: MouseEvent): void {
    const at = placeIn(event);
    const hit = nearestCurve(input.value, size.value, at.x, at.y);
    if (hit && hit.distance <= CLICK_REACH && board.view.value.solo === null)
      board.change({ solo: hit.strategy });
    else if (board.view.value.solo !== null) board.change({ solo: null });
    else resetZoom();
  }

  function zoomTo([from, to]: readonly [number, number]): void {
    const low = Math.max(0, Math.round(from));
    const high = Math.min(board.last.value, Math.round(to));
    if (high - low < 1) return;
    zooms.push(board.view.value.zoom);
    if (zooms.length > MOST_ZOOMS) zooms.shift();
    board.change({ zoom: low === 0 && high >= board.last.value ? null : [low, high] });
  }
  function resetZoom(): void {
    if (board.view.value.zoom !== null) zooms.push(board.view.value.zoom);
    board.change({ zoom: null });
  }
  function undoZoom(): void {
    board.change({ zoom: zooms.pop() ?? null });
  }
  /** Shares of the drawn width: what is left of it after zooming by a factor around the middle, or moved. */
  function zoomBy(by: number, shift = 0): void {
    const { scale } = input.value;
    const half = by / 2;
    const middle = 0.5 + shift;
    const low = Math.max(0, atShare(scale, middle - half)) / factor.value;
    const high = Math.min(board.last.value, atShare(scale, middle + half) / factor.value);
    if (high > low) zoomTo([low, high]);
  }
  function wheel(event: WheelEvent): void {
    if (isSource.value) return;
    const isZoom = event.ctrlKey || event.metaKey;
    const isPan =
      board.view.value.zoom !== null && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY));
    if (!isZoom && !isPan) return;
    event.preventDefault();
    const { scale } = input.value;
    const at = ((pointer.value?.x ?? 0) - layout.value.plot.left) / layout.value.plot.width;
    const delta = event.deltaX || event.deltaY;
    const by = isZoom ? 1.0015 ** event.deltaY : 1;
    const shift = isZoom ? 0 : Math.sign(delta) * Math.min(0.2, Math.abs(delta) / 600);
    let low = atShare(scale, at - at * by + shift) / factor.value;
    let high = atShare(scale, at + (1 - at) * by + shift) / factor.value;
    if (isPan && low < 0) [low, high] = [0, board.view.value.zoom![1] - board.view.value.zoom![0]];
    low = Math.max(0, low);
    high = Math.min(board.last.value, high);
    if (high - low < 1) return;
    board.change({ zoom: low <= 0.5 && high >= board.last.value - 0.5 ? null : [low, high] });
  }

  /** Reading by keys: left and right go from point to point, up and down from curve to curve. */
  function onKey(event: KeyboardEvent): void {
    const { lines } = input.value;
    const now = board.hover.value;
    const names = board.rows.value
      .map(({ candidate }) => candidate.strategy)
      .filter((name) => lines.some(({ strategy }) => strategy === name));
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = now ? names.indexOf(now.strategy) : -1;
    const read = (strategy: string | undefined, step: number | null): void => {
      if (strategy === undefined) return;
      board.hover.value = { strategy, step: step ?? board.lag.value };
    };
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => read(names[Math.min(names.length - 1, at + 1)], now?.step ?? null),
      ArrowUp: () => read(names[Math.max(0, at < 0 ? 0 : at - 1)], now?.step ?? null),
      ArrowRight: () =>
        read(names[Math.max(0, at)], nextStep(names[Math.max(0, at)], now?.step ?? board.lag.value, 1)),
      ArrowLeft: () =>
        read(names[Math.max(0, at)], nextStep(names[Math.max(0, at)], now?.step ?? board.lag.value, -1)),
      Enter: () =>
        now && board.change({ selected: clicked(board.view.value.selected, now.strategy, event.shiftKey) }),
      Escape: () => {
        if (pointer.value !== null && board.dismissTip()) return;
        if (board.hover.value) board.hover.value = null;
        else board.change({ selected: [], solo: null });
      },
      zoomIn: () => zoomBy(0.6),
      zoomOut: () => undoZoom(),
      zoomAll: () => resetZoom(),
    };
    const act = keys[pressedCommand(event, 'chart') ?? event.key];
    if (!act || isSource.value) return;
    event.preventDefault();
    act();
  }
  function nextStep(strategy: string | undefined, from: number, by: number): number | null {
    const line = input.value.lines.find((one) => one.strategy === strategy);
    return steppedLag(line?.values.map(([x]) => x / factor.value) ?? [], from, by);
  }

  const hovered = computed(() => {
    const now = board.hover.value;
    const line = now && input.value.lines.find(({ strategy }) => strategy === now.strategy);
    if (!now || !line || now.step === null) return null;
    const steps = line.values.map(([x]) => x / factor.value);
    const before = steps[indexAtOrBefore(steps, now.step)];
    const after = steps[indexAtOrBefore(steps, now.step) + 1];
    const nearest = [before, after]
      .filter((step) => step !== undefined)
      .sort((a, b) => Math.abs(a - now.step!) - Math.abs(b - now.step!))[0];
    const x = pixelOf(input.value, size.value, now.step * factor.value);
    const isMeasured =
      nearest !== undefined && Math.abs(pixelOf(input.value, size.value, nearest * factor.value) - x) <= 6;
    return { line, step: isMeasured ? nearest : now.step, isMeasured };
  });

  return {
    size,
    pointer,
    box,
    layout,
    lagX,
    hovered,
    move,
    leave,
    press,
    release,
    doubleClick,
    wheel,
    onKey,
    stepAt,
  };
}
