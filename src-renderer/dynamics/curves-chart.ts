/**
 * Early dynamics as an ECharts option: values above, distance to the best (or to a candidate) at the same step below,
 * names at the ends of the lines. The lag cursor lies over it and is not drawn here.
 */
import type { ChartSize } from '../../src-main/report/chart-layout.ts';
import {
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  placedAxis,
  type Series,
  symbolOf,
  textAt,
  valueAxis,
} from '../../src-main/report/chart-parts.ts';
import type { Palette } from '../../src-main/report/theme.ts';
import { type CurvesInput, type DrawnLine, rangesOf, type XYPoint } from './curve-ranges.ts';
import { curvesLayout } from './curves-layout.ts';
import { bandMark, endLabels, gapTexts, pinMark, spreadMarks, valueTexts } from './curves-texts.ts';
import { placeOf, shareOf, ticksOf, type XScale } from './x-scale.ts';

/** Measured points up to which every one has a marker. */
const MOST_MARKED = 12;

/** `withLines` false leaves the lines to a canvas of their own (draw-lines.ts). */
export function curvesOption(
  input: CurvesInput,
  size: ChartSize,
  palette: Palette,
  withLines = true,
): ChartOption {
  const { lines, scale, isLogY, band, words } = input;
  const layout = curvesLayout(size, input.shown);
  const { upper, lower, plot } = layout;
  const ranges = rangesOf(input);
  const xRange = { min: placeOf(scale, scale.from), max: placeOf(scale, scale.to) };
  const textAtPlace = new Map(
    ticksOf(scale, plot.width, input.keptTicks, input.tickGap).map((x) => [
      placeOf(scale, x),
      input.formatX(x),
    ]),
  );
  const areas = [upper, lower].filter((area) => area !== null);
  const pixelX = (x: number): number => plot.left + shareOf(scale, x) * plot.width;
  const toY = (y: number | null): number | null =>
    y === null ? null : isLogY ? (y > 0 ? Math.log10(y) : null) : y;
  const series = (withLines ? lines : []).flatMap((line): Series[] => [
    ...(upper
      ? [
          ...(line.rawValues.length > 0
            ? [
                drawn(
                  line,
                  line.rawValues.map(([x, y]) => [x, toY(y)]),
                  0,
                  scale,
                  palette,
                  true,
                ),
              ]
            : []),
          drawn(
            line,
            line.values.map(([x, y]) => [x, toY(y)]),
            0,
            scale,
            palette,
          ),
        ]
      : []),
    ...(lower ? [drawn(line, line.gaps, upper ? 1 : 0, scale, palette)] : []),
  ]);
  const signed = (value: number): string => {
    if (Math.abs(value) < 1e-12) return input.isSigned ? '0' : words.best;
    return `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(ranges.gaps.decimals)}`;
  };
  const logLabel = (value: number): string => (10 ** value).toPrecision(3);
  const plain = (value: number): string => value.toFixed(ranges.values.decimals).replace('-', '−');
  return {
    ...chartFrame(),
    grid: areas.map(gridOf),
    xAxis: areas.map((_, gridIndex) =>
      placedAxis(xRange, [...textAtPlace.keys()], (place) => textAtPlace.get(place) ?? '', palette, {
        gridIndex,
        showLabels: gridIndex === areas.length - 1,
      }),
    ),
    yAxis: [
      ...(upper
        ? [
            valueAxis(ranges.values, palette, {
              gridIndex: 0,
              format: thinned(isLogY ? logLabel : plain, ranges.values, upper.height),
            }),
          ]
        : []),
      ...(lower
        ? [
            valueAxis(ranges.gaps, palette, {
              gridIndex: upper ? 1 : 0,
              format: thinned(signed, ranges.gaps, lower.height),
            }),
          ]
        : []),
    ],
    series,
    graphic: [
      ...(upper ? spreadMarks(lines, scale, upper, ranges.values, toY, pixelX, palette) : []),
      ...(lower && band !== null ? [bandMark(lower, ranges.gaps, band, palette)] : []),
      ...input.pins.flatMap(({ x, label }) => pinMark(pixelX(x), plot, label, palette)),
      ...(upper ? valueTexts(input, upper, ranges.values, toY, pixelX, palette) : []),
      ...(lower ? gapTexts(input, lower, ranges.gaps, pixelX, palette) : []),
      textAt(plot.left + plot.width / 2, size.height - 8, words.x, palette('text-2'), { align: 'center' }),
      ...endLabels(input, layout, ranges, toY, size, palette),
    ] as Graphic[],
  };
}

/** Pixels between two labels of a vertical axis at least. */
const LABEL_GAP = 18;

/** Labels of a low axis: every second, third … line has one, counted from the lowest. */
export function thinned(
  format: (value: number) => string,
  { min, max, interval }: { readonly min: number; readonly max: number; readonly interval: number },
  height: number,
): (value: number) => string {
  const every = Math.max(1, Math.ceil(LABEL_GAP / ((interval / (max - min)) * height)));
  return (value) => (Math.round((value - min) / interval) % every === 0 ? format(value) : '');
}

function drawn(
  { look, weight, isEmphasised, strategy }: DrawnLine,
  points: readonly XYPoint[],
  gridIndex: number,
  scale: XScale,
  palette: Palette,
  isBehind = false,
): Series {
  const colour = weight.isColoured ? palette(look.token) : palette('text-3');
  const measured = points.filter(([, y]) => y !== null).length;
  const opacity = isBehind ? 0.25 : weight.opacity;
  return {
    type: 'line',
    name: strategy,
    silent: true,
    xAxisIndex: gridIndex,
    yAxisIndex: gridIndex,
    data: points.map(([x, y]) => [placeOf(scale, x), y ?? '-']),
    symbol: symbolOf(look.marker),
    symbolSize: isEmphasised ? 7 : 5.5,
    showSymbol: !isBehind && (measured <= MOST_MARKED || measured === 1),
    showAllSymbol: true,
    z: isBehind ? 2 : isEmphasised ? 5 : 3,
    lineStyle: {
      color: colour,
      width: isBehind ? 1 : weight.width,
      opacity,
      type: look.dash.length === 0 || isBehind ? 'solid' : [...look.dash],
      cap: 'butt',
    },
    itemStyle: { color: colour, opacity },
  };
}
