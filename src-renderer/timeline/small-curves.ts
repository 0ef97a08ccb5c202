/** The candidates of one growing point as small lines: how far each is behind the best at the same step. Pure. */
import type { TimelineCandidate } from '../../src-main/contract/window/timeline.ts';
import { spreadLabels, stepPlace } from '../../src-main/report/chart-layout.ts';

export interface SmallCurveSize {
  readonly width: number;
  readonly height: number;
  /** Space at the right for the names. */
  readonly labels: number;
}

export interface SmallCurve {
  readonly candidate: TimelineCandidate;
  /** SVG path; what is far behind leaves through the bottom. */
  readonly path: string;
  /** Last shown point; null where nothing was measured. */
  readonly end: { readonly x: number; readonly y: number } | null;
  /** Height of the name beside it; null for those that have none. */
  readonly labelY: number | null;
  /** Behind the best at the last common step. */
  readonly behind: number | null;
}

export interface SmallCurves {
  readonly curves: readonly SmallCurve[];
  readonly firstStep: number;
  readonly lastStep: number;
  /** Nats per token at the bottom edge. */
  readonly farthest: number;
}

/** Candidates that get their name beside the line, where it is high enough. */
const MOST_LABELS = 4;
const LABEL_PITCH = 13;
const TOP = 8;

/** Null before two candidates were measured at one step. */
export function smallCurves(
  candidates: readonly TimelineCandidate[],
  size: SmallCurveSize,
): SmallCurves | null {
  const best = bestByStep(candidates);
  const steps = [...best.keys()].sort((a, b) => a - b);
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return null;
  const gaps = candidates.map(({ curve }) =>
    curve.flatMap(({ step, loss }) => {
      const least = best.get(step);
      return least === undefined || loss === null ? [] : [{ step, gap: loss - least }];
    }),
  );
  const farthest = farthestOf(gaps.flatMap((points) => points.map(({ gap }) => gap)));
  const span = Math.max(stepPlace(last) - stepPlace(first), 1e-9);
  const right = size.width - size.labels;
  const x = (step: number): number => round(((stepPlace(step) - stepPlace(first)) / span) * right);
  const y = (gap: number): number => round(TOP + Math.min(1.06, gap / farthest) * (size.height - 2 * TOP));
  const fitting = Math.floor((size.height - TOP - 4) / LABEL_PITCH) + 1;
  const named = namedOf(candidates, gaps).slice(0, Math.max(1, fitting));
  const ends = named.map((index) => y(gaps[index]!.at(-1)?.gap ?? 0));
  const labels = spreadLabels(ends, LABEL_PITCH, TOP, size.height - 4);
  return {
    firstStep: first,
    lastStep: last,
    farthest,
    curves: candidates.map((candidate, index): SmallCurve => {
      const points = gaps[index]!;
      const end = points.at(-1);
      const label = named.indexOf(index);
      return {
        candidate,
        path: points.map(({ step, gap }, at) => `${at === 0 ? 'M' : 'L'}${x(step)} ${y(gap)}`).join(''),
        end: end ? { x: x(end.step), y: y(end.gap) } : null,
        labelY: label < 0 ? null : labels[label]!,
        behind: end?.step === last ? end.gap : null,
      };
    }),
  };
}

/** Lowest loss at every step at which at least two candidates were measured. */
function bestByStep(candidates: readonly TimelineCandidate[]): Map<number, number> {
  const all = candidates.flatMap(({ curve, isControl }) =>
    isControl ? [] : curve.flatMap(({ step, loss }) => (loss === null ? [] : [{ step, loss }])),
  );
  return new Map(
    [...Map.groupBy(all, ({ step }) => step)]
      .filter(([, points]) => points.length > 1)
      .map(([step, points]) => [step, Math.min(...points.map(({ loss }) => loss))]),
  );
}

/** Three quarters of all distances fit, twice over; one outlier does not flatten the rest. */
function farthestOf(gaps: readonly number[]): number {
  const sorted = gaps.toSorted((a, b) => a - b);
  const most = sorted.at(-1) ?? 0;
  return Math.max(1e-6, Math.min(most, 2 * (sorted[Math.floor(sorted.length * 0.75)] ?? most)));
}

/** The chosen first, then those with the least behind it. */
function namedOf(
  candidates: readonly TimelineCandidate[],
  gaps: readonly (readonly { gap: number }[])[],
): number[] {
  return candidates
    .map((_, index) => index)
    .filter((index) => gaps[index]!.length > 0)
    .sort(
      (a, b) =>
        Number(candidates[b]!.isChosen) - Number(candidates[a]!.isChosen) ||
        gaps[a]!.at(-1)!.gap - gaps[b]!.at(-1)!.gap,
    )
    .slice(0, MOST_LABELS);
}

const round = (value: number): number => Math.round(value * 10) / 10;
