/** Evidence of a decision, candidate by candidate: ECharts option. */
import type { CandidateAnalysis, DecisionEvidence, StudyAnalysis } from '../contract/analysis.ts';
import { isHigherBetter } from '../contract/decision.ts';
import { type Area, niceRange, shortName } from './chart-layout.ts';
import {
  type ChartContext,
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  isEmphasised,
  lineBetween,
  NARROW,
  placedAxis,
  type Series,
  symbolOf,
  textAt,
} from './chart-parts.ts';
import { valueHeader } from './findings.ts';
import { formatDifference } from './number-format.ts';

/** Height in pixels that the margin chart needs. */
export function marginChartHeight(analysis: StudyAnalysis): number {
  return 58 + 20 * analysis.candidates.filter((candidate) => candidate.lossAtLag !== null).length;
}

/** Difference to the chosen candidate at the lag, one row each with its interval; rows within noise are shaded. */
export function marginOption(analysis: StudyAnalysis, context: ChartContext): ChartOption | null {
  const { palette, looks, size } = context;
  const chosen = analysis.candidates.find((candidate) => candidate.isChosen);
  if (chosen?.lossAtLag === null || chosen === undefined) return null;
  const rows = analysis.candidates
    .filter((candidate) => candidate.lossAtLag !== null)
    .toSorted(
      (a, b) =>
        Number(b.isChosen) - Number(a.isChosen) ||
        (a.rankAtLag ?? Number.MAX_VALUE) - (b.rankAtLag ?? Number.MAX_VALUE) ||
        a.lossAtLag! - b.lossAtLag!,
    );
  const isNarrow = size.width < NARROW;
  const [left, right] = isNarrow ? [104, 64] : [156, 190];
  const area: Area = { left, top: 24, width: size.width - left - right, height: size.height - 24 - 34 };
  const sign = isHigherBetter(analysis.decision?.metric ?? 'loss') ? -1 : 1;
  // In a race the margin compares at the last step that both were trained to, the values do not.
  const differenceOf = (candidate: CandidateAnalysis): number =>
    candidate.margin?.estimate ?? sign * (candidate.lossAtLag! - chosen.lossAtLag!);
  const ranked = rows.filter((candidate) => !candidate.isControl);
  // A straggler three times farther away than three quarters of the pool would press all others onto the zero line.
  const sorted = ranked
    .map((candidate) => candidate.margin?.high ?? differenceOf(candidate))
    .sort((a, b) => a - b);
  const typical = sorted[Math.floor((sorted.length - 1) * 0.75)] ?? 0;
  const highest = Math.max(1e-4, ...sorted.filter((value) => value <= Math.max(3 * typical, 1e-4)));
  const lowest = Math.min(0, ...ranked.map((candidate) => candidate.margin?.low ?? 0));
  const xRange = niceRange(lowest, highest, isNarrow ? 3 : 5);
  const rowHeight = area.height / rows.length;
  const y = (index: number): number => area.top + (index + 0.5) * rowHeight;
  const x = (value: number): number =>
    area.left + ((Math.min(value, xRange.max) - xRange.min) / (xRange.max - xRange.min)) * area.width;
  const places: number[] = [];
  for (let step = 0; xRange.min + step * xRange.interval <= xRange.max + xRange.interval / 2; step++)
    places.push(Number((xRange.min + step * xRange.interval).toFixed(10)));
  const graphic: Graphic[] = rows.flatMap((candidate, index): Graphic[] => {
    const strong = isEmphasised(candidate);
    const difference = differenceOf(candidate);
    const isOutside = difference > xRange.max;
    const { margin } = candidate;
    const colour = palette(looks.get(candidate.strategy)!.token);
    const number = candidate.isChosen ? 'chosen' : formatDifference(difference);
    const bounds =
      margin && !isNarrow ? `  ${formatDifference(margin.low)} to ${formatDifference(margin.high)}` : '';
    return [
      ...(strong
        ? [
            {
              type: 'rect',
              silent: true,
              z: 0,
              shape: { x: 0, y: y(index) - rowHeight / 2, width: size.width, height: rowHeight },
              style: { fill: palette('accent-soft') },
            },
          ]
        : []),
      textAt(
        8,
        y(index),
        shortName(candidate.strategy, isNarrow ? 12 : 20),
        palette(strong ? 'text' : 'text-2'),
        {
          weight: strong ? 600 : 400,
        },
      ),
      ...(margin && !isOutside
        ? [
            lineBetween([x(margin.low), y(index)], [x(margin.high), y(index)], colour, { width: 2, z: 4 }),
            lineBetween([x(margin.low), y(index) - 4], [x(margin.low), y(index) + 4], colour, {
              width: 1.5,
              z: 4,
            }),
            lineBetween([x(margin.high), y(index) - 4], [x(margin.high), y(index) + 4], colour, {
              width: 1.5,
              z: 4,
            }),
          ]
        : []),
      ...(isOutside ? [textAt(x(xRange.max), y(index), '▸', colour, { align: 'right' })] : []),
      textAt(size.width - right + 12, y(index), `${number}${bounds}`, palette(strong ? 'text' : 'text-2'), {
        weight: candidate.isChosen ? 600 : 400,
      }),
    ];
  });
  return {
    ...chartFrame(),
    grid: gridOf(area),
    xAxis: {
      ...placedAxis(xRange, places, (value) => value.toFixed(xRange.decimals).replace('-', '−'), palette),
      splitLine: { show: false },
    },
    yAxis: { type: 'value', min: 0, max: 1, show: false },
    series: [
      ...rows.map(
        (candidate, index): Series => ({
          type: 'scatter',
          silent: true,
          z: 5,
          symbol: symbolOf(candidate.isChosen ? 'diamond' : looks.get(candidate.strategy)!.marker),
          symbolSize: candidate.isChosen ? 11 : 7,
          itemStyle: {
            color: palette(candidate.isChosen ? 'accent' : looks.get(candidate.strategy)!.token),
          },
          data:
            differenceOf(candidate) > xRange.max
              ? []
              : [[differenceOf(candidate), 1 - (index + 0.5) / rows.length]],
        }),
      ),
    ],
    graphic: [
      ...graphic,
      lineBetween([x(0), area.top - 2], [x(0), area.top + area.height], palette('accent'), {
        width: 1.5,
        z: 3,
      }),
      textAt(isNarrow ? 8 : area.left, 9, titleOf(analysis.decision), palette('text-2')),
    ],
  };
}

function titleOf(decision: DecisionEvidence | null): string {
  if (decision?.rounds) return 'Behind the chosen one at the last step both were seen';
  const header = valueHeader(decision);
  return header.startsWith('k =') && (decision?.metric ?? 'loss') === 'loss'
    ? `Loss at ${header} minus that of the chosen one, nats`
    : `${header}: behind the chosen one`;
}
