/** Texts and marks of the curves chart: titles, band of noise, pinned lags, where lines leave, names at their ends. */
import type { LostKind } from '../../src-main/contract/window/dynamics.ts';
import {
  type Area,
  type ChartSize,
  type NiceRange,
  pixelY,
  shortName,
  spreadLabels,
} from '../../src-main/report/chart-layout.ts';
import { type Graphic, lineBetween, textAt } from '../../src-main/report/chart-parts.ts';
import type { Palette } from '../../src-main/report/theme.ts';
import { rimmedText } from '../charts/chart-text.ts';
import { softArea } from '../charts/soft-area.ts';
import { leavesAbove } from './curve-lines.ts';
import { type CurveRanges, type CurvesInput, type DrawnLine, within } from './curve-ranges.ts';
import { type CurvesLayout, labelRoom } from './curves-layout.ts';
import { placeOf, shareOf, type XScale } from './x-scale.ts';

/** Mean width of a letter over a plot, in pixels. */
const LETTER = 6.4;
/** Lines up to which each may be named in the plot. */
const MOST_NAMED = 30;
const LOST_MARKS: Readonly<Record<LostKind, string>> = { nan: '✕', high: '▲', low: '▼' };

export function bandMark(area: Area, range: NiceRange, width: number, palette: Palette): Graphic {
  const top = pixelY(Math.min(width, range.max), range, area);
  return {
    type: 'rect',
    silent: true,
    z: 1,
    shape: { x: area.left, y: top, width: area.width, height: pixelY(0, range, area) - top },
    style: softArea(palette, 'accent'),
  };
}

/** Spread over training orders of the emphasised lines, a tint of 12 % each, cut at the edges of the area. */
export function spreadMarks(
  lines: readonly DrawnLine[],
  scale: XScale,
  area: Area,
  range: NiceRange,
  toY: (y: number) => number | null,
  pixelX: (x: number) => number,
  palette: Palette,
): Graphic[] {
  const heightOf = (y: number): number => {
    const place = toY(y);
    const at = place === null ? area.top + area.height : pixelY(place, range, area);
    return Math.max(area.top, Math.min(at, area.top + area.height));
  };
  return lines.flatMap(({ look, spread, isEmphasised }) => {
    const inside = isEmphasised ? spread.filter(([x]) => x >= scale.from && x <= scale.to) : [];
    if (inside.length < 2) return [];
    const points = [
      ...inside.map(([x, , high]) => [pixelX(x), heightOf(high)]),
      ...inside.toReversed().map(([x, low]) => [pixelX(x), heightOf(low)]),
    ];
    return [
      {
        type: 'polygon',
        silent: true,
        z: 1,
        shape: { points },
        style: softArea(palette, look.token, 0.12),
      },
    ];
  });
}

export function pinMark(x: number, plot: Area, label: string, palette: Palette): Graphic[] {
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

export function valueTexts(
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

export function gapTexts(
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
  const hasRoom = (words.gaps.length + words.band.length) * LETTER + 12 <= area.width;
  return [
    textAt(area.left, area.top - 14, words.gaps, palette('text'), { weight: 600 }),
    ...(band === null || !hasRoom
      ? []
      : [textAt(area.left + area.width, area.top - 14, words.band, palette('text-2'), { align: 'right' })]),
    ...marks,
  ];
}

/** Names at the ends of the lines, pushed apart; only the emphasised ones where not all have room. */
export function endLabels(
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
  const all = named.flatMap((line) => {
    const points = (lower ? line.gaps : line.values).filter((point) => within(scale, point));
    const end = points.findLast(([, y]) => y !== null);
    if (!end) return [];
    const y = lower ? end[1]! : (toY(end[1]) ?? range.min);
    const isAbove = y > range.max;
    const x = plot.left + shareOf(scale, end[0]) * plot.width;
    return [{ line, x, y: pixelY(Math.max(range.min, Math.min(y, range.max)), range, area), isAbove }];
  });
  // What was lost is named where it ends: at the edge it would seem to have come there.
  const isLost = ({ line, x }: (typeof all)[number]): boolean => line.lost.length > 0 && x < right - 1;
  const ends = all.filter((end) => !isLost(end));
  const places = spreadLabels(
    ends.map(({ y }) => y),
    13,
    plot.top + 6,
    plot.top + plot.height,
  );
  const room11 = labelRoom(size.width) - 16;
  const lost = lower
    ? all
        .filter(isLost)
        .map(({ line, x, y }) => rimmedText(x + 8, y, shortName(line.strategy, 16), 'text-2', palette))
    : [];
  const running = ends.flatMap(({ line, x, y, isAbove }, index) => {
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
  return [...lost, ...running];
}
