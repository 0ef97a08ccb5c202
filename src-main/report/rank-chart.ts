/** Ranks of the candidates from growing to the end: ECharts option. */
import type { CandidateAnalysis, StudyAnalysis } from '../contract/analysis.ts';
import { type Area, pixelY } from './chart-layout.ts';
import {
  type ChartContext,
  type ChartOption,
  candidateLine,
  chartFrame,
  endLabels,
  gridOf,
  isEmphasised,
  lagMark,
  MAX_COLOURED,
  marginsOf,
  NARROW,
  placedAxis,
  textAt,
} from './chart-parts.ts';
import { formatCount } from './number-format.ts';

/** Ranks at k = 0, at the lag and, where full runs ended, at the end; ties share their mean rank. */
export function rankOption(analysis: StudyAnalysis, context: ChartContext): ChartOption | null {
  const { palette, looks, size } = context;
  const ranked = analysis.candidates.filter((candidate) => !candidate.isControl);
  const hasEnd = ranked.filter((candidate) => candidate.rankFinal !== null).length > 1;
  const lag = analysis.decision?.lag;
  const columns: { label: string; rank: (candidate: CandidateAnalysis) => number | null }[] = [
    { label: 'k = 0', rank: (candidate) => candidate.rankInitial },
    ...(lag === 0
      ? []
      : [
          {
            label:
              lag === undefined ? 'lag' : analysis.decision?.rounds ? 'last look' : `k = ${formatCount(lag)}`,
            rank: (candidate: CandidateAnalysis) => candidate.rankAtLag,
          },
        ]),
    ...(hasEnd ? [{ label: 'end', rank: (candidate: CandidateAnalysis) => candidate.rankFinal }] : []),
  ];
  const shown = ranked.filter(
    (candidate) => columns.filter(({ rank }) => rank(candidate) !== null).length > 1,
  );
  if (shown.length < 2) return null;
  const { nameLimit } = marginsOf(size.width);
  const rightMargin = size.width < NARROW ? 104 : 150;
  const area: Area = {
    left: 34,
    top: 24,
    width: size.width - 34 - rightMargin,
    height: size.height - 24 - 34,
  };
  const count = ranked.length;
  const range = { min: 0.5, max: Math.max(2, count) + 0.5 };
  const every = Math.max(1, Math.ceil(count / 6));
  const ticks = [
    ...new Set([1, ...Array.from({ length: Math.floor(count / every) }, (_, i) => (i + 1) * every)]),
  ];
  const isMuted = shown.length > MAX_COLOURED;
  const lastColumn = columns.length - 1;
  const ends = shown
    .filter(
      (candidate) => columns[lastColumn]!.rank(candidate) !== null && (!isMuted || isEmphasised(candidate)),
    )
    .map((candidate) => ({
      candidate,
      look: looks.get(candidate.strategy)!,
      y: pixelY(columns[lastColumn]!.rank(candidate)!, range, area, true),
    }));
  const lagX = area.left + area.width / Math.max(1, lastColumn);
  return {
    ...chartFrame(),
    grid: gridOf(area),
    xAxis: placedAxis(
      { min: 0, max: lastColumn },
      columns.map((_, index) => index),
      (index) => columns[index]!.label,
      palette,
      { showLine: false },
    ),
    yAxis: {
      ...placedAxis(range, ticks, String, palette, { showLine: false }),
      inverse: true,
    },
    series: shown.map((candidate) =>
      candidateLine(
        candidate,
        looks.get(candidate.strategy)!,
        palette,
        columns.map(({ rank }, index) => [index, rank(candidate)] as const),
        { isMuted, smooth: true, showMarkers: true },
      ),
    ),
    graphic: [
      textAt(0, 8, 'Rank, 1 = lowest loss', palette('text-2')),
      ...endLabels(ends, area, palette, nameLimit),
      ...(lag !== undefined && lag > 0 ? lagMark(lagX, area, '', palette, 0) : []),
    ],
  };
}
