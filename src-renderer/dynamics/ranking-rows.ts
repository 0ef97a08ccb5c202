/** Rows of the table beside the curves: ranked at the lag, or in pool order while not all have come so far. */
import type { Interval } from '../../src-main/contract/analysis.ts';
import type { RunState } from '../../src-main/contract/records.ts';
import type {
  DynamicsCandidate,
  DynamicsFindings,
  ScheduleKind,
  StepRanking,
} from '../../src-main/contract/window/dynamics.ts';
import { competing, curveOf, type DynamicsData, runOf, valueAt } from './dynamics-data.ts';

export interface RankingRow {
  readonly candidate: DynamicsCandidate;
  /** `=1` within noise of the best; null without a rank. */
  readonly place: string | null;
  readonly value: number | null;
  /** Value minus the best. */
  readonly behind: number | null;
  readonly difference: Interval | null;
  readonly isTied: boolean;
  readonly isLeader: boolean;
  /** The last of those within noise. */
  readonly endsTie: boolean;
  readonly initial: number | null;
  readonly initialRank: number | null;
  readonly final: number | null;
  readonly finalRank: number | null;
  readonly state: RunState;
  readonly reason: string | null;
  readonly stepsDone: number;
  /** Step at which the loss was no number any more; null while it is one. */
  readonly lostAt: number | null;
}

export interface RowTerms {
  readonly schedule: ScheduleKind;
  readonly lag: number;
  /** Null where it is not known yet, or not all candidates have come so far. */
  readonly ranking: StepRanking | null;
  /** At step 0. */
  readonly start: StepRanking | null;
  readonly findings: DynamicsFindings | null;
}

/** Ranked: best first, those without a value last, controls behind them. Otherwise pool order. */
export function rankingRows(data: DynamicsData, terms: RowTerms): RankingRow[] {
  const { schedule, lag, ranking, start, findings } = terms;
  const ranks = new Map(ranking?.ranks.map((rank) => [rank.strategy, rank]));
  const starts = new Map(start?.ranks.map(({ strategy, rank }) => [strategy, rank]));
  const finals = new Map(findings?.finals.map((final) => [final.strategy, final]));
  const order = new Map(ranking?.ranks.map(({ strategy }, index) => [strategy, index]));
  const best = ranking?.ranks[0]?.value ?? null;
  const tied = ranking?.ranks.filter(({ isTied }) => isTied) ?? [];
  const isTie = tied.length > 1;
  const rows = data.overview.candidates.map((candidate): RankingRow => {
    const { strategy } = candidate;
    const curve = curveOf(data, strategy, schedule);
    const run = runOf(data, strategy, schedule);
    const rank = ranks.get(strategy);
    const value = rank ? rank.value : valueAt(curve, lag);
    const final = finals.get(strategy);
    return {
      candidate,
      place: rank?.place == null ? null : rank.isTied && isTie ? '=1' : String(rank.place),
      value,
      behind: value === null || best === null ? null : value - best,
      difference: rank?.difference ?? null,
      isTied: isTie && (rank?.isTied ?? false),
      isLeader: ranking?.ranks[0]?.strategy === strategy,
      endsTie: isTie && tied.at(-1)?.strategy === strategy,
      initial: valueAt(curve, 0),
      initialRank: starts.get(strategy) ?? null,
      final: final?.loss ?? null,
      finalRank: final?.rank ?? null,
      state: run?.state ?? 'waiting',
      reason: run?.reason ?? null,
      stepsDone: run?.stepsDone ?? 0,
      lostAt: curve.lost[0]?.step ?? (run?.state === 'diverged' ? run.stepsDone : null),
    };
  });
  if (!ranking) return rows;
  const last = data.overview.candidates.length;
  return rows.toSorted(
    (a, b) => (order.get(a.candidate.strategy) ?? last) - (order.get(b.candidate.strategy) ?? last),
  );
}

/** Places by value alone, while the comparison is being read: no ties are claimed. */
export function provisionalRanking(
  data: DynamicsData,
  schedule: ScheduleKind,
  step: number,
): StepRanking | null {
  const measured = competing(data).map(({ strategy }) => ({
    strategy,
    value: valueAt(curveOf(data, strategy, schedule), step),
  }));
  if (measured.every(({ value }) => value === null)) return null;
  const present = measured
    .filter(({ value }) => value !== null)
    .sort((a, b) => a.value! - b.value!)
    .map(({ strategy, value }, index) => ({
      strategy,
      value,
      place: index + 1,
      rank: index + 1,
      difference: null,
      isTied: index === 0,
    }));
  const lost = measured
    .filter(({ value }) => value === null)
    .map((one) => ({ ...one, place: null, rank: null, difference: null, isTied: false }));
  return { step, ranks: [...present, ...lost], tieWidth: null };
}

/**
 * What counts as noise at a step: the width from paired repeats, else the median half-width of the paired intervals
 * to the best. Null where neither is known.
 */
export function noiseWidth(
  ranking: StepRanking | null,
): { readonly width: number; readonly from: 'repeats' | 'intervals' } | null {
  if (!ranking) return null;
  if (ranking.tieWidth !== null) return { width: ranking.tieWidth, from: 'repeats' };
  const halves = ranking.ranks
    .flatMap(({ difference }) => (difference ? [(difference.high - difference.low) / 2] : []))
    .sort((a, b) => a - b);
  const width = halves[Math.floor(halves.length / 2)];
  return width === undefined ? null : { width, from: 'intervals' };
}
