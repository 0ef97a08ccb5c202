/** Value at the lag against the final loss: how far the early order is the final one. */
import { type ChartSize, niceRange, pixelY } from '../../src-main/report/chart-layout.ts';
import {
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  symbolOf,
  textAt,
  valueAxis,
} from '../../src-main/report/chart-parts.ts';
import type { Look, Palette } from '../../src-main/report/theme.ts';
import { rimmedText, withoutOverlap } from '../charts/chart-text.ts';
import { softArea } from '../charts/soft-area.ts';
import type { Spot } from './spots.ts';

export interface ScatterPoint {
  readonly strategy: string;
  readonly look: Look;
  readonly x: number;
  readonly y: number;
  readonly isEmphasised: boolean;
  readonly isDimmed: boolean;
  readonly isNamed: boolean;
}

export interface ScatterInput {
  readonly points: readonly ScatterPoint[];
  /** Width of noise at the lag; null for no strip. */
  readonly band: number | null;
  readonly xTitle: string;
}

/** Where the plot lies and what it reaches over. */
function scatterLayout(points: readonly ScatterPoint[], size: ChartSize) {
  const area = { left: 42, top: 16, width: size.width - 42 - 18, height: size.height - 16 - 38 };
  const rangeOf = (values: readonly number[], count: number) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const edge = Math.max((high - low) * 0.06, 1e-4);
    return niceRange(low - edge, high + edge, count);
  };
  const xRange = rangeOf(
    points.map(({ x }) => x),
    Math.max(3, Math.floor(area.width / 70)),
  );
  const yRange = rangeOf(
    points.map(({ y }) => y),
    4,
  );
  const pixelX = (x: number): number =>
    area.left + ((x - xRange.min) / (xRange.max - xRange.min)) * area.width;
  return { area, xRange, yRange, pixelX };
}

/** Where the points are, in pixels of the chart. */
export function scatterSpots(points: readonly ScatterPoint[], size: ChartSize): Spot[] {
  if (points.length === 0) return [];
  const { area, yRange, pixelX } = scatterLayout(points, size);
  return points.map(({ strategy, x, y }) => ({ strategy, x: pixelX(x), y: pixelY(y, yRange, area) }));
}

export function scatterOption(
  { points, band, xTitle }: ScatterInput,
  size: ChartSize,
  palette: Palette,
): ChartOption | null {
  if (points.length === 0) return null;
  const { area, xRange, yRange, pixelX } = scatterLayout(points, size);
  const best = Math.min(...points.map(({ x }) => x));
  const named = withoutOverlap(
    points
      .filter(({ isNamed }) => isNamed)
      .toSorted((a, b) => Number(b.isEmphasised) - Number(a.isEmphasised) || a.y - b.y)
      .map(({ x, y, strategy, isEmphasised }) => {
        const isRight = pixelX(x) > area.left + area.width * 0.6;
        return {
          x: pixelX(x) + (isRight ? -8 : 8),
          y: pixelY(y, yRange, area),
          text: strategy,
          align: isRight ? ('right' as const) : ('left' as const),
          isEmphasised,
        };
      }),
  );
  const graphic: Graphic[] = [
    ...(band === null
      ? []
      : [
          {
            type: 'rect',
            silent: true,
            z: 1,
            shape: {
              x: pixelX(best),
              y: area.top,
              width: Math.max(2, Math.min(pixelX(best + band), area.left + area.width) - pixelX(best)),
              height: area.height,
            },
            style: softArea(palette, 'accent'),
          },
        ]),
    ...named.map(({ x, y, text, align, isEmphasised }) =>
      rimmedText(x, y, text, isEmphasised ? 'text' : 'text-2', palette, {
        align,
        weight: isEmphasised ? 600 : 400,
      }),
    ),
    textAt(area.left + area.width / 2, size.height - 8, xTitle, palette('text-2'), { align: 'center' }),
  ];
  const places = Array.from(
    { length: Math.round((xRange.max - xRange.min) / xRange.interval) + 1 },
    (_, index) => xRange.min + index * xRange.interval,
  );
  return {
    ...chartFrame(),
    grid: [gridOf(area)],
    xAxis: [
      {
        type: 'value',
        min: xRange.min,
        max: xRange.max,
        axisLine: { show: true, onZero: false, lineStyle: { color: palette('line-strong') } },
        axisTick: {
          show: true,
          length: 4,
          lineStyle: { color: palette('line-strong') },
          customValues: places,
        },
        axisLabel: {
          color: palette('text-2'),
          fontSize: 11,
          customValues: places,
          formatter: (value: number) => value.toFixed(xRange.decimals),
        },
        splitLine: { show: true, lineStyle: { color: palette('grid'), width: 1 } },
        interval: xRange.interval,
      },
    ],
    yAxis: [valueAxis(yRange, palette)],
    series: points.map(({ strategy, look, x, y, isEmphasised, isDimmed }) => ({
      type: 'scatter' as const,
      name: strategy,
      silent: true,
      data: [[x, y]],
      symbol: symbolOf(look.marker),
      symbolSize: isEmphasised ? 10 : 8,
      z: isEmphasised ? 5 : 3,
      itemStyle: { color: palette(look.token), opacity: isDimmed ? 0.35 : 1 },
    })),
    graphic,
  };
}
