/** The choice of a study at its growing point: reads the runs of the history, selects, and records. */
import type { DecisionEvidence } from '../contract/analysis.ts';
import { decisionEvidenceSchema, lagOf } from '../contract/decision.ts';
import type { CandidateRecord, EvaluationRecord, RunRecord, RunState } from '../contract/records.ts';
import type { History } from '../history/history.ts';
import { readRule } from './decision-rules.ts';
import { selectStrategy } from './selection.ts';
import type { StudyPlan } from './study-plan.ts';
import { candidateId } from './study-plan.ts';

/** The decision that was made; null before it. */
export function pastDecision({ studyId }: StudyPlan, history: History): DecisionEvidence | null {
  const made = history.listDecisions(studyId)[0];
  return made ? decisionEvidenceSchema.parse(JSON.parse(made.evidenceJson)) : null;
}

/**
 * Makes the decision and records it; all runs it rests on must have ended.
 * @throws EspalierError `failed` when every candidate diverged or failed
 */
export function makeDecision(plan: StudyPlan, history: History): DecisionEvidence {
  const { decision: rule, seed } = plan.spec;
  const lag = lagOf(rule);
  const candidates = history.listCandidates(plan.studyId);
  const runOf = (candidate: CandidateRecord): RunRecord => {
    const planned = plan.decisionRuns.find(
      (run) => candidateId(plan.studyId, plan.poolPlan, run.candidate!, run.repeat) === candidate.id,
    )!;
    return history.getRun(planned.id);
  };
  const evaluationsOf = (run: RunRecord): EvaluationRecord[] =>
    history.listEvaluations(run.id).filter((evaluation) => evaluation.step <= lag);
  const repeatValue = (repeat: CandidateRecord): number | null => {
    const run = runOf(repeat);
    if (stateAtLag(run, evaluationsOf(run), lag) !== 'finished') return null;
    const outcome = readRule(rule, evaluationsOf(run));
    return typeof outcome === 'object' ? outcome.value : null;
  };
  const evidence = selectStrategy(
    candidates
      .filter(({ repeat }) => repeat === 0)
      .map((candidate) => {
        const run = runOf(candidate);
        const evaluations = evaluationsOf(run);
        return {
          strategy: candidate.strategy,
          position: candidate.position,
          isControl: candidate.isControl,
          state: stateAtLag(run, evaluations, lag),
          evaluations,
          repeatValues: candidates
            .filter(({ strategy, repeat }) => strategy === candidate.strategy && repeat > 0)
            .map(repeatValue),
        };
      }),
    rule,
    seed,
  );
  record(plan, history, evidence, candidates);
  return evidence;
}

/** A run that ended badly after the lag was fine at the lag; one that diverged at the lag itself was not. */
function stateAtLag(run: RunRecord, evaluations: readonly EvaluationRecord[], lag: number): RunState {
  if (run.state === 'diverged' && run.stepsDone <= lag) return 'diverged';
  return evaluations.some((evaluation) => evaluation.step === lag) ? 'finished' : run.state;
}

function record(
  { studyId }: StudyPlan,
  history: History,
  evidence: DecisionEvidence,
  candidates: readonly CandidateRecord[],
): void {
  const chosen = candidates.find(({ strategy, repeat }) => strategy === evidence.strategy && repeat === 0)!;
  const tied = evidence.tie.filter((strategy) => strategy !== evidence.strategy);
  history.transaction(() => {
    history.recordDecision({
      studyId,
      policy: '',
      growingPoint: 0,
      rule: evidence.rule,
      lag: evidence.lag,
      chosenCandidateId: chosen.id,
      evidenceJson: JSON.stringify(evidence),
    });
    history.addEvent({
      studyId,
      runId: null,
      kind: 'decided',
      message: `chosen by ${evidence.rule} at step ${evidence.lag}: ${evidence.strategy}${tied.length > 0 ? ` (tied with ${tied.join(', ')})` : ''}`,
    });
  });
}
