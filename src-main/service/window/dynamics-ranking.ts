/** Rankings of a growing point at any step that all candidates have reached, by the comparison that decides. */
import { EspalierError } from '../../contract/errors.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import type { EvaluationRecord } from '../../contract/records.ts';
import type { ScheduleKind, StepRanking } from '../../contract/window/dynamics.ts';
import { isOpenRun } from '../../contract/window/rankable-steps.ts';
import type { History } from '../../history/history.ts';
import { ranksOfPresent } from '../../lag/rank-statistics.ts';
import type { SelectionCandidate } from '../../lag/selection.ts';
import { type DynamicsSite, overviewOf, type SiteRun } from './dynamics-site.ts';
import { type LagRanking, type RankingTerms, rankAtStep } from './lag-ranking.ts';

/** Evaluation of a run at a step; null where there is none. */
type ReadEvaluation = (run: SiteRun) => EvaluationRecord | null;

/** Null where a candidate that still runs has not come so far, or none is left. */
export function rankingAt(
  site: DynamicsSite,
  step: number,
  schedule: ScheduleKind,
  metric: string,
  history: History,
): StepRanking | null {
  const { study, spec } = site;
  const { confidence, resamples } = spec.decision;
  const read: ReadEvaluation = (run) => {
    // The evaluation that ended a run may hold a finite loss above the limit; it is no reading.
    if (run.state === 'diverged' && step >= run.stepsDone) return null;
    return history.findEvaluation(run.id, step);
  };
  const runs = site.runs.filter((run) => run.schedule === schedule && run.strategy !== null);
  const overview = overviewOf(site);
  const pool = site.candidates.map(({ strategy, position, isControl }): SelectionCandidate => {
    const own = runs.filter((run) => run.strategy === strategy);
    const run = own.find(({ repeat }) => repeat === 0);
    const evaluation = run ? read(run) : null;
    const isStopped = evaluation === null && !isOpenRun(run ?? null, schedule, overview);
    return {
      strategy,
      position,
      isControl,
      state: isStopped ? 'cancelled' : (run?.state ?? 'waiting'),
      evaluations: evaluation === null ? [] : [evaluation],
      repeatValues: own
        .filter(({ repeat }) => repeat > 0)
        .sort((a, b) => a.repeat - b.repeat)
        .map((one) => metricValue(read(one), metric)),
    };
  });
  return ranked(pool, step, {
    seed: study.seed,
    confidence,
    resamples,
    ...(metric === 'loss' ? {} : { metric }),
  });
}

/** The same of imported curves. */
export function importedRankingAt(
  audit: RecordedAudit,
  step: number,
  schedule: ScheduleKind,
): StepRanking | null {
  const curves = audit.curves.filter((curve) => curve.schedule === schedule);
  const names = [...new Set(curves.map(({ strategy }) => strategy))];
  const pool = names.map((strategy, position): SelectionCandidate => {
    const [curve] = curves.filter((one) => one.strategy === strategy && one.repeat === 0);
    const point = curve?.points.find((one) => one.step === step);
    const loss = point?.metrics.loss;
    return {
      strategy,
      position,
      isControl: curve?.isControl ?? false,
      state: typeof loss === 'number' ? 'finished' : 'cancelled',
      evaluations:
        typeof loss === 'number'
          ? [
              {
                runId: strategy,
                step,
                loss,
                batchLosses: point!.batchLosses ?? new Float32Array(0),
                trainingLoss: null,
                gradientNorm: null,
                learningRate: null,
                weightDistance: null,
                seconds: 0,
              },
            ]
          : [],
      repeatValues: curves
        .filter((one) => one.strategy === strategy && one.repeat > 0)
        .map((one) => one.points.find((at) => at.step === step)?.metrics.loss ?? null),
    };
  });
  return ranked(pool, step, { seed: audit.seed, confidence: 0.95, resamples: 2000 });
}

function ranked(pool: readonly SelectionCandidate[], step: number, terms: RankingTerms): StepRanking | null {
  let ranking: LagRanking;
  try {
    ranking = rankAtStep(pool, step, terms);
  } catch (error) {
    if (error instanceof EspalierError && error.code !== 'bad-input') return null;
    throw error;
  }
  const ranks = ranksOfPresent(ranking.ranks.map(({ value }) => value));
  return { ...ranking, ranks: ranking.ranks.map((one, index) => ({ ...one, rank: ranks[index]! })) };
}

function metricValue(evaluation: EvaluationRecord | null, metric: string): number | null {
  const value = metric === 'loss' ? evaluation?.loss : evaluation?.metrics?.[metric];
  return value !== undefined && Number.isFinite(value) ? value : null;
}
