/** Where the two grids of the curves chart lie, in pixels of the canvas. */
import type { Area, ChartSize } from '../../src-main/report/chart-layout.ts';

export interface CurvesLayout {
  /** Null where only differences are shown. */
  readonly upper: Area | null;
  /** Null where only values are shown. */
  readonly lower: Area | null;
  /** From the top of the first grid to the bottom of the last. */
  readonly plot: Area;
}

/** Room for the flag of the lag cursor and the title of the first axis. */
const TOP = 46;
const BOTTOM = 40;
/** Between the grids: the title of the second axis. */
const BETWEEN = 34;
/** Share of the height that the raw values have. */
const UPPER_SHARE = 0.38;
const LEFT = 52;

export const labelRoom = (width: number): number => (width < 420 ? 88 : 118);

export function curvesLayout({ width, height }: ChartSize, shown: 'both' | 'values' | 'gaps'): CurvesLayout {
  const plot: Area = {
    left: LEFT,
    top: TOP,
    width: Math.max(40, width - LEFT - labelRoom(width)),
    height: Math.max(40, height - TOP - BOTTOM),
  };
  if (shown === 'values') return { upper: plot, lower: null, plot };
  if (shown === 'gaps') return { upper: null, lower: plot, plot };
  const upper = { ...plot, height: Math.round((plot.height - BETWEEN) * UPPER_SHARE) };
  const top = upper.top + upper.height + BETWEEN;
  return { upper, lower: { ...plot, top, height: plot.top + plot.height - top }, plot };
}
