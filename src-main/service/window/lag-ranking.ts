/**
 * The pool ranked at any measured step by the comparison that decides studies (lag/selection.ts), so that the
 * moving lag cursor and the decision cannot disagree about ties. Needs the losses of the validation batches, which
 * curves do not hold: that is why it is done here and not in the page.
 */
import type { Interval } from '../../contract/analysis.ts';
import type { DecisionRule } from '../../contract/decision.ts';
import {
  allLost,
  compareReadings,
  pairedNoiseFloor,
  rankedPool,
  readCandidate,
  type SelectionCandidate,
  tieWidth,
} from '../../lag/selection.ts';

export interface LagRank {
  readonly strategy: string;
  /** Place by value from 1 on; 1 too for all within noise of the best. Null for a candidate that was lost. */
  readonly place: number | null;
  /** Loss (or oriented metric, less being better) at the step. */
  readonly value: number | null;
  /** Value minus that of the best, with its interval; null for the best and where noise cannot be measured. */
  readonly difference: Interval | null;
  readonly isTied: boolean;
}

export interface LagRanking {
  readonly step: number;
  /** Best first; lost candidates last, in pool order. Controls are left out. */
  readonly ranks: readonly LagRank[];
  /** Largest distance to the best that paired repeats show as noise; null without repeats at this step. */
  readonly tieWidth: number | null;
}

/** How differences are judged: as the study's own rule judges them. */
export interface RankingTerms {
  readonly seed: number;
  readonly confidence: number;
  readonly resamples: number;
  /** Metric compared; the loss when left out. */
  readonly metric?: string;
}

/**
 * Ranks the candidates by their value at one step. Their `repeatValues` must be those at that step.
 * @throws EspalierError `bad-input` for an empty pool or repeated names, `refused` while a candidate that still
 *   runs has no evaluation at the step, `failed` when every candidate was lost before it.
 */
export function rankAtStep(
  candidates: readonly SelectionCandidate[],
  step: number,
  { seed, confidence, resamples, metric }: RankingTerms,
): LagRanking {
  const certainty = { confidence, resamples, ...(metric === undefined ? {} : { metric }) };
  const rule: DecisionRule =
    step === 0 ? { rule: 'initialLoss', ...certainty } : { rule: 'lossAtLag', lag: step, ...certainty };
  const pool = rankedPool(candidates).map((candidate) => asOf(candidate, step));
  const read = pool
    .flatMap((candidate) => {
      const reading = readCandidate(candidate, rule);
      return reading === null ? [] : [{ candidate, reading }];
    })
    .sort((a, b) => a.reading.value - b.reading.value || a.candidate.position - b.candidate.position);
  const best = read[0];
  if (best === undefined) throw allLost(pool.length, step);
  const noiseFloor = pairedNoiseFloor(
    read.map(({ candidate, reading }) => [reading.value, ...(candidate.repeatValues ?? [])]),
  );
  const ranks = read.map(({ candidate, reading }, index): LagRank => {
    const { difference, isTied } =
      index === 0
        ? { difference: null, isTied: true }
        : compareReadings(reading, best.reading, rule, seed, noiseFloor);
    const place = isTied ? 1 : index + 1;
    return { strategy: candidate.strategy, place, value: reading.value, difference, isTied };
  });
  const reached = new Set(ranks.map(({ strategy }) => strategy));
  const lost = pool
    .filter(({ strategy }) => !reached.has(strategy))
    .map(({ strategy }): LagRank => {
      return { strategy, place: null, value: null, difference: null, isTied: false };
    });
  return {
    step,
    ranks: [...ranks, ...lost],
    tieWidth: noiseFloor === null ? null : tieWidth(noiseFloor, confidence),
  };
}

/** The candidate as it stood at a step: one that was lost later still counts where it was measured. */
function asOf(candidate: SelectionCandidate, step: number): SelectionCandidate {
  const isMeasured = candidate.evaluations.some(
    (evaluation) => evaluation.step === step && Number.isFinite(evaluation.loss),
  );
  return isMeasured ? { ...candidate, state: 'finished' } : candidate;
}
