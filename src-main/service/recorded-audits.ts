/** Audits of the history as recorded curves, which replay and evidence read. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EspalierError } from '../contract/errors.ts';
import type { RecordedAudit } from '../contract/recorded-audit.ts';
import type { StudyRecord, StudyState } from '../contract/records.ts';
import type { StudySpec } from '../contract/study.ts';
import { readRecordedAudits } from '../data/recorded-audit-file.ts';
import { OPERATORS } from '../growth/registry.ts';
import type { History } from '../history/history.ts';
import { HISTORY_FILE, openHistory } from '../history/open-history.ts';
import { metricsIn, recordedCurve } from '../lag/recorded-curves.ts';
import type { StoredFacts } from '../lag/study-facts.ts';
import { trainingFlopsPerStep } from '../model/flops.ts';
import type { Home } from './home.ts';

/**
 * The audit with this id, or the only one whose id begins so: of a study, or imported.
 * @throws EspalierError `bad-input` for an unknown or ambiguous id and for a study that is no audit, `refused` for
 *   an audit that is not finished
 */
export function findRecordedAudit(home: Home, idOrPrefix: string): RecordedAudit {
  return readHistory(home, (history) => {
    const imported = history.listImportedAudits().filter(({ id }) => id.startsWith(idOrPrefix));
    const exact = imported.find(({ id }) => id === idOrPrefix);
    if (exact) return exact.audit;
    const studies = history.listStudies().filter(({ id }) => id.startsWith(idOrPrefix));
    // Without imported ones the history knows best what to say, of an empty id too.
    if (imported.length === 0 || idOrPrefix === '' || studies.some(({ id }) => id === idOrPrefix))
      return recordedAudit(history, idOrPrefix);
    const matches = [...studies, ...imported];
    if (matches.length === 1) return imported[0]!.audit;
    const shown = matches.slice(0, SHOWN_MATCHES).map(({ id }) => id);
    throw new EspalierError(
      'bad-input',
      `${matches.length} audits and studies begin with "${idOrPrefix}": ${shown.join(', ')}${matches.length > SHOWN_MATCHES ? ', …' : ''}.`,
      { hint: 'Write more of the id.' },
    );
  });
}

const SHOWN_MATCHES = 8;

/**
 * The audit with this id, or the only one whose id begins so, in a file of recorded audits.
 * @throws EspalierError `bad-input` for a file that cannot be opened, is damaged or holds something else, and for an
 *   unknown or ambiguous id
 */
export async function findAuditInFile(path: string, idOrPrefix: string): Promise<RecordedAudit> {
  const audits = await readRecordedAudits(path);
  const exact = audits.find(({ id }) => id === idOrPrefix);
  const matches = audits.filter(({ id }) => id.startsWith(idOrPrefix));
  if (exact) return exact;
  if (matches.length === 1) return matches[0]!;
  const shown = (matches.length > 0 ? matches : audits).slice(0, SHOWN_MATCHES).map(({ id }) => id);
  const more = (matches.length > 0 ? matches : audits).length > SHOWN_MATCHES ? ', …' : '';
  throw new EspalierError(
    'bad-input',
    matches.length > 0
      ? `${matches.length} audits of ${path} begin with "${idOrPrefix}": ${shown.join(', ')}${more}.`
      : `${path} has no audit "${idOrPrefix}"; it has ${shown.join(', ')}${more}.`,
  );
}

/** One line of a listing. */
export interface AuditListing {
  readonly id: string;
  readonly name: string;
  readonly origin: 'study' | 'imported';
  /** Of a study; `finished` for imported ones. */
  readonly state: StudyState;
  readonly seed: number;
  /** Name of the file, for imported ones. */
  readonly fileName: string | null;
  /** When it was begun or imported: ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Audits of the history, own and imported, newest first; none where there is no history. */
export function listAudits(home: Home): AuditListing[] {
  if (!existsSync(join(home.folder, HISTORY_FILE))) return [];
  return readHistory(home, (history) => {
    const own = history
      .listStudies()
      .filter(({ mode }) => mode === 'audit')
      .map(
        ({ id, name, state, seed, createdAt }): AuditListing => ({
          id,
          name,
          origin: 'study',
          state,
          seed,
          fileName: null,
          createdAt,
        }),
      );
    const imported = history.listImportedAudits().map(
      ({ id, name, fileName, importedAt, audit }): AuditListing => ({
        id,
        name,
        origin: 'imported',
        state: 'finished',
        seed: audit.seed,
        fileName,
        createdAt: importedAt,
      }),
    );
    return [...own, ...imported].toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  });
}

/** The curves of all finished audits, own and imported; none where there is no history. */
export function finishedAudits(home: Home): RecordedAudit[] {
  if (!existsSync(join(home.folder, HISTORY_FILE))) return [];
  return readHistory(home, (history) => [
    ...history
      .listStudies()
      .filter(({ mode, state }) => mode === 'audit' && state === 'finished')
      .map(({ id }) => recordedAudit(history, id)),
    ...history.listImportedAudits().map(({ audit }) => audit),
  ]);
}

function readHistory<Result>(home: Home, action: (history: History) => Result): Result {
  if (!existsSync(join(home.folder, HISTORY_FILE)))
    throw new EspalierError('bad-input', `there is no history in ${home.folder} yet`, {
      hint: 'Run an audit or import one first, or name its folder with --home.',
    });
  const history = openHistory(home.folder, { mode: 'read' });
  try {
    return action(history);
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
