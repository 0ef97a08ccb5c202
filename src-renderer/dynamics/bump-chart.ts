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
import type { Spot } from './spots.ts';

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

/** Where the columns and ranks lie. */
function bumpLayout({ columns, lines }: Pick<BumpInput, 'columns' | 'lines'>, size: ChartSize) {
  const room = size.width >= NAMED_FROM ? 106 : 78;
  const area = { left: 26, top: 16, width: size.width - 26 - room, height: size.height - 16 - 28 };
  const count = Math.max(2, ...lines.flatMap(({ ranks }) => ranks.map((rank) => rank ?? 0)));
  const range = { min: 0.5, max: count + 0.5 };
  const last = columns.length - 1;
  const pixelX = (column: number): number => area.left + (last === 0 ? 0 : (column / last) * area.width);
  return { room, area, count, range, last, pixelX };
}

/** Where each line is at a place from the left, in pixels; those that have no rank there are nowhere. */
export function bumpSpots(input: Pick<BumpInput, 'columns' | 'lines'>, size: ChartSize, x: number): Spot[] {
  const { area, range, last } = bumpLayout(input, size);
  const column = Math.min(Math.max(last, 1), Math.max(0, ((x - area.left) / area.width) * last));
  const before = Math.floor(column);
  return input.lines.flatMap(({ strategy, ranks }) => {
    const from = ranks[before] ?? null;
    const to = column === before ? from : (ranks[before + 1] ?? null);
    if (from === null || to === null) return [];
    return [{ strategy, x, y: pixelY(from + (to - from) * (column - before), range, area, true) }];
  });
}

export function bumpOption(
  { columns, lagColumn, lines }: BumpInput,
  size: ChartSize,
  palette: Palette,
): ChartOption {
  const { room, area, count, range, last, pixelX } = bumpLayout({ columns, lines }, size);
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
