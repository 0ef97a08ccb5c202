/** Early dynamics of all candidates: ECharts option as a pure function of the analysis and a size in pixels. */
import type { CandidateAnalysis, CurvePoint, StudyAnalysis } from '../contract/analysis.ts';
import { type Area, niceRange, pixelY, stepPlace, stepTicks } from './chart-layout.ts';
import {
  type ChartContext,
  type ChartOption,
  candidateLine,
  chartFrame,
  endLabels,
  type Graphic,
  gridOf,
  isEmphasised,
  lagMark,
  MAX_COLOURED,
  marginsOf,
  placedAxis,
  type Series,
  textAt,
  valueAxis,
} from './chart-parts.ts';
import { formatCount } from './number-format.ts';

/** What the chart needs of an analysis; a growing point of a stacking study has it too. */
export type EarlyAnalysis = Pick<StudyAnalysis, 'candidates' | 'decision'>;

export type CurveKind = 'probe' | 'full';

/** Which curves show the early dynamics: the probes, or the full runs where no probe was trained. */
export function earlyCurveKind(analysis: StudyAnalysis): CurveKind {
  return analysis.candidates.some((candidate) => candidate.probeCurve.length > 0) ? 'probe' : 'full';
}

export const curveOf = (candidate: CandidateAnalysis, kind: CurveKind): readonly CurvePoint[] =>
  kind === 'probe' ? candidate.probeCurve : candidate.fullCurve;

/**
 * Lowest loss among the strategies (controls left out) at every step where all curves that still go on were
 * measured. A curve that stopped early, diverged or still under way, does not take later steps from the others.
 */
export function bestByStep(candidates: readonly CandidateAnalysis[], kind: CurveKind): Map<number, number> {
  const curves = candidates
    .filter((candidate) => !candidate.isControl)
    .map((candidate) => {
      const measured = curveOf(candidate, kind).flatMap(({ step, loss }): [number, number][] =>
        loss === null ? [] : [[step, loss]],
      );
      return { losses: new Map(measured), lastStep: Math.max(-1, ...measured.map(([step]) => step)) };
    });
  const best = new Map<number, number>();
  for (const step of new Set(curves.flatMap(({ losses }) => [...losses.keys()]))) {
    const going = curves.filter(({ lastStep }) => lastStep >= step);
    const losses = going.flatMap((curve) => curve.losses.get(step) ?? []);
    if (losses.length === going.length) best.set(step, Math.min(...losses));
  }
  return best;
}

/** Highest shown gap to the best: what is reached from half the last step on, so that the start may leave above. */
function gapLimit(gaps: readonly (readonly [number, number])[], lastStep: number): number {
  const late = gaps.filter(([step]) => step >= lastStep / 2).map(([, gap]) => gap);
  return Math.max(1e-3, ...late) * 1.25;
}

/**
 * Early dynamics: validation loss above, gap to the best at the same step below, the lag marked in both.
 * Null when no curve has a finite loss.
 */
export function dynamicsOption(
  analysis: EarlyAnalysis,
  context: ChartContext,
  kind: CurveKind,
): ChartOption | null {
  const { palette, looks, size } = context;
  const shown = analysis.candidates.filter((candidate) =>
    curveOf(candidate, kind).some((point) => point.loss !== null),
  );
  if (shown.length === 0) return null;
  const margins = marginsOf(size.width);
  const width = size.width - margins.left - margins.right;
  const upper: Area = { left: margins.left, top: 44, width, height: (size.height - 130) * 0.4 };
  const lowerTop = upper.top + upper.height + 38;
  const lower: Area = { left: margins.left, top: lowerTop, width, height: size.height - lowerTop - 42 };

  const points = shown.flatMap((candidate) => curveOf(candidate, kind));
  const lastStep = Math.max(1, ...points.map((point) => point.step));
  const best = bestByStep(shown, kind);
  const gapsOf = (candidate: CandidateAnalysis): [number, number | null][] =>
    curveOf(candidate, kind)
      .filter(({ step }) => best.has(step))
      .map(({ step, loss }) => [step, loss === null ? null : loss - best.get(step)!]);
  const rankedGaps = shown
    .filter((candidate) => !candidate.isControl)
    .flatMap(gapsOf)
    .filter((entry): entry is [number, number] => entry[1] !== null);
  const losses = points.map((point) => point.loss).filter((loss) => loss !== null);
  const lossRange = niceRange(Math.min(...losses), Math.max(...losses), 6);
  const gapRange = niceRange(0, gapLimit(rankedGaps, lastStep), 4);

  const lag = analysis.decision?.lag ?? null;
  const hasLag = lag !== null && lag > 0 && lag <= lastStep;
  const xRange = { min: 0, max: stepPlace(lastStep) };
  const ticks = stepTicks(lastStep, width, hasLag ? [lag] : []);
  const stepAt = new Map(ticks.map((step) => [stepPlace(step), step]));
  const xAxis = (gridIndex: number) =>
    placedAxis(xRange, [...stepAt.keys()], (place) => formatCount(stepAt.get(place)!), palette, {
      gridIndex,
      showLabels: gridIndex === 1,
    });
  const pixelX = (step: number): number => margins.left + (stepPlace(step) / xRange.max) * width;

  const isMuted = shown.length > MAX_COLOURED;
  const series: Series[] = shown.flatMap((candidate) => {
    const look = looks.get(candidate.strategy)!;
    const raw = curveOf(candidate, kind).map(({ step, loss }) => [stepPlace(step), loss] as const);
    const gaps = gapsOf(candidate).map(([step, gap]) => [stepPlace(step), gap] as const);
    return [
      candidateLine(candidate, look, palette, raw, { gridIndex: 0, isMuted }),
      candidateLine(candidate, look, palette, gaps, { gridIndex: 1, isMuted }),
    ];
  });
  const ends = shown
    .filter((candidate) => !isMuted || isEmphasised(candidate))
    .flatMap((candidate) => {
      const end = gapsOf(candidate).findLast(([, value]) => value !== null);
      if (end === undefined) return [];
      const [step, gap] = end;
      const y = pixelY(Math.min(gap!, gapRange.max), gapRange, lower);
      const note = step < lastStep ? `to ${formatCount(step)}` : gap! > gapRange.max ? '▴' : undefined;
      const look = looks.get(candidate.strategy)!;
      return [{ candidate, look, y, endX: pixelX(step), ...(note ? { note } : {}) }];
    });
  const graphic: Graphic[] = [
    textAt(0, 12, 'Validation loss, nats per token', palette('text-2')),
    textAt(0, lower.top - 16, 'Behind the best at the same step, nats', palette('text-2')),
    textAt(margins.left + width / 2, size.height - 8, 'Steps since growing', palette('text-2'), {
      align: 'center',
    }),
    ...endLabels(ends, lower, palette, margins.nameLimit),
    ...(hasLag
      ? [
          ...lagMark(pixelX(lag), upper, `lag k = ${formatCount(lag)}`, palette, upper.top - 12),
          ...lagMark(pixelX(lag), lower, '', palette, 0),
        ]
      : []),
  ];
  return {
    ...chartFrame(),
    grid: [gridOf(upper), gridOf(lower)],
    xAxis: [xAxis(0), xAxis(1)],
    yAxis: [valueAxis(lossRange, palette, { gridIndex: 0 }), valueAxis(gapRange, palette, { gridIndex: 1 })],
    series,
    graphic,
  };
}

/** Gaps at k = 0 that leave the lower panel at its top: how many of how many, and the largest. */
export function gapsAboveAtStart(
  analysis: EarlyAnalysis,
  kind: CurveKind,
): { count: number; of: number; largest: number } {
  const ranked = analysis.candidates.filter((candidate) => !candidate.isControl);
  const best = bestByStep(analysis.candidates, kind);
  const lastStep = Math.max(1, ...best.keys());
  const gaps = ranked.flatMap((candidate) =>
    curveOf(candidate, kind).flatMap(({ step, loss }): [number, number][] =>
      loss === null || !best.has(step) ? [] : [[step, loss - best.get(step)!]],
    ),
  );
  const limit = niceRange(0, gapLimit(gaps, lastStep), 4).max;
  const atStart = gaps.filter(([step]) => step === 0).map(([, gap]) => gap);
  const above = atStart.filter((gap) => gap > limit);
  return { count: above.length, of: atStart.length, largest: Math.max(0, ...above) };
}
