/** Audits of the history as recorded curves, which replay and evidence read. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EspalierError } from '../contract/errors.ts';
import type { RecordedAudit } from '../contract/recorded-audit.ts';
import type { StudyRecord } from '../contract/records.ts';
import type { StudySpec } from '../contract/study.ts';
import { OPERATORS } from '../growth/registry.ts';
import type { History } from '../history/history.ts';
import { HISTORY_FILE, openHistory } from '../history/open-history.ts';
import { metricsIn, recordedCurve } from '../lag/recorded-curves.ts';
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
      recordedCurve(candidate, run, evaluations, {
        rule: spec.decision,
        horizon: spec.horizon,
        batchSize: spec.recipe.batchSize,
        flopsPerStep,
      }),
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

function operatorOf(strategyJson: string): string {
  const { operator } = JSON.parse(strategyJson) as { operator?: string };
  return operator !== undefined && operator in OPERATORS ? operator : 'unknown';
}
