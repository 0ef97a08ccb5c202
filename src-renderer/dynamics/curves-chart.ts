/**
 * Early dynamics as an ECharts option: values above, distance to the best (or to a candidate) at the same step below,
 * names at the ends of the lines. The lag cursor lies over it and is not drawn here.
 */
import type { LostKind } from '../../src-main/contract/window/dynamics.ts';
import {
  type Area,
  type ChartSize,
  type NiceRange,
  niceRange,
  pixelY,
  shortName,
  spreadLabels,
} from '../../src-main/report/chart-layout.ts';
import {
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  lineBetween,
  placedAxis,
  type Series,
  symbolOf,
  textAt,
  valueAxis,
} from '../../src-main/report/chart-parts.ts';
import type { Look, Palette } from '../../src-main/report/theme.ts';
import type { LineWeight } from '../candidate-looks/emphasis.ts';
import { fittedLimit, leavesAbove } from './curve-lines.ts';
import { type CurvesLayout, curvesLayout, labelRoom } from './curves-layout.ts';
import { placeOf, shareOf, ticksOf, type XScale } from './x-scale.ts';

/** x in the shown quantity, ascending. */
export type XYPoint = readonly [x: number, y: number | null];

export interface DrawnLine {
  readonly strategy: string;
  readonly look: Look;
  readonly weight: LineWeight;
  readonly isEmphasised: boolean;
  readonly isControl: boolean;
  readonly values: readonly XYPoint[];
  /** Unsmoothed, behind; empty where nothing is smoothed. */
  readonly rawValues: readonly XYPoint[];
  readonly gaps: readonly XYPoint[];
  readonly lost: readonly { readonly x: number; readonly step: number; readonly kind: LostKind }[];
}

export interface CurvesInput {
  readonly lines: readonly DrawnLine[];
  readonly scale: XScale;
  readonly formatX: (x: number) => string;
  readonly shown: 'both' | 'values' | 'gaps';
  /** Values far above the others leave through the top. */
  readonly isFitted: boolean;
  /** The same of the differences. */
  readonly areGapsFitted: boolean;
  /** Least distance of two labels of the axis, in pixels. */
  readonly tickGap: number;
  readonly isLogY: boolean;
  /** Width of the band of noise; null for none. */
  readonly band: number | null;
  /** Differences to a candidate may be negative, those to the best are not. */
  readonly isSigned: boolean;
  readonly keptTicks: readonly number[];
  readonly pins: readonly { readonly x: number; readonly label: string }[];
  readonly words: {
    readonly values: string;
    readonly gaps: string;
    readonly band: string;
    readonly x: string;
    readonly best: string;
    readonly lost: (name: string, step: number) => string;
  };
}

/** Measured points up to which every one has a marker. */
const MOST_MARKED = 12;
/** Lines up to which each may be named in the plot. */
const MOST_NAMED = 30;
const LOST_MARKS: Readonly<Record<LostKind, string>> = { nan: '✕', high: '▲', low: '▼' };

export interface CurveRanges {
  readonly values: NiceRange;
  readonly gaps: NiceRange;
}

const within = ({ from, to }: XScale, [x]: XYPoint): boolean => x >= from && x <= to;

interface Extent {
  readonly least: number;
  readonly most: number;
  readonly first: number;
  readonly last: number;
}

/** Of the values in sight; null where there is none. One pass without copies: it runs over all points. */
function extentOf(points: readonly XYPoint[], from: number, to: number): Extent | null {
  let [least, most, first, last] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    Number.NaN,
  ];
  for (const [x, y] of points) {
    if (y === null || x < from || x > to) continue;
    if (y < least) least = y;
    if (y > most) most = y;
    if (Number.isNaN(first)) first = y;
    last = y;
  }
  return Number.isNaN(first) ? null : { least, most, first, last };
}

const extents = (lines: readonly (readonly XYPoint[])[], from: number, to: number): Extent[] =>
  lines.flatMap((points) => extentOf(points, from, to) ?? []);

/** Vertical ranges of both grids for the points in sight. */
export function rangesOf({
  lines,
  scale,
  isFitted,
  areGapsFitted,
  isSigned,
  isLogY,
  band,
}: CurvesInput): CurveRanges {
  const { from, to } = scale;
  const all = extents(
    lines.map((line) => line.values),
    from,
    to,
  );
  const low = least(
    all.map((one) => one.least),
    0,
  );
  const high = most(
    all.map((one) => one.most),
    1,
  );
  const top =
    isFitted && from === 0
      ? fittedLimit(
          all.map(({ first }) => first),
          all.map(({ last }) => last),
        )
      : high;
  const values = isLogY ? logRange(low, high) : niceRange(low, Math.max(top, low), 4);
  const competing = lines.filter(({ isControl }) => !isControl).map(({ gaps }) => gaps);
  const gaps = extents(competing, from, to);
  const late = areGapsFitted ? extents(competing, from + (to - from) / 2, to) : gaps;
  const limit =
    Math.max(
      1e-3,
      most(
        late.map((one) => one.most),
        0,
      ),
      band === null ? 0 : 2 * band,
    ) * (areGapsFitted ? 1.2 : 1);
  const bottom = isSigned
    ? Math.min(
        0,
        least(
          gaps.map((one) => one.least),
          0,
        ),
      )
    : 0;
  return { values, gaps: niceRange(bottom, limit, 6) };
}

const least = (values: readonly number[], otherwise: number): number =>
  values.length === 0 ? otherwise : values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[], otherwise: number): number =>
  values.length === 0 ? otherwise : values.reduce((a, b) => Math.max(a, b));

/** Logarithms of base 10 as places; values at or below zero have none. */
function logRange(low: number, high: number): NiceRange {
  const least10 = Math.log10(Math.max(low, 1e-12));
  return niceRange(least10, Math.max(Math.log10(Math.max(high, 1e-12)), least10), 4);
}

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
        ? [valueAxis(ranges.values, palette, { gridIndex: 0, ...(isLogY ? { format: logLabel } : {}) })]
        : []),
      ...(lower ? [valueAxis(ranges.gaps, palette, { gridIndex: upper ? 1 : 0, format: signed })] : []),
    ],
    series,
    graphic: [
      ...(lower && band !== null ? [bandMark(lower, ranges.gaps, band, palette)] : []),
      ...input.pins.flatMap(({ x, label }) => pinMark(pixelX(x), plot, label, palette)),
      ...(upper ? valueTexts(input, upper, ranges.values, toY, pixelX, palette) : []),
      ...(lower ? gapTexts(input, lower, ranges.gaps, pixelX, palette) : []),
      textAt(plot.left + plot.width / 2, size.height - 8, words.x, palette('text-2'), { align: 'center' }),
      ...endLabels(input, layout, ranges, toY, size, palette),
    ] as Graphic[],
  };
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

function bandMark(area: Area, range: NiceRange, width: number, palette: Palette): Graphic {
  const top = pixelY(Math.min(width, range.max), range, area);
  return {
    type: 'rect',
    silent: true,
    z: 1,
    shape: { x: area.left, y: top, width: area.width, height: pixelY(0, range, area) - top },
    style: { fill: palette('accent'), opacity: 0.14 },
  };
}

function pinMark(x: number, plot: Area, label: string, palette: Palette): Graphic[] {
  const isOutside = x < plot.left - 1 || x > plot.left + plot.width + 1;
  if (isOutside) return [];
  return [
    lineBetween([x, plot.top - 6], [x, plot.top + plot.height], palette('accent'), { width: 1, z: 2 }),
    textAt(x + 4, plot.top - 10, label, palette('accent'), { weight: 600 }),
  ];
}

/** Of many lines only those looked at say where they leave. */
const marked = (lines: readonly DrawnLine[]): readonly DrawnLine[] =>
  lines.length <= MOST_NAMED ? lines : lines.filter(({ isEmphasised }) => isEmphasised);

/** A small triangle at the upper edge, where a line leaves the grid. */
const triangle = (x: number, y: number, colour: string): Graphic => ({
  type: 'polygon',
  silent: true,
  z: 6,
  shape: {
    points: [
      [x, y - 7],
      [x + 4.5, y + 1],
      [x - 4.5, y + 1],
    ],
  },
  style: { fill: colour },
});

function valueTexts(
  { lines, words, scale, isLogY }: CurvesInput,
  area: Area,
  range: NiceRange,
  toY: (y: number | null) => number | null,
  pixelX: (x: number) => number,
  palette: Palette,
): Graphic[] {
  const marks: Graphic[] = [];
  // Names go where no other name is: from left to right, and down a row when there is no room.
  const taken: { left: number; right: number; row: number }[] = [];
  const leaving = marked(lines)
    .flatMap((line) => {
      const points = line.values.map(([x, y]) => ({ step: placeOf(scale, x), value: toY(y) }));
      const start = points.findIndex(({ step }) => step >= placeOf(scale, scale.from));
      const found = leavesAbove(points.slice(Math.max(0, start)), range.max);
      if (!found) return [];
      const value = isLogY ? 10 ** found.value : found.value;
      return [{ line, place: found.step, text: `${shortName(line.strategy, 16)} ${value.toFixed(2)}` }];
    })
    .sort((a, b) => a.place - b.place);
  const low = placeOf(scale, scale.from);
  const span = Math.max(placeOf(scale, scale.to) - low, 1e-9);
  const triangleX = (place: number): number =>
    Math.max(area.left + 5, area.left + ((place - low) / span) * area.width);
  for (const { line, place, text } of leaving) {
    const x = triangleX(place);
    const room = text.length * 6.2;
    const isLeft = x + room + 12 > area.left + area.width;
    const left = isLeft ? x - room - 10 : x + 8;
    let row = 0;
    const isCrossed = (left: number, right: number): boolean =>
      leaving.some(
        (one) => one.line !== line && triangleX(one.place) > left - 8 && triangleX(one.place) < right + 6,
      );
    if (isCrossed(left, left + room)) row = 1;
    while (taken.some((one) => one.row === row && left < one.right + 8 && left + room > one.left - 14)) row++;
    taken.push({ left, right: left + room, row });
    const colour = palette(line.look.token);
    marks.push(triangle(x, area.top + 2, colour));
    marks.push(
      textAt(isLeft ? x - 8 : x + 8, area.top - 1 + row * 13, text, palette('text-2'), {
        align: isLeft ? 'right' : 'left',
      }),
    );
  }
  for (const { strategy, look, lost } of lines)
    for (const { x, step, kind } of lost.slice(0, 1)) {
      const at = pixelX(x);
      if (at < area.left || at > area.left + area.width) continue;
      const isLeft = at > area.left + area.width * 0.7;
      marks.push(
        textAt(at, area.top + area.height - 7, LOST_MARKS[kind], palette(look.token), {
          align: 'center',
          weight: 600,
          size: 13,
        }),
      );
      marks.push(
        textAt(
          isLeft ? at - 9 : at + 9,
          area.top + area.height - 7,
          words.lost(shortName(strategy, 16), step),
          palette('danger'),
          {
            align: isLeft ? 'right' : 'left',
          },
        ),
      );
    }
  return [textAt(area.left, area.top - 12, words.values, palette('text'), { weight: 600 }), ...marks];
}

function gapTexts(
  { lines, words, band, scale }: CurvesInput,
  area: Area,
  range: NiceRange,
  _pixelX: (x: number) => number,
  palette: Palette,
): Graphic[] {
  const low = placeOf(scale, scale.from);
  const span = Math.max(placeOf(scale, scale.to) - low, 1e-9);
  const marks = marked(lines).flatMap(({ gaps, look, weight }): Graphic[] => {
    const found = leavesAbove(
      gaps.map(([x, value]) => ({ step: placeOf(scale, x), value })),
      range.max,
    );
    if (!found || found.step < low) return [];
    const x = area.left + ((found.step - low) / span) * area.width;
    return [
      triangle(
        Math.max(x, area.left + 5),
        area.top + 4,
        weight.isColoured ? palette(look.token) : palette('text-3'),
      ),
    ];
  });
  return [
    textAt(area.left, area.top - 14, words.gaps, palette('text'), { weight: 600 }),
    ...(band === null
      ? []
      : [textAt(area.left + area.width, area.top - 14, words.band, palette('text-2'), { align: 'right' })]),
    ...marks,
  ];
}

/** Names at the ends of the lines, pushed apart; only the emphasised ones where not all have room. */
function endLabels(
  { lines, scale }: CurvesInput,
  { lower, plot }: CurvesLayout,
  ranges: CurveRanges,
  toY: (y: number | null) => number | null,
  size: ChartSize,
  palette: Palette,
): Graphic[] {
  const area = lower ?? plot;
  const range = lower ? ranges.gaps : ranges.values;
  const room = Math.floor(plot.height / 13);
  const named = (lines.length <= room ? lines : lines.filter(({ isEmphasised }) => isEmphasised)).slice(
    0,
    room,
  );
  const right = plot.left + plot.width;
  const ends = named.flatMap((line) => {
    const points = (lower ? line.gaps : line.values).filter((point) => within(scale, point));
    const end = points.findLast(([, y]) => y !== null);
    if (!end) return [];
    const y = lower ? end[1]! : (toY(end[1]) ?? range.min);
    const isAbove = y > range.max;
    const x = plot.left + shareOf(scale, end[0]) * plot.width;
    return [{ line, x, y: pixelY(Math.max(range.min, Math.min(y, range.max)), range, area), isAbove }];
  });
  const places = spreadLabels(
    ends.map(({ y }) => y),
    13,
    plot.top + 6,
    plot.top + plot.height,
  );
  const room11 = labelRoom(size.width) - 16;
  return ends.flatMap(({ line, x, y, isAbove }, index) => {
    const { look, weight, isEmphasised, strategy } = line;
    const colour = weight.isColoured ? palette(look.token) : palette('text-3');
    const limit = Math.floor(room11 / (isEmphasised ? 7.4 : 6.6));
    const text = `${shortName(strategy, isAbove ? limit - 2 : limit)}${isAbove ? ' ▴' : ''}`;
    const isShort = x < right - 1;
    return [
      ...(isShort ? [] : [lineBetween([right + 3, y], [right + 11, places[index]!], colour, { z: 3 })]),
      textAt(right + 14, places[index]!, text, palette(isEmphasised ? 'text' : 'text-2'), {
        weight: isEmphasised ? 600 : 400,
      }),
    ];
  });
}
