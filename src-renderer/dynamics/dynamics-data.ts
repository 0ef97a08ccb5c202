/** What the page knows of a growing point: the overview, and the curve of every run, with news added as they come. */
import type { RunState } from '../../src-main/contract/records.ts';
import type {
  DynamicsCandidate,
  DynamicsCurves,
  DynamicsNews,
  DynamicsOverview,
  DynamicsRun,
  LostKind,
  ScheduleKind,
  SeedBand,
} from '../../src-main/contract/window/dynamics.ts';
import { isOpenRun, rankableSteps } from '../../src-main/contract/window/rankable-steps.ts';

/** One run's points, ascending by step. */
export interface RunCurve {
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
  readonly seconds: readonly number[];
  readonly lost: readonly { readonly step: number; readonly kind: LostKind }[];
  /** Points there are; more than are here when it was thinned. */
  readonly total: number;
}

export interface DynamicsData {
  readonly overview: DynamicsOverview;
  /** By run id. */
  readonly curves: ReadonlyMap<string, RunCurve>;
  /** Spread over repeats, as it was when the curves were read. */
  readonly bands: readonly SeedBand[];
  readonly rankable: Readonly<Record<ScheduleKind, readonly number[]>>;
  readonly isThinned: boolean;
  /** Only some points are here; all are being read. */
  readonly isSample: boolean;
}

const NO_CURVE: RunCurve = { steps: [], values: [], seconds: [], lost: [], total: 0 };

export function dataOf(overview: DynamicsOverview, answer: DynamicsCurves): DynamicsData {
  return withReached({
    overview,
    curves: new Map(answer.curves.map(({ runId, ...curve }) => [runId, curve])),
    bands: answer.bands,
    rankable: answer.rankable,
    isThinned: answer.isSample || answer.points < answer.total,
    isSample: answer.isSample,
  });
}

/** A run's record says how far it came when it stops; while it goes on, its last evaluation does. */
function withReached(data: DynamicsData): DynamicsData {
  const { flopsPerStep } = data.overview;
  const runs = data.overview.runs.map((run) => {
    const curve = data.curves.get(run.id);
    const step = curve?.steps.at(-1) ?? 0;
    if (!curve || run.state !== 'running' || step <= run.stepsDone) return run;
    const flops =
      run.strategy === null || flopsPerStep === null ? run.flops : Math.max(run.flops, step * flopsPerStep);
    return { ...run, stepsDone: step, seconds: Math.max(run.seconds, curve.seconds.at(-1) ?? 0), flops };
  });
  return runs.every((run, index) => run === data.overview.runs[index])
    ? data
    : { ...data, overview: { ...data.overview, runs } };
}

/**
 * The data with news added. Points that are there already are left out, so that the same news twice changes nothing.
 */
export function withNews(data: DynamicsData, news: DynamicsNews): DynamicsData {
  const known = new Map(data.overview.runs.map((run) => [run.id, run]));
  for (const run of news.runs) known.set(run.id, run);
  const overview = { ...data.overview, state: news.state, runs: [...known.values()] };
  if (news.points.length === 0)
    return news.runs.length === 0 && news.state === data.overview.state
      ? data
      : rerank(withReached({ ...data, overview }));
  const curves = new Map(data.curves);
  for (const [runId, points] of Map.groupBy(news.points, (point) => point.runId)) {
    const before = curves.get(runId) ?? NO_CURVE;
    const last = before.steps.at(-1) ?? -1;
    const added = points.filter(({ step }) => step > last);
    curves.set(runId, {
      steps: [...before.steps, ...added.map(({ step }) => step)],
      values: [...before.values, ...added.map(({ loss }) => loss)],
      seconds: [...before.seconds, ...added.map(({ seconds }) => seconds)],
      lost: [
        ...before.lost,
        ...added.flatMap(({ step, lost: kind }) => (kind === null ? [] : [{ step, kind }])),
      ],
      total: before.total + added.length,
    });
  }
  return rerank(withReached({ ...data, overview, curves }));
}

function rankable(data: DynamicsData, schedule: ScheduleKind): number[] {
  return rankableSteps(
    competing(data).map(({ strategy }) => ({
      steps: curveOf(data, strategy, schedule).steps,
      isOpen: isOpenRun(runOf(data, strategy, schedule), schedule, data.overview),
    })),
  );
}

/** The data with another overview of the same growing point. */
export function withOverview(data: DynamicsData, overview: DynamicsOverview): DynamicsData {
  return rerank(withReached({ ...data, overview }));
}

/** The points of a range that were read again, finer. */
export interface FinerRange {
  readonly from: number;
  readonly to: number;
  readonly curves: DynamicsCurves['curves'];
}

/** Thinned curves with all that is known of one range in place of what was there; nothing else changes. */
export function withFiner(data: DynamicsData, { from, to, curves: finer }: FinerRange): DynamicsData {
  const curves = new Map(data.curves);
  for (const { runId, steps, values, seconds } of finer) {
    const thin = curves.get(runId);
    if (!thin || steps.length === 0) continue;
    const [low, high] = [Math.max(from, steps[0]!), Math.min(to, steps.at(-1)!)];
    const before = thin.steps.findIndex((step) => step >= low);
    const start = before < 0 ? thin.steps.length : before;
    const end = indexAtOrBefore(thin.steps, high) + 1;
    const joined = <Value>(outer: readonly Value[], inner: readonly Value[]): Value[] => [
      ...outer.slice(0, start),
      ...inner,
      ...outer.slice(Math.max(start, end)),
    ];
    curves.set(runId, {
      ...thin,
      steps: joined(thin.steps, steps),
      values: joined(thin.values, values),
      seconds: joined(thin.seconds, seconds),
    });
  }
  return { ...data, curves };
}

/** Thinned curves do not hold every step: what the service said stays. */
function rerank(data: DynamicsData): DynamicsData {
  if (data.isThinned) return data;
  return { ...data, rankable: { final: rankable(data, 'final'), cooldown: rankable(data, 'cooldown') } };
}

export function runOf(
  { overview }: Pick<DynamicsData, 'overview'>,
  strategy: string | null,
  schedule: ScheduleKind,
): DynamicsRun | null {
  return overview.runs.find((run) => run.strategy === strategy && run.schedule === schedule) ?? null;
}

export function curveOf(data: DynamicsData, strategy: string | null, schedule: ScheduleKind): RunCurve {
  const run = runOf(data, strategy, schedule);
  return (run && data.curves.get(run.id)) ?? NO_CURVE;
}

/** Measured value at a step; null where there is none. */
export function valueAt({ steps, values }: RunCurve, step: number): number | null {
  const index = indexAtOrBefore(steps, step);
  return steps[index] === step ? (values[index] ?? null) : null;
}

/** Index of the last step at or before one; -1 where there is none. */
export function indexAtOrBefore(steps: readonly number[], step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Schedules on which any candidate has a point. */
export function measuredSchedules(data: DynamicsData): ScheduleKind[] {
  return (['cooldown', 'final'] as const).filter((schedule) =>
    data.overview.candidates.some(({ strategy }) => curveOf(data, strategy, schedule).steps.length > 0),
  );
}

/**
 * The schedule shown first: what decides while that is being trained, the final runs of a finished audit, whose
 * curves go on to the end.
 */
export function firstSchedule(data: DynamicsData): ScheduleKind {
  const { mode, state, rule } = data.overview;
  const measured = measuredSchedules(data);
  if (mode === 'audit' && state === 'finished' && measured.includes('final')) return 'final';
  const wanted = rule?.schedule ?? 'final';
  return measured.includes(wanted) || measured.length === 0 ? wanted : measured[0]!;
}

/** Whether a run ended without what was asked of it. */
export const isLost = (state: RunState | undefined): boolean => state === 'diverged' || state === 'failed';

/** Largest step measured on a schedule; 0 before any. */
export function lastStep(data: DynamicsData, schedule: ScheduleKind): number {
  return data.overview.candidates.reduce(
    (most, { strategy }) => Math.max(most, curveOf(data, strategy, schedule).steps.at(-1) ?? 0),
    0,
  );
}

export const competing = ({ overview }: Pick<DynamicsData, 'overview'>): DynamicsCandidate[] =>
  overview.candidates.filter(({ isControl }) => !isControl);
