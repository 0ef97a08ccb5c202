/** Ranks at a few steps, 1 at the top; equal values share their mean rank. */
import { type ChartSize, pixelY, shortName, spreadLabels } from '../../src-main/report/chart-layout.ts';
import {
  type ChartOption,
  chartFrame,
  gridOf,
  lineBetween,
  placedAxis,
  symbolOf,
  textAt,
  valueAxis,
} from '../../src-main/report/chart-parts.ts';
import type { Look, Palette } from '../../src-main/report/theme.ts';
import type { LineWeight } from '../candidate-looks/emphasis.ts';

export interface BumpLine {
  readonly strategy: string;
  readonly look: Look;
  readonly weight: LineWeight;
  readonly isEmphasised: boolean;
  /** Of every column; null where it has none. */
  readonly ranks: readonly (number | null)[];
}

export interface BumpInput {
  readonly columns: readonly string[];
  /** Column of the lag; null where the lag is none of them. */
  readonly lagColumn: number | null;
  readonly lines: readonly BumpLine[];
}

const NAMED_FROM = 300;

export function bumpOption(
  { columns, lagColumn, lines }: BumpInput,
  size: ChartSize,
  palette: Palette,
): ChartOption {
  const room = size.width >= NAMED_FROM ? 106 : 78;
  const area = { left: 26, top: 16, width: size.width - 26 - room, height: size.height - 16 - 28 };
  const count = Math.max(2, ...lines.flatMap(({ ranks }) => ranks.map((rank) => rank ?? 0)));
  const range = { min: 0.5, max: count + 0.5 };
  const last = columns.length - 1;
  const pixelX = (column: number): number => area.left + (last === 0 ? 0 : (column / last) * area.width);
  const fits = lines.length * 13 <= area.height + 13;
  const ends = lines
    .filter(({ isEmphasised }) => fits || isEmphasised)
    .flatMap((line) => {
      const column = line.ranks.findLastIndex((rank) => rank !== null);
      return column < 0 ? [] : [{ line, column, y: pixelY(line.ranks[column]!, range, area, true) }];
    });
  const places = spreadLabels(
    ends.map(({ y }) => y),
    13,
    area.top,
    area.top + area.height,
  );
  const interval = count > 16 ? 10 : count > 8 ? 4 : 2;
  const shownRanks = [
    1,
    ...Array.from({ length: Math.floor(count / interval) }, (_, index) => (index + 1) * interval),
  ];
  return {
    ...chartFrame(),
    grid: [gridOf(area)],
    xAxis: [
      {
        ...placedAxis(
          { min: 0, max: Math.max(1, last) },
          columns.map((_, index) => index),
          (place) => columns[place] ?? '',
          palette,
          { showLine: false },
        ),
      },
    ],
    yAxis: [
      {
        ...valueAxis({ ...range, interval: 1, decimals: 0 }, palette, { isDown: true }),
        axisLabel: {
          color: palette('text-2'),
          fontSize: 11,
          customValues: shownRanks,
          formatter: (value: number) => String(value),
        },
        splitLine: { show: false },
      },
    ],
    series: lines.map(({ look, weight, isEmphasised, ranks, strategy }) => {
      const colour = weight.isColoured ? palette(look.token) : palette('text-3');
      return {
        type: 'line' as const,
        name: strategy,
        silent: true,
        data: ranks.map((rank, column) => [column, rank ?? '-']),
        symbol: symbolOf(look.marker),
        symbolSize: isEmphasised ? 7 : 5.5,
        showAllSymbol: true,
        showSymbol: weight.isColoured || lines.length <= 20,
        z: isEmphasised ? 5 : 3,
        clip: false,
        lineStyle: {
          color: colour,
          width: weight.width,
          opacity: weight.opacity,
          type: look.dash.length === 0 ? ('solid' as const) : [...look.dash],
          cap: 'butt' as const,
        },
        itemStyle: { color: colour, opacity: weight.opacity },
      };
    }),
    graphic: [
      ...(lagColumn === null
        ? []
        : [
            lineBetween(
              [pixelX(lagColumn), area.top - 8],
              [pixelX(lagColumn), area.top + area.height + 2],
              palette('accent'),
              { width: 2, z: 2 },
            ),
          ]),
      ...ends.map(({ line, column }, index) =>
        textAt(
          pixelX(column) + 9,
          places[index]!,
          shortName(line.strategy, Math.floor((room - 12) / (line.isEmphasised ? 7.4 : 6.6))),
          palette(line.isEmphasised ? 'text' : 'text-2'),
          { weight: line.isEmphasised ? 600 : 400 },
        ),
      ),
    ],
  };
}
