/**
 * A choice at a growing point, live: asks the decision procedure what it wants to know, trains that, and asks
 * again until it decides. The procedure is a pure function of what the history holds, so a choice that was
 * interrupted goes on where it was, and a replay of the same curves decides the same.
 */
import type { DecisionEvidence } from '../contract/analysis.ts';
import { type DecisionRule, decisionEvidenceSchema } from '../contract/decision.ts';
import type { EvaluationRecord, RunRecord, RunState } from '../contract/records.ts';
import type { History } from '../history/history.ts';
import { readRule } from './decision-rules.ts';
import { type Contestant, nextMove } from './procedure.ts';
import type { RunTask } from './run-group.ts';

/** One candidate at a growing point, and the runs that would tell more about it. */
export interface ChoiceCandidate {
  readonly candidateId: string;
  readonly strategy: string;
  /** Position in the pool; equal values go to the lower one. */
  readonly position: number;
  readonly isControl: boolean;
  /** Training on the schedule of the final run up to a step, or the candidate's own cooldown probe. */
  readonly task: (schedule: 'final' | 'cooldown', untilStep: number) => RunTask;
  /** Finished paired repeats of its decision run, by repeat. */
  readonly repeats: readonly RunTask[];
}

export interface ChoiceSite {
  readonly studyId: string;
  /** Empty outside stacking studies. */
  readonly policy: string;
  readonly growingPoint: number;
  readonly rule: DecisionRule;
  readonly seed: number;
  /** Steps of the run that follows the choice. */
  readonly horizon: number;
  /** Steps at which runs on the final schedule are evaluated. */
  readonly evaluationSteps: readonly number[];
  readonly candidates: readonly ChoiceCandidate[];
}

/** The decision that was made; null before it. */
export function pastDecision(
  { studyId, policy, growingPoint }: Pick<ChoiceSite, 'studyId' | 'policy' | 'growingPoint'>,
  history: History,
): DecisionEvidence | null {
  const made = history
    .listDecisions(studyId)
    .find((decision) => decision.policy === policy && decision.growingPoint === growingPoint);
  return made ? decisionEvidenceSchema.parse(JSON.parse(made.evidenceJson)) : null;
}

/**
 * Chooses and records the decision with its evidence; a choice that was made is only read.
 * @param alongside Runs to train beside the first ones the procedure asks for: controls, repeats.
 * @throws EspalierError `failed` when every candidate diverged or failed; whatever `execute` throws
 */
export async function choose(
  site: ChoiceSite,
  history: History,
  execute: (tasks: readonly RunTask[]) => Promise<void>,
  alongside: readonly RunTask[] = [],
): Promise<DecisionEvidence> {
  const past = pastDecision(site, history);
  if (past) return past;
  const asked = new Map<string, { final: number; hasProbe: boolean }>();
  let beside = alongside;
  for (;;) {
    const contestants = site.candidates.map((candidate) =>
      contestantOf(candidate, asked.get(candidate.strategy) ?? { final: 0, hasProbe: false }, site, history),
    );
    const move = nextMove(site.rule, contestants, site);
    if (move.kind === 'decide') {
      if (beside.length > 0) {
        await execute(beside);
        beside = [];
        continue;
      }
      recordDecision(site, history, move.evidence);
      return move.evidence;
    }
    const tasks = move.strategies.map(({ strategy, untilStep }) => {
      const before = asked.get(strategy) ?? { final: 0, hasProbe: false };
      asked.set(
        strategy,
        move.schedule === 'cooldown' ? { ...before, hasProbe: true } : { ...before, final: untilStep },
      );
      return site.candidates
        .find((candidate) => candidate.strategy === strategy)!
        .task(move.schedule, untilStep);
    });
    await execute([...tasks, ...beside]);
    beside = [];
  }
}

/** What the procedure may know: what it asked for, and nothing that was trained beyond. */
function contestantOf(
  candidate: ChoiceCandidate,
  asked: { readonly final: number; readonly hasProbe: boolean },
  { rule }: ChoiceSite,
  history: History,
): Contestant {
  const final = readRun(candidate.task('final', asked.final).run.id, asked.final, history);
  const probeTask = asked.hasProbe ? candidate.task('cooldown', 0).run : null;
  const probe = probeTask ? readRun(probeTask.id, probeTask.scheduleSteps, history) : null;
  const { strategy, position, isControl } = candidate;
  return {
    strategy,
    position,
    isControl,
    state: probe?.state ?? final.state,
    trainedTo: final.trainedTo,
    evaluations: final.evaluations,
    probe: probe?.evaluations ?? [],
    ...(probe && { probeTrainedTo: probe.trainedTo }),
    repeatValues: candidate.repeats.map(({ run }) => {
      const repeat = readRun(run.id, run.untilStep, history);
      if (repeat.state !== 'finished') return null;
      const outcome = readRule(rule, repeat.evaluations);
      return typeof outcome === 'object' ? outcome.value : null;
    }),
  };
}

/** A run as it was at `step`: one that ended badly later was fine then; one that diverged at the step was not. */
function readRun(
  runId: string,
  step: number,
  history: History,
): {
  readonly state: RunState;
  /** Steps done, of those asked for: fewer where the run ended early. */
  readonly trainedTo: number;
  readonly evaluations: readonly EvaluationRecord[];
} {
  const run = findRun(runId, history);
  if (!run) return { state: 'waiting', trainedTo: 0, evaluations: [] };
  const evaluations = history.listEvaluations(runId).filter((evaluation) => evaluation.step <= step);
  const trainedTo = Math.min(step, run.stepsDone);
  if (run.state === 'diverged' && run.stepsDone <= step) return { state: 'diverged', trainedTo, evaluations };
  const isThere = evaluations.some((evaluation) => evaluation.step === step);
  return { state: isThere ? 'finished' : run.state, trainedTo, evaluations };
}

function findRun(runId: string, history: History): RunRecord | null {
  const studyId = runId.slice(0, runId.indexOf('/'));
  return history.listRuns(studyId).find((run) => run.id === runId) ?? null;
}

function recordDecision(site: ChoiceSite, history: History, evidence: DecisionEvidence): void {
  const { studyId, policy, growingPoint } = site;
  const chosen = site.candidates.find(({ strategy }) => strategy === evidence.strategy)!;
  const tied = evidence.tie.filter((strategy) => strategy !== evidence.strategy);
  const where = policy === '' ? '' : `${policy}, growing point ${growingPoint + 1}: `;
  history.transaction(() => {
    history.recordDecision({
      studyId,
      policy,
      growingPoint,
      rule: evidence.rule,
      lag: evidence.lag,
      chosenCandidateId: chosen.candidateId,
      evidenceJson: JSON.stringify(evidence),
    });
    history.addEvent({
      studyId,
      runId: null,
      kind: 'decided',
      message: `${where}chosen by ${evidence.rule} at step ${evidence.lag}: ${evidence.strategy}${tied.length > 0 ? ` (tied with ${tied.join(', ')})` : ''}`,
    });
  });
}
