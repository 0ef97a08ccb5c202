/** How well the ranking at each step agrees with the final one (audits): ECharts option. */
import type { RankAgreement, StudyAnalysis } from '../contract/analysis.ts';
import { type Area, niceRange, pixelY, spreadLabels, stepPlace, stepTicks } from './chart-layout.ts';
import {
  type ChartContext,
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  LABEL_GAP,
  lagMark,
  lineBetween,
  NARROW,
  placedAxis,
  type Series,
  textAt,
  valueAxis,
} from './chart-parts.ts';
import { formatCorrelation, formatCount } from './number-format.ts';

/** Drawn thin beside the loss at k, on wide screens only; the table has the rest. */
const OTHERS: readonly { predictor: string; dash: number[] }[] = [
  { predictor: 'area under the curve', dash: [1, 3] },
  { predictor: 'extrapolation', dash: [8, 3, 2, 3] },
  { predictor: 'weight distance', dash: [2, 4] },
];

/**
 * Spearman's ρ with the final losses by step, its interval as a band, cooldown probes and the value that decided as
 * marks, and a few other measurements as thin lines.
 */
export function agreementOption(analysis: StudyAnalysis, context: ChartContext): ChartOption | null {
  const { palette, size } = context;
  const isPlain = (row: RankAgreement): boolean =>
    row.predictor === 'initial loss' || row.predictor === 'loss at k';
  const rows = analysis.agreement.filter((row) => isPlain(row) && row.spearman !== null);
  const probes = analysis.agreement.filter(
    (row) =>
      (row.predictor === 'cooldown probe' || row.predictor.startsWith('rule ')) && row.spearman !== null,
  );
  const isNarrow = size.width < NARROW;
  const others = isNarrow
    ? []
    : OTHERS.map((other) => ({
        ...other,
        rows: analysis.agreement.filter((row) => row.predictor === other.predictor && row.spearman !== null),
      })).filter((other) => other.rows.length > 1);
  if (rows.length === 0) return null;
  const rightMargin = others.length > 0 ? 150 : 62;
  const area: Area = {
    left: 34,
    top: 24,
    width: size.width - 34 - rightMargin,
    height: size.height - 24 - 42,
  };
  const lastStep = Math.max(1, ...[...rows, ...probes].map((row) => row.step));
  const lows = [...rows, ...probes].flatMap((row) => [
    row.spearman!,
    row.spearmanInterval?.low ?? row.spearman!,
    row.kendallTauB ?? row.spearman!,
  ]);
  for (const other of others) lows.push(...other.rows.map((row) => row.spearman!));
  const yRange = niceRange(Math.min(0, ...lows), 1, 7);
  const xRange = { min: 0, max: stepPlace(lastStep) };
  const lag = analysis.decision?.lag ?? 0;
  const ticks = stepTicks(lastStep, area.width, lag > 0 ? [lag] : [], 30);
  const stepAt = new Map(ticks.map((step) => [stepPlace(step), step]));
  const pixelX = (step: number): number => area.left + (stepPlace(step) / xRange.max) * area.width;
  const pixel = (value: number): number => pixelY(value, yRange, area);

  const banded = rows.filter((row) => row.spearmanInterval !== null);
  const outline = [
    ...banded.map((row) => [pixelX(row.step), pixel(row.spearmanInterval!.high)]),
    ...banded.toReversed().map((row) => [pixelX(row.step), pixel(row.spearmanInterval!.low)]),
  ];
  const last = rows.at(-1)!;
  const right = area.left + area.width;
  const line = (key: 'spearman' | 'kendallTauB', strong: boolean): Series => ({
    type: 'line',
    silent: true,
    data: rows.map((row) => [stepPlace(row.step), row[key] ?? '-']),
    symbol: 'circle',
    symbolSize: strong ? 5 : 3,
    z: strong ? 4 : 3,
    lineStyle: {
      color: palette(strong ? 'text' : 'text-3'),
      width: strong ? 2.25 : 1.25,
      type: strong ? 'solid' : [5, 3],
    },
    itemStyle: { color: palette(strong ? 'text' : 'text-3') },
  });
  const ends = [
    {
      text: `ρ ${formatCorrelation(last.spearman)}`,
      value: last.spearman!,
      weight: 600,
      tone: 'text' as const,
    },
    ...(last.kendallTauB === null
      ? []
      : [
          {
            text: `τ ${formatCorrelation(last.kendallTauB)}`,
            value: last.kendallTauB,
            weight: 400,
            tone: 'text-2' as const,
          },
        ]),
    ...others.map(({ predictor, rows: points }) => ({
      text: `${predictor} ${formatCorrelation(points.at(-1)!.spearman)}`,
      value: points.at(-1)!.spearman!,
      weight: 400,
      tone: 'text-2' as const,
    })),
  ];
  const endPlaces = spreadLabels(
    ends.map(({ value }) => pixel(value)),
    LABEL_GAP,
    area.top,
    area.top + area.height,
  );
  const endTexts = ends.map(({ text, weight, tone }, index) =>
    textAt(right + 10, endPlaces[index]!, text, palette(tone), { weight }),
  );
  const graphic: Graphic[] = [
    ...(outline.length > 2
      ? [
          {
            type: 'polygon',
            silent: true,
            z: 1,
            shape: { points: outline },
            style: { fill: palette('text-3'), opacity: 0.16 },
          },
        ]
      : []),
    ...(lag > 0 && lag <= lastStep
      ? lagMark(pixelX(lag), area, `lag k = ${formatCount(lag)}`, palette, area.top - 13)
      : []),
    ...probes.flatMap((row): Graphic[] => {
      const x = pixelX(row.step);
      const interval = row.spearmanInterval;
      const isRight = x > area.left + area.width * 0.6;
      return [
        ...(interval
          ? [
              lineBetween([x, pixel(interval.low)], [x, pixel(interval.high)], palette('accent'), {
                width: 4,
                z: 3,
              }),
            ]
          : []),
        textAt(
          isRight ? x - 10 : x + 10,
          Math.max(area.top + 6, pixel(row.spearman!) - 2),
          `${row.predictor.replace(/ probe$|^rule /, '')} ${formatCorrelation(row.spearman)}`,
          palette('accent'),
          { weight: 600, align: isRight ? 'right' : 'left' },
        ),
      ];
    }),
    ...endTexts,
    textAt(
      area.left + area.width / 2,
      size.height - 8,
      'Step k at which losses are compared',
      palette('text-2'),
      {
        align: 'center',
      },
    ),
  ];
  return {
    ...chartFrame(),
    grid: gridOf(area),
    xAxis: placedAxis(xRange, [...stepAt.keys()], (place) => formatCount(stepAt.get(place)!), palette),
    yAxis: valueAxis(yRange, palette),
    series: [
      ...others.map(
        ({ dash, rows: points }): Series => ({
          type: 'line',
          silent: true,
          data: points.map((row) => [stepPlace(row.step), row.spearman!]),
          showSymbol: false,
          z: 3,
          lineStyle: { color: palette('text-3'), width: 1.25, type: dash },
        }),
      ),
      line('kendallTauB', false),
      line('spearman', true),
      {
        type: 'scatter',
        silent: true,
        z: 6,
        symbol: 'diamond',
        symbolSize: 12,
        itemStyle: { color: palette('accent'), borderColor: palette('surface'), borderWidth: 1.5 },
        data: probes.map((row) => [stepPlace(row.step), row.spearman!]),
      },
    ],
    graphic,
  };
}
