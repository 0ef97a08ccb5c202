/** Pieces of ECharts options that all charts of the report share. Drawn without animation, tooltip or legend. */
import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import type { GraphicComponentOption, GridComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { CandidateAnalysis } from '../contract/analysis.ts';
import { type Area, type ChartSize, shortName, spreadLabels } from './chart-layout.ts';
import type { Look, Marker, Palette } from './theme.ts';

export type ChartOption = ComposeOption<
  LineSeriesOption | ScatterSeriesOption | CustomSeriesOption | GridComponentOption | GraphicComponentOption
>;
export type Series = LineSeriesOption | ScatterSeriesOption | CustomSeriesOption;

export interface ChartContext {
  readonly size: ChartSize;
  readonly palette: Palette;
  /** Looks by strategy (theme.ts assignLooks). */
  readonly looks: ReadonlyMap<string, Look>;
}

/** Below this width in pixels charts use short labels and narrow margins. */
export const NARROW = 480;

export const marginsOf = (width: number) =>
  width < NARROW ? { left: 46, right: 104, nameLimit: 12 } : { left: 48, right: 150, nameLimit: 20 };

/** An element of the `graphic` component, as plain data. */
export type Graphic = Record<string, unknown>;

export const LABEL_SIZE = 11;
export const LABEL_GAP = 13;

const SYMBOLS: Readonly<Record<Marker, string>> = {
  circle: 'circle',
  square: 'rect',
  triangle: 'triangle',
  diamond: 'diamond',
  cross: 'path://M0,1L1,0L3,2L5,0L6,1L4,3L6,5L5,6L3,4L1,6L0,5L2,3Z',
};

/** ECharts symbol of a marker. */
export const symbolOf = (marker: Marker): string => SYMBOLS[marker];

/** Whether a candidate is drawn strongly: the chosen one and those tied with it. */
export const isEmphasised = (candidate: CandidateAnalysis): boolean => candidate.isChosen || candidate.isTied;

/** Above this number of candidates only the emphasised ones keep their colour. */
export const MAX_COLOURED = 20;

/** Line of a candidate; `data` are [x, y] pairs, null y breaks the line. */
export function candidateLine(
  candidate: CandidateAnalysis,
  look: Look,
  palette: Palette,
  data: readonly (readonly [number, number | null])[],
  options: { gridIndex?: number; isMuted?: boolean; showMarkers?: boolean; smooth?: boolean } = {},
): LineSeriesOption {
  const strong = isEmphasised(candidate);
  const isFaint = options.isMuted === true && !strong;
  const colour = isFaint ? palette('text-3') : palette(look.token);
  const measured = data.filter(([, y]) => y !== null).length;
  return {
    type: 'line',
    name: candidate.strategy,
    silent: true,
    xAxisIndex: options.gridIndex ?? 0,
    yAxisIndex: options.gridIndex ?? 0,
    data: data.map(([x, y]) => [x, y ?? '-']),
    smooth: options.smooth ? 0.4 : false,
    ...(options.smooth ? { smoothMonotone: 'x' as const } : {}),
    symbol: symbolOf(look.marker),
    symbolSize: strong ? 7 : 5.5,
    showSymbol: !isFaint && (options.showMarkers ?? measured <= 12),
    showAllSymbol: true,
    z: strong ? 4 : 3,
    lineStyle: {
      color: colour,
      width: strong ? 2.25 : isFaint ? 1 : candidate.isControl ? 1.5 : 1.25,
      opacity: strong ? 1 : isFaint ? 0.5 : 0.85,
      type: look.dash.length === 0 ? 'solid' : [...look.dash],
      cap: 'butt',
    },
    itemStyle: { color: colour, opacity: isFaint ? 0.5 : 1 },
  };
}

/** Text at a pixel; the font is inherited from the page. */
export function textAt(
  x: number,
  y: number,
  text: string,
  colour: string,
  options: { align?: 'left' | 'center' | 'right'; weight?: number; size?: number } = {},
): Graphic {
  return {
    type: 'text',
    silent: true,
    z: 10,
    x,
    y,
    style: {
      text,
      fill: colour,
      fontSize: options.size ?? LABEL_SIZE,
      fontFamily: 'inherit',
      fontWeight: options.weight ?? 400,
      textAlign: options.align ?? 'left',
      textVerticalAlign: 'middle',
    },
  };
}

export function lineBetween(
  from: readonly [number, number],
  to: readonly [number, number],
  colour: string,
  options: { width?: number; dash?: readonly number[]; z?: number } = {},
): Graphic {
  return {
    type: 'line',
    silent: true,
    z: options.z ?? 2,
    shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
    style: {
      stroke: colour,
      lineWidth: options.width ?? 1,
      lineDash: options.dash ? [...options.dash] : null,
    },
  };
}

/** Names at line ends, pushed apart, each joined to its line by a thin leader in the line's colour. */
export function endLabels(
  ends: readonly {
    candidate: CandidateAnalysis;
    look: Look;
    y: number;
    note?: string;
    /** Where the line ends, if before the right edge: such a label has no leader. */
    endX?: number;
  }[],
  area: Area,
  palette: Palette,
  nameLimit: number,
): Graphic[] {
  const right = area.left + area.width;
  const places = spreadLabels(
    ends.map((end) => end.y),
    LABEL_GAP,
    area.top,
    area.top + area.height,
  );
  return ends.flatMap(({ candidate, look, y, note, endX = right }, index) => {
    const strong = isEmphasised(candidate);
    const text = `${shortName(candidate.strategy, Math.max(4, nameLimit - (note ? note.length + 1 : 0)))}${note ? ` ${note}` : ''}`;
    return [
      ...(endX < right - 1
        ? []
        : [lineBetween([right + 4, y], [right + 12, places[index]!], palette(look.token), { z: 3 })]),
      textAt(right + 15, places[index]!, text, palette(strong ? 'text' : 'text-2'), {
        weight: strong ? 600 : 400,
      }),
    ];
  });
}

/** A vertical mark at the lag through the given area, with its flag above. */
export function lagMark(x: number, area: Area, label: string, palette: Palette, flagY: number): Graphic[] {
  return [
    lineBetween([x, area.top - 4], [x, area.top + area.height], palette('accent'), { width: 1.5, z: 2 }),
    ...(label === '' ? [] : [textAt(x, flagY, label, palette('accent'), { align: 'center', weight: 600 })]),
  ];
}

/** Grid in fixed pixels: labels never move the plotting area. */
export function gridOf(area: Area): GridComponentOption {
  return { ...area, containLabel: false, outerBoundsMode: 'none' };
}

const axisText = (palette: Palette) => ({
  color: palette('text-2'),
  fontSize: LABEL_SIZE,
  fontFamily: 'inherit',
  hideOverlap: false,
});

/** A value axis with ticks at given places, labelled by `format`. */
export function placedAxis(
  range: { min: number; max: number },
  places: readonly number[],
  format: (place: number) => string,
  palette: Palette,
  options: { gridIndex?: number; showLine?: boolean; showLabels?: boolean } = {},
) {
  const labels = new Map(places.map((place) => [place, format(place)]));
  return {
    type: 'value' as const,
    gridIndex: options.gridIndex ?? 0,
    min: range.min,
    max: range.max,
    axisLine: { show: options.showLine ?? true, onZero: false, lineStyle: { color: palette('line-strong') } },
    axisTick: {
      show: options.showLine ?? true,
      length: 4,
      lineStyle: { color: palette('line-strong') },
      customValues: [...places],
    },
    axisLabel: {
      ...axisText(palette),
      show: options.showLabels ?? true,
      customValues: [...places],
      formatter: (value: number) => labels.get(value) ?? '',
    },
    splitLine: { show: false },
  };
}

/** A vertical axis with horizontal grid lines only. */
export function valueAxis(
  range: { min: number; max: number; interval: number; decimals: number },
  palette: Palette,
  options: { gridIndex?: number; isDown?: boolean; format?: (value: number) => string } = {},
) {
  return {
    type: 'value' as const,
    gridIndex: options.gridIndex ?? 0,
    min: range.min,
    max: range.max,
    interval: range.interval,
    inverse: options.isDown ?? false,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: {
      ...axisText(palette),
      formatter: options.format ?? ((value: number) => value.toFixed(range.decimals).replace('-', '−')),
    },
    splitLine: { lineStyle: { color: palette('grid'), width: 1 } },
  };
}

/** What every chart has in common. */
export function chartFrame(): ChartOption {
  return { animation: false, backgroundColor: 'transparent', textStyle: { fontFamily: 'inherit' } };
}
