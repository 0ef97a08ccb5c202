/** Geometry of the forest: paired differences to the leader with their intervals, on one scale that holds 0. */

import type { StepRanking } from '../../src-main/contract/window/dynamics.ts';
import { niceRange } from '../../src-main/report/chart-layout.ts';

export interface ForestRow {
  readonly strategy: string;
  readonly isTied: boolean;
  readonly y: number;
  /** Pixels; null for the leader. */
  readonly low: number | null;
  readonly middle: number;
  readonly high: number | null;
}

export interface Forest {
  readonly rows: readonly ForestRow[];
  readonly zero: number;
  readonly ticks: readonly { readonly x: number; readonly text: string }[];
  readonly height: number;
  /** Ranked candidates that are not shown. */
  readonly more: number;
}

const PITCH = 19;

/** The leader, all tied and a few that are not, at most `most` rows. Widths in pixels. */
export function forestOf(ranking: StepRanking, left: number, right: number, most: number): Forest {
  const alive = ranking.ranks.filter(({ value }) => value !== null);
  const shown = alive.slice(0, most);
  const best = shown[0]?.value ?? 0;
  const entries = shown.map((rank) => ({
    ...rank,
    middle: rank.difference?.estimate ?? rank.value! - best,
  }));
  const lows = entries.map(({ difference, middle }) => difference?.low ?? middle);
  const highs = entries.map(({ difference, middle }) => difference?.high ?? middle);
  const range = niceRange(Math.min(0, ...lows), Math.max(1e-4, ...highs), 2);
  const x = (value: number): number =>
    left + ((value - range.min) / (range.max - range.min)) * (right - left);
  const count = Math.round((range.max - range.min) / range.interval);
  const text = (value: number): string => {
    if (Math.abs(value) < 1e-12) return '0';
    const digits = Math.abs(value).toFixed(range.decimals).replace(/^0\./, '.');
    return `${value > 0 ? '+' : '−'}${digits}`;
  };
  return {
    rows: entries.map(({ strategy, isTied, difference, middle }, index) => ({
      strategy,
      isTied,
      y: 10 + index * PITCH,
      low: index === 0 || !difference ? null : x(difference.low),
      middle: x(middle),
      high: index === 0 || !difference ? null : x(difference.high),
    })),
    zero: x(0),
    ticks: Array.from({ length: count + 1 }, (_, index) => range.min + index * range.interval).map(
      (value) => ({
        x: x(value),
        text: text(value),
      }),
    ),
    height: 10 + entries.length * PITCH + 18,
    more: alive.length - shown.length,
  };
}
