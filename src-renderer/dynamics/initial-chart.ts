/** Initial losses while the probes run: one row a candidate, the source model as a dashed line. */
import { type ChartSize, niceRange, shortName } from '../../src-main/report/chart-layout.ts';
import {
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  lineBetween,
  symbolOf,
  textAt,
} from '../../src-main/report/chart-parts.ts';
import type { Look, Palette } from '../../src-main/report/theme.ts';
import { fittedLimit } from './curve-lines.ts';

export interface InitialPoint {
  readonly strategy: string;
  readonly look: Look;
  readonly loss: number;
}

export function initialOption(
  points: readonly InitialPoint[],
  source: number | null,
  size: ChartSize,
  palette: Palette,
): ChartOption | null {
  if (points.length === 0) return null;
  const area = { left: 96, top: 6, width: size.width - 96 - 16, height: size.height - 6 - 26 };
  const losses = points.map(({ loss }) => loss);
  const all = source === null ? losses : [...losses, source];
  const range = niceRange(Math.min(...all), Math.max(fittedLimit(losses, []), source ?? 0), 4);
  const sorted = points.toSorted((a, b) => a.loss - b.loss);
  const pitch = area.height / sorted.length;
  const pixelX = (loss: number): number =>
    area.left + ((loss - range.min) / (range.max - range.min)) * area.width;
  const rowY = (index: number): number => area.top + (index + 0.5) * pitch;
  const every = Math.ceil(12 / pitch);
  const graphic: Graphic[] = [
    ...(source === null
      ? []
      : [
          lineBetween(
            [pixelX(source), area.top],
            [pixelX(source), area.top + area.height],
            palette('text-2'),
            {
              dash: [4, 3],
            },
          ),
        ]),
    ...sorted.flatMap(({ strategy, look, loss }, index): Graphic[] => {
      const y = rowY(index);
      const isOut = loss > range.max;
      const colour = palette(look.token);
      return [
        ...(index % every === 0
          ? [textAt(area.left - 8, y, shortName(strategy, 14), palette('text-2'), { align: 'right' })]
          : []),
        ...(isOut
          ? [
              {
                type: 'polygon',
                silent: true,
                z: 5,
                shape: {
                  points: [
                    [area.left + area.width - 7, y - 4],
                    [area.left + area.width + 1, y],
                    [area.left + area.width - 7, y + 4],
                  ],
                },
                style: { fill: colour },
              },
              textAt(area.left + area.width - 12, y, loss.toFixed(2), palette('text-2'), { align: 'right' }),
            ]
          : []),
      ];
    }),
  ];
  return {
    ...chartFrame(),
    grid: [gridOf(area)],
    xAxis: [
      {
        type: 'value',
        min: range.min,
        max: range.max,
        interval: range.interval,
        axisLine: { show: true, onZero: false, lineStyle: { color: palette('line-strong') } },
        axisTick: { show: false },
        axisLabel: {
          color: palette('text-2'),
          fontSize: 11,
          formatter: (value: number) => value.toFixed(range.decimals),
        },
        splitLine: { lineStyle: { color: palette('grid') } },
      },
    ],
    yAxis: [{ type: 'value', min: 0, max: sorted.length, inverse: true, show: false }],
    series: sorted.map(({ strategy, look, loss }, index) => ({
      type: 'scatter' as const,
      name: strategy,
      silent: true,
      data: loss > range.max ? [] : [[loss, index + 0.5]],
      symbol: symbolOf(look.marker),
      symbolSize: 8,
      itemStyle: { color: palette(look.token) },
    })),
    graphic,
  };
}
