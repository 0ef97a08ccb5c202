/**
 * From the records of a study to what it found, as plain numbers (contract/analysis.ts). Pure, and total over
 * unfinished studies: whatever is not known yet is null.
 */
import type { CandidateAnalysis, CurvePoint, DecisionEvidence, StudyAnalysis } from '../contract/analysis.ts';
import { type DecisionRule, decisionEvidenceSchema, lagOf } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import type { RecordedAudit } from '../contract/recorded-audit.ts';
import type {
  CandidateRecord,
  DecisionRecord,
  EvaluationRecord,
  EventRecord,
  RunRecord,
  StudyRecord,
} from '../contract/records.ts';
import { auditAgreement, metricAgreement } from './audit-agreement.ts';
import { type RuleReading, readRule } from './decision-rules.ts';
import { type DecidingValue, decidingValues } from './decision-values.ts';
import { deviceUse } from './device-use.ts';
import { finalLossOf, finalWindowStart } from './final-loss.ts';
import { ranksOfPresent } from './rank-statistics.ts';
import { metricsIn, recordedCurve } from './recorded-curves.ts';
import { type DecisionRun, studyCost } from './study-cost.ts';

/** What the analysis needs besides the records: facts the study file and the compiled plans hold. */
export interface StudyFacts {
  readonly rule: DecisionRule;
  /** Steps F of a full run. */
  readonly horizon: number;
  readonly pool: string;
  /** Label of the growth operator by strategy name. */
  readonly operators: Readonly<Record<string, string>>;
  readonly duplicates: StudyAnalysis['duplicates'];
  readonly source: Omit<StudyAnalysis['source'], 'finalLoss' | 'curve'>;
  readonly target: StudyAnalysis['target'];
  readonly data: StudyAnalysis['data'];
  readonly studyYaml: string;
  readonly reproduce: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface StudyRecords {
  readonly study: StudyRecord;
  readonly candidates: readonly CandidateRecord[];
  readonly runs: readonly RunRecord[];
  readonly evaluations: readonly EvaluationRecord[];
  readonly decisions: readonly DecisionRecord[];
  readonly events: readonly EventRecord[];
}

/** One candidate with its runs and readings, before ranks are known. */
interface Dossier {
  readonly record: CandidateRecord;
  readonly decisionRun: RunRecord | undefined;
  readonly fullRun: RunRecord | undefined;
  readonly runs: readonly RunRecord[];
  readonly evaluationsOf: (run: RunRecord | undefined) => readonly EvaluationRecord[];
  readonly probe: readonly EvaluationRecord[];
  readonly full: readonly EvaluationRecord[];
  readonly initialLoss: number | null;
  readonly reading: RuleReading | null;
  readonly finalLoss: number | null;
}

/**
 * Analyses one study at its first growing point.
 *
 * @throws EspalierError `bad-input` for a horizon below one step, `failed` when a stored decision cannot be read.
 */
export function analyseStudy(records: StudyRecords, facts: StudyFacts): StudyAnalysis {
  const { study } = records;
  if (study.mode === 'stacking')
    throw new EspalierError('bad-input', `Study ${study.id} is a stacking study; it has its own analysis.`);
  if (!Number.isInteger(facts.horizon) || facts.horizon < 1)
    throw new EspalierError(
      'bad-input',
      `The horizon is ${facts.horizon} steps; it must be a whole number from 1 on.`,
    );
  const evaluationsByRun = groupByRun(records.evaluations);
  const evaluationsOf = (run: RunRecord | undefined): readonly EvaluationRecord[] =>
    run ? (evaluationsByRun.get(run.id) ?? []) : [];
  const dossiers = records.candidates
    .filter((record) => record.repeat === 0)
    .sort((a, b) => a.position - b.position)
    .map((record) => openDossier(record, records.runs, evaluationsOf, facts));
  const decision = readDecision(records.decisions);
  const chosen = dossiers.find((dossier) => dossier.record.strategy === decision?.strategy);
  const ranked = dossiers.filter((dossier) => !dossier.record.isControl);
  const sourceRun = records.runs.find((run) => run.kind === 'source');
  const sourceEvaluations = evaluationsOf(sourceRun);
  const deciding = decidingValues(
    dossiers.map((dossier) => ({
      strategy: dossier.record.strategy,
      isControl: dossier.record.isControl,
      reading: dossier.reading,
      evaluations: evaluationsOf(dossier.decisionRun),
    })),
    facts.rule,
    decision,
    study.seed,
  );
  const audit = study.mode === 'audit' ? auditOf(ranked, facts, study) : null;
  const orders = new Map(dossiers.map(({ record }, index) => [record.strategy, deciding[index]!.order]));
  return {
    id: study.id,
    name: study.name,
    mode: study.mode,
    state: study.state,
    reason: study.reason,
    seed: study.seed,
    createdAt: study.createdAt,
    source: {
      ...facts.source,
      finalLoss: finiteOrNull(sourceEvaluations.at(-1)?.loss),
      curve: toCurve(sourceEvaluations),
    },
    target: facts.target,
    data: facts.data,
    horizon: facts.horizon,
    pool: facts.pool,
    duplicates: facts.duplicates,
    candidates: toCandidates(dossiers, deciding, decision, facts, study),
    decision,
    agreement: audit ? auditAgreement(audit, facts.rule, decision, orders) : [],
    metricAgreement: audit ? metricAgreement(audit) : [],
    cost: studyCost({
      decisionRuns: decisionRunsOf(records, facts.rule),
      lag: lagOf(facts.rule),
      trainedTo: decision?.trainedTo ?? null,
      chosenRun: chosen?.fullRun ?? null,
      allRuns: records.runs.filter((run) => run.kind !== 'source'),
      candidateCount: ranked.length,
      horizon: facts.horizon,
      flopsPerStep: facts.target.flopsPerStep,
    }),
    finalLossDefinition: `The final loss is the mean validation loss of the evaluations after step ${finalWindowStart(facts.horizon)}, the last 10 % of ${facts.horizon} steps.`,
    studyYaml: facts.studyYaml,
    reproduce: facts.reproduce,
    environment: facts.environment,
    deviceUse: deviceUse(records.runs, records.candidates),
    events: records.events
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ at, kind, message }) => ({ at, kind, message })),
  };
}

function openDossier(
  record: CandidateRecord,
  allRuns: readonly RunRecord[],
  evaluationsOf: Dossier['evaluationsOf'],
  facts: StudyFacts,
): Dossier {
  const runs = allRuns.filter((run) => run.candidateId === record.id);
  const fullRun = runs.find((run) => run.kind === 'full');
  const decisionRun = decisionRunOf(runs, facts.rule);
  const probeRun = runs.find(isDecisionProbe);
  const probe = evaluationsOf(probeRun);
  const full = evaluationsOf(fullRun);
  // A run that diverged at the lag itself may have left a finite loss above the limit; it is no reading.
  const isLost = decisionRun?.state === 'diverged' && decisionRun.stepsDone <= lagOf(facts.rule);
  const outcome = decisionRun && !isLost && readRule(facts.rule, evaluationsOf(decisionRun));
  const atStart = [...probe, ...full].find((evaluation) => evaluation.step === 0);
  return {
    record,
    decisionRun,
    fullRun,
    runs,
    evaluationsOf,
    probe,
    full,
    initialLoss: finiteOrNull(atStart?.loss),
    reading: typeof outcome === 'object' ? outcome : null,
    finalLoss: fullRun?.state === 'diverged' ? null : finalLossOf(full, facts.horizon),
  };
}

/** Audits may hold probes of other lengths too; their ids end in the length (study-plan.ts). */
const isDecisionProbe = (run: RunRecord): boolean => run.kind === 'probe' && !/\/probe-\d+$/.test(run.id);

/** The run a rule reads: its own probe; without one, for rules on the final schedule, the full run. */
function decisionRunOf(runs: readonly RunRecord[], rule: DecisionRule): RunRecord | undefined {
  const probe = runs.find(isDecisionProbe);
  return probe ?? (rule.rule === 'cooldown' ? undefined : runs.find((run) => run.kind === 'full'));
}

function decisionRunsOf(records: StudyRecords, rule: DecisionRule): DecisionRun[] {
  return records.candidates
    .filter((candidate) => !candidate.isControl)
    .flatMap((candidate) => {
      const run = decisionRunOf(
        records.runs.filter((entry) => entry.candidateId === candidate.id),
        rule,
      );
      return run ? [{ strategy: candidate.strategy, run }] : [];
    });
}

function toCandidates(
  dossiers: readonly Dossier[],
  deciding: readonly DecidingValue[],
  decision: DecisionEvidence | null,
  facts: StudyFacts,
  study: StudyRecord,
): CandidateAnalysis[] {
  const initialRanks = ranksOnceComplete(
    dossiers,
    (dossier) => dossier.initialLoss,
    (dossier) => dossier.decisionRun,
    study,
  );
  const orderOf = (_: Dossier, index: number): number | null => deciding[index]!.order;
  // Once there is a decision no value is to come: what a candidate lacks then, it has lost.
  const lagRanks = decision
    ? ranksOf(dossiers, orderOf)
    : ranksOnceComplete(dossiers, orderOf, (dossier) => dossier.decisionRun, study);
  const finalRanks = ranksOnceComplete(
    dossiers,
    // Outside audits only the choice has a final loss, which ranks nothing.
    (dossier) => (study.mode === 'audit' ? dossier.finalLoss : null),
    (dossier) => dossier.fullRun,
    study,
  );
  return dossiers.map((dossier, index) => {
    const { record, runs } = dossier;
    const isChosen = record.strategy === decision?.strategy;
    return {
      strategy: record.strategy,
      operator: facts.operators[record.strategy] ?? '',
      plan: record.plan,
      exactness: record.exactness,
      isControl: record.isControl,
      state: dossier.decisionRun?.state ?? 'waiting',
      reason: dossier.decisionRun?.reason ?? dossier.fullRun?.reason ?? null,
      initialLoss: dossier.initialLoss,
      lossAtLag: deciding[index]!.value,
      finalLoss: dossier.finalLoss,
      rankInitial: initialRanks[index]!,
      rankAtLag: lagRanks[index]!,
      rankFinal: finalRanks[index]!,
      margin: deciding[index]!.margin,
      isChosen,
      isTied: !isChosen && (decision?.tie.includes(record.strategy) ?? false),
      probeCurve: toCurve(dossier.probe),
      fullCurve: toCurve(dossier.full),
      secondsSpent: runs.reduce((sum, run) => sum + run.seconds, 0),
      flopsSpent: runs.reduce((sum, run) => sum + run.flops, 0),
      peakMemoryBytes: runs.reduce<number | null>(
        (peak, run) => (run.peakMemoryBytes === null ? peak : Math.max(peak ?? 0, run.peakMemoryBytes)),
        null,
      ),
    };
  });
}

/** The runs of the ranked candidates as curves; null while a final loss is still to come or fewer than two exist. */
function auditOf(ranked: readonly Dossier[], facts: StudyFacts, study: StudyRecord): RecordedAudit | null {
  const isPartial = ranked.some((dossier) => dossier.finalLoss === null && isToCome(dossier.fullRun, study));
  if (isPartial || ranked.filter(({ finalLoss }) => finalLoss !== null).length < 2) return null;
  const { rule, horizon, target } = facts;
  const context = { rule, horizon, batchSize: null, flopsPerStep: target.flopsPerStep };
  const recorded = ranked.flatMap(({ record, runs, evaluationsOf }) =>
    runs.map((run) => ({ record, run, evaluations: evaluationsOf(run) })),
  );
  return {
    id: study.id,
    name: study.name,
    seed: study.seed,
    horizon,
    metrics: metricsIn(recorded.flatMap(({ evaluations }) => evaluations)),
    flopsPerStep: target.flopsPerStep,
    facts: {
      sourceLayers: facts.source.architecture.layers,
      targetLayers: target.architecture.layers,
      width: target.architecture.width,
      activation: target.architecture.activation,
      corpus: facts.data.corpus,
      pool: facts.pool,
      families: {},
    },
    curves: recorded.map(({ record, run, evaluations }) => recordedCurve(record, run, evaluations, context)),
  };
}

/** Whether a value of this run may still come: the study is not over, and the run has not ended or not begun. */
function isToCome(run: RunRecord | undefined, study: StudyRecord): boolean {
  return (
    study.state !== 'finished' && (run === undefined || run.state === 'waiting' || run.state === 'running')
  );
}

/**
 * Ranks among the strategies, controls left out. A rank among some of the pool would look like a result, so all
 * are null until every strategy has its value or has ended without one.
 */
function ranksOnceComplete(
  dossiers: readonly Dossier[],
  lossOf: (dossier: Dossier, index: number) => number | null,
  runOf: (dossier: Dossier) => RunRecord | undefined,
  study: StudyRecord,
): (number | null)[] {
  const isPartial = dossiers.some(
    (dossier, index) =>
      !dossier.record.isControl && lossOf(dossier, index) === null && isToCome(runOf(dossier), study),
  );
  return isPartial ? dossiers.map(() => null) : ranksOf(dossiers, lossOf);
}

function ranksOf(
  dossiers: readonly Dossier[],
  lossOf: (dossier: Dossier, index: number) => number | null,
): (number | null)[] {
  return ranksOfPresent(
    dossiers.map((dossier, index) => (dossier.record.isControl ? null : lossOf(dossier, index))),
  );
}

/** The decision at the first growing point; null before it. */
function readDecision(decisions: readonly DecisionRecord[]): DecisionEvidence | null {
  const record = decisions.find((decision) => decision.growingPoint === 0);
  if (record === undefined) return null;
  try {
    return decisionEvidenceSchema.parse(JSON.parse(record.evidenceJson));
  } catch (cause) {
    throw new EspalierError(
      'failed',
      `The stored decision of study ${record.studyId} cannot be read; it must be evidence written by this program.`,
      { cause, hint: 'Restore the history from a backup, or run the study again.' },
    );
  }
}

function groupByRun(evaluations: readonly EvaluationRecord[]): Map<string, EvaluationRecord[]> {
  const groups = Map.groupBy(evaluations, (evaluation) => evaluation.runId);
  for (const group of groups.values()) group.sort((a, b) => a.step - b.step);
  return groups;
}

function toCurve(evaluations: readonly EvaluationRecord[]): CurvePoint[] {
  return evaluations.map(({ step, loss }) => ({ step, loss: finiteOrNull(loss) }));
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
