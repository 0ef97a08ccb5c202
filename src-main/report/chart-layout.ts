/** Geometry shared by the charts: scales, nice ranges, label placing. Pixels count from the top left. */
import { replaceControls } from './markup.ts';

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/** A plotting area in pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Place of step k on the axis of early dynamics: log2(1 + k/25). Step 0 is a real place, and each doubling of
 * the later steps takes the same room.
 */
export function stepPlace(step: number): number {
  return Math.log2(1 + step / 25);
}

/** The step at a place: the inverse of `stepPlace`. */
export function stepAtPlace(place: number): number {
  return 25 * (2 ** place - 1);
}

/** Step ticks up to `last`: 0 and round steps at least `gap` pixels apart; `kept` steps and the last always stay. */
export function stepTicks(last: number, width: number, kept: readonly number[], gap = 34): number[] {
  const x = (step: number): number => (stepPlace(step) / Math.max(stepPlace(last), 1e-9)) * width;
  const ticks = [...new Set([0, last, ...kept.filter((step) => step > 0 && step < last)])];
  const round: number[] = [];
  for (let decade = 10; decade < last; decade *= 10) round.push(decade, 2 * decade, 5 * decade);
  for (const step of round.filter((value) => value < last))
    if (ticks.every((tick) => Math.abs(x(tick) - x(step)) >= gap)) ticks.push(step);
  const kepts = ticks.filter(
    (tick) => tick === 0 || tick === last || !kept.includes(tick) || Math.abs(x(tick) - x(last)) >= gap * 0.7,
  );
  return kepts.sort((a, b) => a - b);
}

export interface NiceRange {
  readonly min: number;
  readonly max: number;
  readonly interval: number;
  readonly decimals: number;
}

/** Range with round ends and an interval of 1, 2 or 5 times a power of ten, with about `count` intervals. */
export function niceRange(low: number, high: number, count: number): NiceRange {
  const span = high > low ? high - low : Math.max(Math.abs(high), 1) * 0.1;
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw * 0.999) ?? 10;
  const interval = factor * power;
  return {
    min: Math.floor(low / interval + 1e-9) * interval,
    max: Math.ceil((high > low ? high : low + span) / interval - 1e-9) * interval,
    interval,
    decimals: Math.max(0, -Math.floor(Math.log10(interval) + 1e-9)),
  };
}

/** Pixel of a value on a vertical scale, large values up; `isDown` puts large values down. */
export function pixelY(
  value: number,
  range: { min: number; max: number },
  area: Area,
  isDown = false,
): number {
  const share = (value - range.min) / (range.max - range.min);
  return area.top + (isDown ? share : 1 - share) * area.height;
}

/**
 * Moves label centres apart to at least `gap` pixels within [low, high], keeping their order and staying as near
 * to the wanted places as a single sweep allows. Equal places keep the order given. More labels than fit share
 * the room evenly.
 */
export function spreadLabels(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const step = order.length > 1 ? Math.min(gap, (high - low) / (order.length - 1)) : gap;
  const placed = new Array<number>(wanted.length);
  let floor = low;
  for (const index of order) {
    placed[index] = Math.max(wanted[index]!, floor);
    floor = placed[index] + step;
  }
  let ceiling = high;
  for (const index of order.toReversed()) {
    placed[index] = Math.min(placed[index]!, ceiling);
    ceiling = placed[index] - step;
  }
  return placed;
}

/** Shortens a name to `limit` characters; the full name stays in the table beside the chart. */
export function shortName(name: string, limit: number): string {
  const characters = Array.from(replaceControls(name).replace(/\s+/g, ' '));
  return characters.length <= limit ? characters.join('') : `${characters.slice(0, limit - 1).join('')}…`;
}
