/** Small multiples: several plotting areas of equal size in one chart, each with a heading. */
import { type Area, type ChartSize, niceRange } from './chart-layout.ts';
import {
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  NARROW,
  placedAxis,
  type Series,
  textAt,
  valueAxis,
} from './chart-parts.ts';
import type { Palette } from './theme.ts';

export interface PanelLayout {
  /** Most panels in a row on wide and on narrow charts. */
  readonly columns: readonly [wide: number, narrow: number];
  /** Pixels between the left edge of a column and its plotting area. */
  readonly left: number;
  readonly right: number;
  /** Room above a plotting area for its heading, and below it for its axis. */
  readonly top: number;
  readonly bottom: number;
}

export const columnsOf = ({ columns }: PanelLayout, width: number): number => columns[width < NARROW ? 1 : 0];

/** Height of a chart of `count` panels whose plotting areas are `plot` pixels high. */
export function panelsHeight(count: number, layout: PanelLayout, width: number, plot: number): number {
  return Math.ceil(count / columnsOf(layout, width)) * (layout.top + plot + layout.bottom);
}

/** Plotting areas in reading order. */
export function panelAreas(count: number, layout: PanelLayout, size: ChartSize): Area[] {
  const columns = columnsOf(layout, size.width);
  const rows = Math.ceil(count / columns);
  const [width, height] = [size.width / columns, size.height / rows];
  return Array.from({ length: count }, (_, index) => ({
    left: (index % columns) * width + layout.left,
    top: Math.floor(index / columns) * height + layout.top,
    width: width - layout.left - layout.right,
    height: height - layout.top - layout.bottom,
  }));
}

export function panelHeading(area: Area, text: string, palette: Palette, left = area.left): Graphic {
  return textAt(left, area.top - 14, text, palette('text'), { weight: 600 });
}

export interface LinePanel {
  readonly heading: string;
  readonly lines: readonly {
    readonly points: readonly (readonly [number, number | null])[];
    readonly token: Parameters<Palette>[0];
    readonly dash: readonly number[];
    readonly width: number;
    readonly opacity: number;
  }[];
}

/** Line panels with common axes. */
export function linePanels(
  panels: readonly LinePanel[],
  options: {
    readonly layout: PanelLayout;
    readonly size: ChartSize;
    readonly palette: Palette;
    readonly xRange: { min: number; max: number };
    readonly xTicks: readonly number[];
    readonly xText: (place: number) => string;
    readonly xTitle: string;
    readonly yTitle: string;
    /** Panels keep the scale of their own values instead of a common one. */
    readonly ownScale?: boolean;
  },
): ChartOption | null {
  const { layout, size, palette, xRange } = options;
  const valuesOf = (list: readonly LinePanel[]): number[] =>
    list.flatMap(({ lines }) =>
      lines.flatMap(({ points }) => points.flatMap(([, y]) => (y === null ? [] : [y]))),
    );
  const all = valuesOf(panels);
  if (all.length === 0) return null;
  // Fine steps, so that a hair below zero does not cost a fifth of the height.
  const rangeOf = (values: readonly number[]) => niceRange(Math.min(...values), Math.max(...values), 7);
  const common = rangeOf(all);
  const areas = panelAreas(panels.length, layout, size);
  const ranges = panels.map((panel) => {
    const own = valuesOf([panel]);
    return options.ownScale && own.length > 0 ? rangeOf(own) : common;
  });
  return {
    ...chartFrame(),
    grid: areas.map(gridOf),
    xAxis: areas.map((_, gridIndex) =>
      placedAxis(xRange, options.xTicks, options.xText, palette, { gridIndex }),
    ),
    yAxis: areas.map((_, gridIndex) => valueAxis(ranges[gridIndex]!, palette, { gridIndex })),
    series: panels.flatMap(({ lines }, index) =>
      lines.map(
        ({ points, token, dash, width, opacity }): Series => ({
          type: 'line',
          silent: true,
          xAxisIndex: index,
          yAxisIndex: index,
          data: points.map(([x, y]) => [x, y ?? '-']),
          showSymbol: false,
          lineStyle: {
            color: palette(token),
            width,
            opacity,
            type: dash.length === 0 ? 'solid' : [...dash],
            cap: 'butt',
          },
        }),
      ),
    ),
    graphic: [
      ...panels.map(({ heading }, index) =>
        panelHeading(areas[index]!, heading, palette, areas[index]!.left - layout.left),
      ),
      ...areas.map((area) =>
        textAt(area.left + area.width / 2, area.top + area.height + 32, options.xTitle, palette('text-2'), {
          align: 'center',
        }),
      ),
      ...areas.map((area) =>
        textAt(area.left + area.width, area.top - 14, options.yTitle, palette('text-2'), { align: 'right' }),
      ),
    ],
  };
}

/** Part of the text colour in a cell's tone at the lowest and the highest share. */
const TONES = [0.04, 0.94] as const;

/** A square field of cells that take on the colour of the text with the share; numbers are drawn where they fit. */
export function heatPanel(
  area: Area,
  cells: readonly (readonly { readonly share: number | null; readonly text: string }[])[],
  palette: Palette,
): Graphic[] {
  const rows = cells.length;
  const columns = cells[0]?.length ?? 0;
  const side = Math.min(area.width / columns, area.height / rows);
  return cells.flatMap((row, rowIndex) =>
    row.flatMap(({ share, text }, column): Graphic[] => {
      const [x, y] = [area.left + column * side, area.top + rowIndex * side];
      const tone = share === null ? 0 : TONES[0] + (TONES[1] - TONES[0]) * share;
      return [
        {
          type: 'rect',
          silent: true,
          z: 1,
          // Opaque and a little over its neighbour, so that no seam shows between cells.
          shape: {
            x,
            y,
            width: side + (column < columns - 1 ? 0.6 : 0),
            height: side + (rowIndex < rows - 1 ? 0.6 : 0),
          },
          style: { fill: share === null ? palette('sunken') : mixed(tone, palette) },
        },
        ...(side >= 22 && text !== ''
          ? [cellText(x + side / 2, y + side / 2, text, tone, side, palette)]
          : []),
      ];
    }),
  );
}

const mixed = (tone: number, palette: Palette): string =>
  `color-mix(in oklab, ${palette('text')} ${(100 * tone).toFixed(1)}%, ${palette('surface')})`;

function cellText(x: number, y: number, text: string, tone: number, side: number, palette: Palette): Graphic {
  const colour = palette(tone > 0.5 ? 'surface' : 'text');
  return textAt(x, y, text, colour, { align: 'center', size: side >= 32 ? 11 : 9 });
}
