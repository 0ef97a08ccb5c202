/** How well the ranking at each step agrees with the end, or what its pick loses against the best. */
import type { RankAgreement } from '../../src-main/contract/analysis.ts';
import { type ChartSize, niceRange, pixelY } from '../../src-main/report/chart-layout.ts';
import {
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  lineBetween,
  placedAxis,
  textAt,
  valueAxis,
} from '../../src-main/report/chart-parts.ts';
import { formatCorrelation, formatCount } from '../../src-main/report/number-format.ts';
import type { Palette } from '../../src-main/report/theme.ts';
import { clearPlace, rimmedText } from '../charts/chart-text.ts';
import { softArea } from '../charts/soft-area.ts';
import type { AgreementKind } from './view-state.ts';
import { placeOf, shareOf, ticksOf, type XScale } from './x-scale.ts';

export interface CorrelationInput {
  /** Loss at k by step, from the initial loss on. */
  readonly rows: readonly RankAgreement[];
  /** Values of other measurements: cooldown probes and what decided. */
  readonly marks: readonly RankAgreement[];
  readonly kind: AgreementKind;
  readonly lag: number;
  readonly xTitle: string;
  readonly markName: string;
}

export const agreementValue = (row: RankAgreement, kind: AgreementKind): number | null => row[kind];
const shown = (value: number, kind: AgreementKind): string =>
  kind === 'regret' ? value.toFixed(3) : formatCorrelation(value);

export function correlationOption(
  input: CorrelationInput,
  size: ChartSize,
  palette: Palette,
): ChartOption | null {
  const { kind, lag, xTitle } = input;
  const measured = input.rows.flatMap((row) => {
    const value = agreementValue(row, kind);
    return value === null ? [] : [{ row, value }];
  });
  const marks = input.marks.flatMap((row) => {
    const value = agreementValue(row, kind);
    return value === null ? [] : [{ row, value }];
  });
  if (measured.length === 0) return null;
  const area = { left: 34, top: 20, width: size.width - 34 - 50, height: size.height - 20 - 38 };
  const scale: XScale = {
    from: 0,
    to: Math.max(1, ...measured.map(({ row }) => row.step)),
    unit: 25,
    isLog: true,
  };
  const values = [...measured, ...marks].map(({ value }) => value);
  const lows = measured.map(({ row, value }) =>
    kind === 'spearman' ? (row.spearmanInterval?.low ?? value) : value,
  );
  const range =
    kind === 'regret'
      ? niceRange(0, Math.max(...values, 1e-3), 4)
      : niceRange(
          Math.max(
            -1,
            Math.min(0.8, ...values, ...lows.map((low) => Math.max(low, Math.min(...values) - 0.3))),
          ),
          1,
          4,
        );
  const pixelX = (step: number): number => area.left + shareOf(scale, step) * area.width;
  const y = (value: number): number => pixelY(Math.max(range.min, Math.min(value, range.max)), range, area);
  const texts = new Map(
    ticksOf(scale, area.width, lag > 0 ? [lag] : [], 30).map((x) => [placeOf(scale, x), formatCount(x)]),
  );
  const banded = kind === 'spearman' ? measured.filter(({ row }) => row.spearmanInterval !== null) : [];
  const outline = [
    ...banded.map(({ row }) => [pixelX(row.step), y(row.spearmanInterval!.high)]),
    ...banded.toReversed().map(({ row }) => [pixelX(row.step), y(row.spearmanInterval!.low)]),
  ];
  const [first] = measured;
  const last = measured.at(-1)!;
  const line = measured.map(({ row, value }) => [pixelX(row.step), y(value)] as const);
  function markLabel(row: RankAgreement, value: number): Graphic {
    const x = pixelX(Math.min(row.step, scale.to));
    const text = `${input.markName} ${shown(value, kind)}`;
    const sides =
      x > area.left + area.width * 0.45 ? (['right', 'left'] as const) : (['left', 'right'] as const);
    const places = sides.flatMap((align) =>
      [0, 14, -14].map((by) => ({ x: align === 'right' ? x - 9 : x + 9, y: y(value) + by, text, align })),
    );
    const place = clearPlace(places, line) ?? places[0]!;
    return rimmedText(place.x, place.y, text, 'accent', palette, { align: place.align, weight: 600 });
  }
  /** The initial loss's own, where the line leaves room for it. */
  function startLabels(): Graphic[] {
    if (first?.row.step !== 0) return [];
    const text = `k = 0 ${shown(first.value, kind)}`;
    const places = [-11, 11, -22, 22].map((by) => ({
      x: pixelX(0) + 6,
      y: y(first.value) + by,
      text,
      align: 'left' as const,
    }));
    const inside = places.filter((place) => place.y > area.top - 8 && place.y < area.top + area.height - 8);
    const place = clearPlace(inside, line);
    return place ? [rimmedText(place.x, place.y, text, 'text-2', palette)] : [];
  }
  const graphic: Graphic[] = [
    ...(outline.length > 2
      ? [
          {
            type: 'polygon',
            silent: true,
            z: 1,
            shape: { points: outline },
            style: softArea(palette, 'text-3', 0.14, 'grid'),
          },
        ]
      : []),
    ...(lag <= scale.to
      ? [
          lineBetween([pixelX(lag), area.top - 6], [pixelX(lag), area.top + area.height], palette('accent'), {
            width: 2,
            z: 2,
          }),
        ]
      : []),
    ...marks.map(
      ({ row, value }): Graphic => ({
        type: 'polygon',
        silent: true,
        z: 6,
        shape: { points: diamond(pixelX(Math.min(row.step, scale.to)), y(value), 5) },
        style: { fill: palette('accent') },
      }),
    ),
    ...marks.slice(-1).map(({ row, value }) => markLabel(row, value)),
    ...startLabels(),
    textAt(area.left + area.width + 7, y(last.value), shown(last.value, kind), palette('text'), {
      weight: 600,
    }),
    textAt(area.left + area.width / 2, size.height - 8, xTitle, palette('text-2'), { align: 'center' }),
  ];
  return {
    ...chartFrame(),
    grid: [gridOf(area)],
    xAxis: [
      placedAxis(
        { min: 0, max: placeOf(scale, scale.to) },
        [...texts.keys()],
        (place) => texts.get(place) ?? '',
        palette,
      ),
    ],
    yAxis: [valueAxis(range, palette)],
    series: [
      {
        type: 'line',
        silent: true,
        data: measured.map(({ row, value }) => [placeOf(scale, row.step), value]),
        symbol: 'circle',
        symbolSize: 4.5,
        showAllSymbol: true,
        showSymbol: measured.length <= 40,
        z: 4,
        lineStyle: { color: palette('text'), width: 2.25 },
        itemStyle: { color: palette('text') },
      },
    ],
    graphic,
  };
}

const diamond = (x: number, y: number, radius: number): number[][] => [
  [x, y - radius],
  [x + radius, y],
  [x, y + radius],
  [x - radius, y],
];
