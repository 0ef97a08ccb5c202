/** Audits of the history as recorded curves, which replay and evidence read. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isHigherBetter } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import {
  LOSS_METRIC,
  type MetricInfo,
  type RecordedAudit,
  type RecordedCurve,
  type RecordedPoint,
} from '../contract/recorded-audit.ts';
import type { CandidateRecord, EvaluationRecord, RunRecord, StudyRecord } from '../contract/records.ts';
import type { StudySpec } from '../contract/study.ts';
import { OPERATORS } from '../growth/registry.ts';
import type { History } from '../history/history.ts';
import { HISTORY_FILE, openHistory } from '../history/open-history.ts';
import { metricsOf } from '../lag/decision-rules.ts';
import type { StoredFacts } from '../lag/study-facts.ts';
import { trainingFlopsPerStep } from '../model/flops.ts';
import type { Home } from './home.ts';

/**
 * The recorded audit with this id, or the only one whose id begins so.
 * @throws EspalierError `bad-input` for an unknown or ambiguous id and for a study that is no audit, `refused` for
 *   an audit that is not finished
 */
export function findRecordedAudit(home: Home, idOrPrefix: string): RecordedAudit {
  if (!existsSync(join(home.folder, HISTORY_FILE)))
    throw new EspalierError('bad-input', `there is no history in ${home.folder} yet`, {
      hint: 'Run an audit first, or name its folder with --home.',
    });
  const history = openHistory(home.folder, { mode: 'read' });
  try {
    return recordedAudit(history, idOrPrefix);
  } finally {
    history.close();
  }
}

/** The curves of one audited study; errors as findRecordedAudit. */
export function recordedAudit(history: History, idOrPrefix: string): RecordedAudit {
  const study = history.getStudy(idOrPrefix);
  requireAudit(study);
  const spec = JSON.parse(study.specJson) as StudySpec;
  const facts = JSON.parse(study.factsJson) as StoredFacts;
  const candidates = history
    .listCandidates(study.id)
    .toSorted((a, b) => a.position - b.position || a.repeat - b.repeat);
  const runs = history.listRuns(study.id);
  const architecture = runs.find(({ kind }) => kind === 'full')?.architecture;
  const flopsPerStep = architecture ? trainingFlopsPerStep(architecture, spec.recipe.batchSize) : null;
  const recorded = candidates.flatMap((candidate) =>
    runs
      .filter((run) => run.candidateId === candidate.id)
      .map((run) => ({ candidate, run, evaluations: history.listEvaluations(run.id) })),
  );
  return {
    id: study.id,
    name: study.name,
    seed: study.seed,
    horizon: spec.horizon,
    metrics: metricsIn(recorded.flatMap(({ evaluations }) => evaluations)),
    flopsPerStep,
    facts: {
      sourceLayers: spec.source.layers,
      targetLayers: spec.target.layers,
      width: spec.model.width,
      activation: spec.model.activation,
      corpus: facts.data.corpus,
      pool: facts.pool.name,
      families: Object.fromEntries(
        candidates.map(({ strategy, strategyJson }) => [strategy, operatorOf(strategyJson)]),
      ),
    },
    curves: recorded.map(({ candidate, run, evaluations }) =>
      curveOf(candidate, run, evaluations, spec, flopsPerStep),
    ),
  };
}

function requireAudit(study: StudyRecord): void {
  if (study.mode !== 'audit')
    throw new EspalierError(
      'bad-input',
      `the study ${study.id} has mode ${study.mode}; only an audit, which trains every candidate to the end, can be replayed`,
      { hint: 'Run its study file with `--mode audit`, then replay that study.' },
    );
  if (study.state !== 'finished')
    throw new EspalierError('refused', `the audit ${study.id} is ${study.state}; it must be finished`, {
      hint: `\`espalier study resume ${study.id}\` trains the rest.`,
    });
}

function curveOf(
  candidate: CandidateRecord,
  run: RunRecord,
  evaluations: readonly EvaluationRecord[],
  spec: StudySpec,
  flopsPerStep: number | null,
): RecordedCurve {
  // Probes of other lengths than the decision's name it; those of rules on the final schedule are paired repeats.
  const isCooldown =
    run.kind === 'probe' && (spec.decision.rule === 'cooldown' || /\/probe-\d+$/.test(run.id));
  const isDiverged = run.state === 'diverged';
  const tokensPerStep = spec.recipe.batchSize * run.architecture.context;
  return {
    strategy: candidate.strategy,
    isControl: candidate.isControl,
    exactness: candidate.exactness,
    schedule: isCooldown ? 'cooldown' : 'final',
    scheduleSteps: isCooldown ? run.stepsPlanned : spec.horizon,
    repeat: candidate.repeat,
    isDiverged,
    points: evaluations
      // The evaluation that ended the run may hold a finite loss above the limit; it is no reading.
      .filter(({ step }) => !isDiverged || step < run.stepsDone)
      .map((evaluation) => pointOf(evaluation, tokensPerStep, flopsPerStep)),
  };
}

function pointOf(
  evaluation: EvaluationRecord,
  tokensPerStep: number,
  flopsPerStep: number | null,
): RecordedPoint {
  const { step, loss, batchLosses, trainingLoss, gradientNorm, weightDistance } = evaluation;
  const metrics = { [LOSS_METRIC]: loss, ...metricsOf(evaluation) };
  return {
    step,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, finiteOrNull(value)])),
    batchLosses,
    trainingLoss: finiteOrNull(trainingLoss),
    gradientNorm: finiteOrNull(gradientNorm),
    weightDistance: finiteOrNull(weightDistance),
    tokens: step * tokensPerStep,
    flops: flopsPerStep === null ? null : step * flopsPerStep,
  };
}

function metricsIn(evaluations: readonly EvaluationRecord[]): MetricInfo[] {
  const names = new Set([LOSS_METRIC, ...evaluations.flatMap((one) => Object.keys(metricsOf(one)))]);
  return [...names].map((name) => ({ name, lowerIsBetter: !isHigherBetter(name) }));
}

function operatorOf(strategyJson: string): string {
  const { operator } = JSON.parse(strategyJson) as { operator?: string };
  return operator !== undefined && operator in OPERATORS ? operator : 'unknown';
}

const finiteOrNull = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null;
