/** What each layer does for the loss, as bars. */
import type { DepthUse, LandscapeAnalysis, LayerLoss } from '../contract/landscape.ts';
import type { Area } from './chart-layout.ts';
import { type ChartOption, chartFrame, type Graphic, lineBetween, NARROW, textAt } from './chart-parts.ts';
import { type LandscapeContext, lookOf, sourceLast, twoLineHeading } from './landscape-context.ts';
import type { PanelLayout } from './landscape-panels.ts';
import { panelAreas, panelsHeight } from './landscape-panels.ts';
import { formatDifference } from './number-format.ts';
import type { Look, Palette } from './theme.ts';

const BARS: PanelLayout = { columns: [2, 1], left: 28, right: 58, top: 44, bottom: 34 };
const ROW = 22;

export function depthHeight({ depth }: LandscapeAnalysis, width: number): number {
  const rows = Math.max(1, ...depth.map(({ skip }) => skip.length));
  return panelsHeight(depth.length, BARS, width, rows * ROW);
}

/** Bars grow with the square root of the change, so that 0.01 and 1 nat are both to be seen. */
const barPlace = (change: number): number => Math.sign(change) * Math.sqrt(Math.abs(change));

/** Change of the loss when a layer is skipped (bar) or swapped with the one above (tick between the two). */
export function depthOption(
  analysis: LandscapeAnalysis,
  { size, palette, looks }: LandscapeContext,
): ChartOption | null {
  const depth = sourceLast(analysis.depth);
  const changes = depth.flatMap(({ skip, swap }) =>
    [...skip, ...swap].flatMap(({ change }) => (change ? [change.estimate] : [])),
  );
  if (changes.length === 0) return null;
  const high = barPlace(Math.max(...changes, 0.01));
  const low = Math.min(0, barPlace(Math.min(...changes)));
  const areas = panelAreas(depth.length, BARS, size);
  const isNarrow = size.width < NARROW;
  return {
    ...chartFrame(),
    graphic: depth.flatMap((one, index) => {
      const area = areas[index]!;
      const x = (change: number): number =>
        area.left + ((barPlace(change) - low) / (high - low)) * area.width;
      return [
        ...twoLineHeading(area, one, analysis, palette),
        ...changeTicks(low, high, isNarrow).flatMap((tick): Graphic[] => [
          lineBetween([x(tick), area.top], [x(tick), area.top + one.skip.length * ROW], palette('grid'), {
            z: 0,
          }),
          textAt(x(tick), area.top + one.skip.length * ROW + 10, tickText(tick), palette('text-2'), {
            align: 'center',
          }),
        ]),
        ...depthBars(one, area, x, palette, lookOf(one.strategy, looks)),
        lineBetween([x(0), area.top], [x(0), area.top + one.skip.length * ROW], palette('line-strong'), {
          z: 4,
        }),
      ];
    }),
  };
}

const tickText = (tick: number): string =>
  String(tick)
    .replace('-', '−')
    .replace(/^(−?)0\./, '$1.');

function changeTicks(low: number, high: number, isNarrow: boolean): number[] {
  const places = isNarrow ? [-1, -0.1, 0, 0.1, 1, 4] : [-1, -0.1, 0, 0.1, 0.5, 1, 2, 4, 8];
  const gap = (high - low) / 12;
  const inside = places.filter((tick) => barPlace(tick) >= low - 1e-9 && barPlace(tick) <= high + 1e-9);
  // Small ones go first where two would touch; zero always stays.
  return inside.filter(
    (tick) =>
      tick === 0 ||
      inside.every((other) => other === tick || Math.abs(barPlace(other) - barPlace(tick)) >= gap),
  );
}

function depthBars(
  { skip, swap }: DepthUse,
  area: Area,
  x: (change: number) => number,
  palette: Palette,
  look: Look,
): Graphic[] {
  const y = (layer: number): number => area.top + (skip.length - 1 - layer + 0.5) * ROW;
  const colour = palette(look.token);
  const bar = ({ layer, change }: LayerLoss): Graphic[] => {
    const row = textAt(area.left - 8, y(layer), String(layer), palette('text-2'), { align: 'right' });
    if (change === null) return [row];
    const [from, to] = [Math.min(x(0), x(change.estimate)), Math.max(x(0), x(change.estimate))];
    return [
      row,
      {
        type: 'rect',
        silent: true,
        z: 2,
        shape: { x: from, y: y(layer) - 5, width: Math.max(1, to - from), height: 10 },
        style: { fill: colour, opacity: 0.8 },
      },
      ...(change.low === null || change.high === null
        ? []
        : [
            lineBetween([x(change.low), y(layer)], [x(change.high), y(layer)], palette('text'), {
              width: 1.25,
              z: 5,
            }),
          ]),
      textAt(
        Math.max(to, x(change.high ?? 0)) + 6,
        y(layer),
        formatDifference(change.estimate, 3),
        palette('text-2'),
      ),
    ];
  };
  const tick = ({ layer, change }: LayerLoss): Graphic[] =>
    change === null
      ? []
      : [
          {
            type: 'circle',
            silent: true,
            z: 6,
            shape: { cx: x(change.estimate), cy: y(layer) - ROW / 2, r: 3.5 },
            style: { fill: palette('surface'), stroke: colour, lineWidth: 1.75 },
          },
        ];
  return [...skip.flatMap(bar), ...swap.flatMap(tick)];
}
