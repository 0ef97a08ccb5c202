/**
 * From the records of a study to what it found, as plain numbers (contract/analysis.ts). Pure, and total over
 * unfinished studies: whatever is not known yet is null.
 */
import type {
  CandidateAnalysis,
  CurvePoint,
  DecisionEvidence,
  RankAgreement,
  StudyAnalysis,
} from '../contract/analysis.ts';
import { type DecisionRule, decisionEvidenceSchema, lagOf } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import type {
  CandidateRecord,
  DecisionRecord,
  EvaluationRecord,
  EventRecord,
  RunRecord,
  StudyRecord,
} from '../contract/records.ts';
import { cooldownCostShare, type Predictor, plainCostShare, rankAgreement } from './agreement.ts';
import { type RuleReading, readRule } from './decision-rules.ts';
import { ranksOfPresent } from './rank-statistics.ts';
import { compareReadings } from './selection.ts';
import { studyCost } from './study-cost.ts';

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
  const evaluationsOf = groupByRun(records.evaluations);
  const dossiers = records.candidates
    .filter((record) => record.repeat === 0)
    .sort((a, b) => a.position - b.position)
    .map((record) => openDossier(record, records.runs, evaluationsOf, facts));
  const decision = readDecision(records.decisions);
  const chosen = dossiers.find((dossier) => dossier.record.strategy === decision?.strategy);
  const ranked = dossiers.filter((dossier) => !dossier.record.isControl);
  const sourceRun = records.runs.find((run) => run.kind === 'source');
  const sourceEvaluations = sourceRun ? (evaluationsOf.get(sourceRun.id) ?? []) : [];
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
    candidates: toCandidates(dossiers, decision, chosen, facts, study),
    decision,
    agreement: study.mode === 'audit' ? agreements(ranked, facts, study) : [],
    cost: studyCost({
      decisionRuns: decisionRunsOf(records, facts.rule),
      lag: lagOf(facts.rule),
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
    events: records.events
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ at, kind, message }) => ({ at, kind, message })),
  };
}

/** Evaluations later than this step form the final loss. */
export function finalWindowStart(horizon: number): number {
  return horizon - Math.max(1, Math.floor(horizon / 10));
}

/** Mean of the evaluations in the last 10 % of the horizon; null unless the run reached it with finite losses. */
export function finalLossOf(evaluations: readonly EvaluationRecord[], horizon: number): number | null {
  const last = evaluations.filter(
    (evaluation) => evaluation.step > finalWindowStart(horizon) && evaluation.step <= horizon,
  );
  if (!last.some((evaluation) => evaluation.step === horizon)) return null;
  return finiteOrNull(last.reduce((sum, evaluation) => sum + evaluation.loss, 0) / last.length);
}

function openDossier(
  record: CandidateRecord,
  allRuns: readonly RunRecord[],
  evaluationsOf: ReadonlyMap<string, readonly EvaluationRecord[]>,
  facts: StudyFacts,
): Dossier {
  const runs = allRuns.filter((run) => run.candidateId === record.id);
  const fullRun = runs.find((run) => run.kind === 'full');
  const decisionRun = decisionRunOf(runs, facts.rule);
  const probeRun = runs.find(isDecisionProbe);
  const probe = probeRun ? (evaluationsOf.get(probeRun.id) ?? []) : [];
  const full = fullRun ? (evaluationsOf.get(fullRun.id) ?? []) : [];
  // A run that diverged at the lag itself may have left a finite loss above the limit; it is no reading.
  const isLost = decisionRun?.state === 'diverged' && decisionRun.stepsDone <= lagOf(facts.rule);
  const outcome = decisionRun && !isLost && readRule(facts.rule, evaluationsOf.get(decisionRun.id) ?? []);
  const atStart = [...probe, ...full].find((evaluation) => evaluation.step === 0);
  return {
    record,
    decisionRun,
    fullRun,
    runs,
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

function decisionRunsOf(records: StudyRecords, rule: DecisionRule): RunRecord[] {
  return records.candidates
    .filter((candidate) => !candidate.isControl)
    .flatMap((candidate) => {
      const run = decisionRunOf(
        records.runs.filter((entry) => entry.candidateId === candidate.id),
        rule,
      );
      return run ? [run] : [];
    });
}

function toCandidates(
  dossiers: readonly Dossier[],
  decision: DecisionEvidence | null,
  chosen: Dossier | undefined,
  facts: StudyFacts,
  study: StudyRecord,
): CandidateAnalysis[] {
  const initialRanks = ranksOnceComplete(
    dossiers,
    (dossier) => dossier.initialLoss,
    (dossier) => dossier.decisionRun,
    study,
  );
  const lagRanks = ranksOnceComplete(
    dossiers,
    (dossier) => dossier.reading?.value ?? null,
    (dossier) => dossier.decisionRun,
    study,
  );
  const finalRanks = ranksOnceComplete(
    dossiers,
    // Outside audits only the choice has a final loss, which ranks nothing.
    (dossier) => (study.mode === 'audit' ? dossier.finalLoss : null),
    (dossier) => dossier.fullRun,
    study,
  );
  return dossiers.map((dossier, index) => {
    const { record, reading, runs } = dossier;
    const isChosen = dossier === chosen;
    const comparison =
      reading && chosen?.reading && !isChosen
        ? compareReadings(reading, chosen.reading, facts.rule, study.seed, decision?.noiseFloor ?? null)
        : null;
    return {
      strategy: record.strategy,
      operator: facts.operators[record.strategy] ?? '',
      plan: record.plan,
      exactness: record.exactness,
      isControl: record.isControl,
      state: dossier.decisionRun?.state ?? 'waiting',
      reason: dossier.decisionRun?.reason ?? dossier.fullRun?.reason ?? null,
      initialLoss: dossier.initialLoss,
      lossAtLag: reading?.value ?? null,
      finalLoss: dossier.finalLoss,
      rankInitial: initialRanks[index]!,
      rankAtLag: lagRanks[index]!,
      rankFinal: finalRanks[index]!,
      margin: comparison?.difference ?? null,
      isChosen,
      isTied: !isChosen && (decision?.tie.includes(record.strategy) ?? false),
      probeCurve: toCurve(dossier.probe),
      fullCurve: toCurve(dossier.full),
      secondsSpent: runs.reduce((sum, run) => sum + run.seconds, 0),
      flopsSpent: runs.reduce((sum, run) => sum + run.flops, 0),
    };
  });
}

/** Rows of agreement over the shared evaluation steps before the window that defines the final loss. */
function agreements(ranked: readonly Dossier[], facts: StudyFacts, study: StudyRecord): RankAgreement[] {
  const { rule, horizon } = facts;
  const finals = ranked.map((dossier) => dossier.finalLoss);
  const isPartial = ranked.some((dossier) => dossier.finalLoss === null && isToCome(dossier.fullRun, study));
  if (isPartial || finals.filter((loss) => loss !== null).length < 2) return [];
  const count = ranked.length;
  const predictors: Predictor[] = sharedSteps(ranked.filter((dossier) => dossier.finalLoss !== null))
    .filter((step) => step <= finalWindowStart(horizon))
    .map((step) => ({
      name: step === 0 ? 'initial loss' : 'loss at k',
      step,
      values: ranked.map((dossier) => lossAt(dossier.full, step)),
      costShare: plainCostShare(count, step, horizon),
    }));
  if (rule.rule === 'cooldown' || rule.rule === 'windowMean')
    predictors.push({
      name: rule.rule === 'cooldown' ? 'cooldown probe' : 'window mean',
      step: rule.lag,
      values: ranked.map((dossier) => dossier.reading?.value ?? null),
      costShare: (rule.rule === 'cooldown' ? cooldownCostShare : plainCostShare)(count, rule.lag, horizon),
    });
  const strategies = ranked.map((dossier) => dossier.record.strategy);
  const options = { seed: study.seed, confidence: rule.confidence, resamples: rule.resamples };
  return predictors.map((predictor) => rankAgreement(predictor, finals, strategies, options));
}

function sharedSteps(dossiers: readonly Dossier[]): number[] {
  const [first, ...others] = dossiers.map((dossier) => new Set(dossier.full.map(({ step }) => step)));
  return [...(first ?? [])].filter((step) => others.every((steps) => steps.has(step))).sort((a, b) => a - b);
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
  lossOf: (dossier: Dossier) => number | null,
  runOf: (dossier: Dossier) => RunRecord | undefined,
  study: StudyRecord,
): (number | null)[] {
  const isPartial = dossiers.some(
    (dossier) => !dossier.record.isControl && lossOf(dossier) === null && isToCome(runOf(dossier), study),
  );
  if (isPartial) return dossiers.map(() => null);
  return ranksOfPresent(dossiers.map((dossier) => (dossier.record.isControl ? null : lossOf(dossier))));
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

function lossAt(evaluations: readonly EvaluationRecord[], step: number): number | null {
  return finiteOrNull(evaluations.find((evaluation) => evaluation.step === step)?.loss);
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
