/** What a stacking study writes into the history besides its runs and decisions, and reads back from it. */
import type { CandidateRecord } from '../contract/records.ts';
import type { PlannedStrategy } from '../growth/pool.ts';
import type { History } from '../history/history.ts';
import type { PlannedPolicy, StackingPlan } from './stacking-plan.ts';
import { candidateIdAt } from './stacking-runs.ts';

/** Adds the candidates of a growing point that are not there yet. */
export function addCandidates(
  studyId: string,
  policy: PlannedPolicy,
  growingPoint: number,
  candidates: readonly Pick<PlannedStrategy, 'strategy' | 'planText' | 'exactness'>[],
  history: History,
): void {
  const known = new Set(history.listCandidates(studyId).map(({ id }) => id));
  const records = candidates.map(
    ({ strategy, planText, exactness }, position): CandidateRecord => ({
      id: candidateIdAt(studyId, policy, growingPoint, strategy.name),
      studyId,
      policy: policy.name,
      growingPoint,
      position,
      strategy: strategy.name,
      strategyJson: JSON.stringify(strategy),
      plan: planText,
      exactness,
      repeat: 0,
      isControl: strategy.operator === 'scratch',
    }),
  );
  history.addCandidates(records.filter(({ id }) => !known.has(id)));
}

/** Training FLOPs of all probes of a policy at a growing point, as they were trained. */
export function searchFlopsAt(
  { studyId }: StackingPlan,
  policy: PlannedPolicy,
  growingPoint: number,
  history: History,
): number {
  const own = new Set(
    history
      .listCandidates(studyId)
      .filter((candidate) => candidate.policy === policy.name && candidate.growingPoint === growingPoint)
      .map(({ id }) => id),
  );
  const { flopsPerStep } = policy.stages[growingPoint + 1]!;
  return history
    .listRuns(studyId)
    .filter((run) => run.kind === 'probe' && own.has(run.candidateId ?? ''))
    .reduce((sum, run) => sum + run.stepsDone * flopsPerStep, 0);
}

/** Adds an event that a resumed study does not repeat. */
export function noteOnce(history: History, studyId: string, kind: string, message: string): void {
  const isThere = history
    .listEvents(studyId)
    .some((event) => event.kind === kind && event.message === message);
  if (!isThere) history.addEvent({ studyId, runId: null, kind, message });
}

/**
 * Forgets the checkpoints of probes and of stages before the last, which can be computed again; the sources and the
 * final model of every policy stay. Returns the hashes of files that nothing needs any more.
 */
export function forgetInnerCheckpoints({ studyId, policies }: StackingPlan, history: History): string[] {
  const lastPoint = new Map(policies.map(({ name, growingPoints }) => [name, growingPoints.length - 1]));
  const isFinal = new Set(
    history
      .listCandidates(studyId)
      .filter(({ policy, growingPoint }) => growingPoint >= (lastPoint.get(policy) ?? 0))
      .map(({ id }) => id),
  );
  return history.transaction(() =>
    history
      .listRuns(studyId)
      .filter((run) => run.kind === 'probe' || (run.kind === 'stage' && !isFinal.has(run.candidateId ?? '')))
      .flatMap((run) => history.listCheckpoints(run.id))
      .map((checkpoint) => history.deleteCheckpoint(checkpoint))
      .filter((hash) => hash !== null),
  );
}
