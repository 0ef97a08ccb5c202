/** The horizontal axis of curves: what it counts, linear or log2(1 + x/u), where u is what 25 steps are. */
import { niceRange } from '../../src-main/report/chart-layout.ts';
import { formatCount, formatDuration, formatFlops } from '../../src-main/report/number-format.ts';

export const X_QUANTITIES = ['steps', 'tokens', 'flops', 'seconds'] as const;
export type XQuantity = (typeof X_QUANTITIES)[number];

/** What one step is worth. */
export interface StepWorth {
  readonly tokens: number | null;
  readonly flops: number | null;
  /** Mean over all runs, for the axis; each run has its own seconds. */
  readonly seconds: number | null;
}

/** Worth of a step in a quantity; null where it is not known. */
export const worthOf = (worth: StepWorth, quantity: XQuantity): number | null =>
  quantity === 'steps' ? 1 : worth[quantity];

export interface XScale {
  /** Shown range, in the quantity. */
  readonly from: number;
  readonly to: number;
  /** What 25 steps are. */
  readonly unit: number;
  readonly isLog: boolean;
}

export const placeOf = ({ isLog, unit }: XScale, x: number): number =>
  isLog ? Math.log2(1 + Math.max(0, x) / unit) : x;

export const atPlace = ({ isLog, unit }: XScale, place: number): number =>
  isLog ? (2 ** place - 1) * unit : place;

/** Share of the width, 0 at the left. */
export function shareOf(scale: XScale, x: number): number {
  const [low, high] = [placeOf(scale, scale.from), placeOf(scale, scale.to)];
  return high > low ? (placeOf(scale, x) - low) / (high - low) : 0;
}

/** The inverse of shareOf. */
export function atShare(scale: XScale, share: number): number {
  const [low, high] = [placeOf(scale, scale.from), placeOf(scale, scale.to)];
  return atPlace(scale, low + share * (high - low));
}

/** Round places at least `gap` pixels apart, both ends kept; `kept` values win over others. */
export function ticksOf(scale: XScale, width: number, kept: readonly number[] = [], gap = 34): number[] {
  const pixel = (x: number): number => shareOf(scale, x) * width;
  const { from, to } = scale;
  const inside = (x: number): boolean => x > from && x < to;
  const ends = scale.isLog ? [from, to] : [];
  const ticks = [...new Set([...ends, ...kept.filter(inside)])];
  for (const x of roundPlaces(scale).filter((place) => place >= from && place <= to))
    if (ticks.every((tick) => Math.abs(pixel(tick) - pixel(x)) >= gap)) ticks.push(x);
  // A kept place too near to an end takes its room, but for the start, which is never dropped.
  const last = kept.filter(inside).at(-1);
  return ticks
    .filter((tick) => tick !== to || last === undefined || pixel(to) - pixel(last) >= gap * 0.7)
    .sort((a, b) => a - b);
}

function roundPlaces(scale: XScale): number[] {
  const { from, to, isLog, unit } = scale;
  if (!isLog || to - from < unit) {
    const { min, max, interval } = niceRange(from, to, 6);
    return Array.from(
      { length: Math.round((max - min) / interval) + 1 },
      (_, index) => min + index * interval,
    );
  }
  const places: number[] = [];
  for (let decade = 10 ** Math.floor(Math.log10(unit * 0.4)); decade <= to; decade *= 10)
    places.push(decade, 2 * decade, 5 * decade);
  return places.filter((place) => place >= unit * 0.4);
}

/** Room that the labels of an axis need, in pixels from one to the next. */
export const LABEL_ROOM: Readonly<Record<XQuantity, number>> = {
  steps: 34,
  tokens: 46,
  flops: 78,
  seconds: 50,
};

export function formatX(quantity: XQuantity, x: number): string {
  if (x === 0) return '0';
  if (quantity === 'flops') return withoutZeros(formatFlops(x));
  if (quantity === 'seconds') return withoutZeros(formatDuration(x));
  if (quantity === 'tokens' && x >= 10_000) return x >= 1e6 ? `${round(x / 1e6)} M` : `${round(x / 1e3)} k`;
  return formatCount(x);
}

const withoutZeros = (text: string): string =>
  text.replace(/\.0+(?=\D)/, '').replace(/(\.\d*[1-9])0+(?=\D)/, '$1');
const round = (value: number): string => Number(value.toPrecision(3)).toString();
