/**
 * The timeline of a study with one growing point: two stages, the source and what was grown from it. Choosing by the
 * rule is a policy; so is each candidate of an audit, grown without any search. Pure.
 */
import type { CandidateAnalysis, StudyAnalysis } from '../../contract/analysis.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import type { RunRecord, RunState } from '../../contract/records.ts';
import type {
  Spent,
  TimelineGrowingPoint,
  TimelinePolicy,
  TimelineStage,
  TimelineStudy,
} from '../../contract/window/timeline.ts';
import { trainingFlopsPerStep } from '../../model/flops.ts';
import { answerOf, hindsightOf, initialLossFinding } from '../../report/findings.ts';
import { policyLooks } from '../../report/stacking-looks.ts';
import { assignLooks } from '../../report/theme.ts';
import { choiceOf, smallCurve } from './timeline-of-stacking.ts';
import { runsSoFar, spentSoFar } from './timeline-reached.ts';

const NOTHING: Spent = { flops: 0, steps: 0, seconds: 0 };

/**
 * @param runs of the study, every one
 * @param updatedAt when anything of the study was last recorded, ISO 8601
 */
export function timelineOfStudy(
  analysis: StudyAnalysis,
  runs: readonly RunRecord[],
  updatedAt: string,
): TimelineStudy {
  const { id, name, mode, state, reason, finalLossDefinition } = analysis;
  const measured = runsSoFar(analysis, runs);
  const policies = [
    chosenPolicy(analysis, measured, moreThan(runs, measured)),
    ...alwaysPolicies(analysis, measured),
  ];
  const looks = policyLooks(policies);
  return {
    id,
    name,
    mode,
    state,
    reason,
    budgetFlops: null,
    policies: policies.map((policy) => ({ ...policy, look: looks.get(policy.name)! })),
    findings: [answerOf(analysis), initialLossFinding(analysis), hindsightOf(analysis)].filter(
      (text) => text !== null,
    ),
    finalLossDefinition,
    updatedAt,
  };
}

/** Imported curves say nothing of the models, so there is nothing to draw. */
export function timelineOfImported(id: string, { name }: RecordedAudit, updatedAt: string): TimelineStudy {
  return {
    id,
    name,
    mode: 'audit',
    state: 'finished',
    reason: null,
    budgetFlops: null,
    policies: [],
    findings: [],
    finalLossDefinition: '',
    updatedAt,
  };
}

type Unseen = Omit<TimelinePolicy, 'look'>;

/** What the measured runs have spent beyond what their records say. */
function moreThan(runs: readonly RunRecord[], measured: readonly RunRecord[]): Spent {
  const sum = (of: (run: RunRecord) => number): number =>
    measured.reduce((total, run, index) => total + of(run) - of(runs[index]!), 0);
  return { flops: sum(({ flops }) => flops), steps: sum(({ stepsDone }) => stepsDone), seconds: 0 };
}

/** Until the choice is made the policy searches: it waits for probes, or they run. */
const searchState = (runs: readonly RunRecord[]): RunState =>
  runs.some(({ state, candidateId }) => state === 'running' && candidateId !== null) ? 'running' : 'waiting';

/** @param unrecorded spent by running probes since their records were written */
function chosenPolicy(analysis: StudyAnalysis, runs: readonly RunRecord[], unrecorded: Spent): Unseen {
  const { decision, candidates } = analysis;
  const chosen = candidates.find(({ isChosen }) => isChosen) ?? null;
  const source = sourceStage(analysis, runs);
  const grown = grownStage(analysis, chosen, runs);
  const point = growingPointOf(analysis, searchOf(analysis, grown, unrecorded));
  return {
    name: decision ? `LAG, k = ${decision.lag}` : 'LAG',
    specName: null,
    policy: 'lag',
    search: 'free',
    state: chosen !== null ? grown.state : source.state === 'finished' ? searchState(runs) : source.state,
    reason: chosen?.reason ?? null,
    stages: [source, grown],
    growingPoints: [point],
    trainingFlops: source.spent.flops + grown.spent.flops,
    searchFlops: point.search.flops,
    finalLoss: chosen ? chosen.finalLoss : null,
    margin: null,
  };
}

/** Candidates that were trained to their end: what always growing so, without search, would have come to. */
function alwaysPolicies(analysis: StudyAnalysis, runs: readonly RunRecord[]): Unseen[] {
  if (analysis.mode !== 'audit') return [];
  const source = sourceStage(analysis, runs);
  return analysis.candidates.map((candidate): Unseen => {
    const grown = grownStage(analysis, candidate, runs);
    // The control `scratch` has nothing of the source.
    const stages =
      candidate.isControl && candidate.plan === 'scratch'
        ? [{ ...grown, stage: 0, strategy: null, plan: null }]
        : [source, grown];
    return {
      name: candidate.isControl ? candidate.strategy : `always ${candidate.strategy}`,
      specName: null,
      policy: candidate.isControl ? 'scratch' : 'fixed',
      search: null,
      state: grown.state,
      reason: candidate.reason,
      stages,
      growingPoints:
        stages.length < 2
          ? []
          : [
              {
                growingPoint: 0,
                fromLayers: source.layers,
                toLayers: grown.layers,
                strategy: candidate.strategy,
                choice: null,
                candidates: [],
                search: NOTHING,
              },
            ],
      trainingFlops: stages.reduce((sum, { spent }) => sum + spent.flops, 0),
      searchFlops: 0,
      finalLoss: candidate.finalLoss,
      margin: null,
    };
  });
}

function sourceStage({ source, target }: StudyAnalysis, runs: readonly RunRecord[]): TimelineStage {
  const run = runs.find(({ kind }) => kind === 'source');
  // Both cost in proportion to the batch, which is the same.
  const flopsPerStep =
    (trainingFlopsPerStep(source.architecture, 1) / trainingFlopsPerStep(target.architecture, 1)) *
    target.flopsPerStep;
  return {
    stage: 0,
    layers: source.architecture.layers,
    strategy: null,
    plan: null,
    state: run?.state ?? (source.reused ? 'finished' : 'waiting'),
    stepsPlanned: run?.stepsPlanned ?? source.steps,
    flopsPerStep,
    // A source that was there already costs this study nothing, and the model all the same.
    spent: run
      ? spentSoFar(
          { flops: run.flops, steps: run.stepsDone, seconds: run.seconds },
          { state: run.state, curve: source.curve, flopsPerStep },
        )
      : source.reused
        ? { flops: source.steps * flopsPerStep, steps: source.steps, seconds: 0 }
        : NOTHING,
    initialLoss: source.curve.at(0)?.loss ?? null,
    endLoss: source.finalLoss,
  };
}

function grownStage(
  { id, target, horizon }: StudyAnalysis,
  candidate: CandidateAnalysis | null,
  runs: readonly RunRecord[],
): TimelineStage {
  const run = candidate && fullRunOf(candidate, id, runs);
  return {
    stage: 1,
    layers: target.architecture.layers,
    strategy: candidate?.strategy ?? null,
    plan: candidate?.plan ?? null,
    state: run?.state ?? 'waiting',
    stepsPlanned: run?.stepsPlanned ?? horizon,
    flopsPerStep: target.flopsPerStep,
    spent: run ? { flops: run.flops, steps: run.stepsDone, seconds: run.seconds } : NOTHING,
    initialLoss: candidate?.initialLoss ?? null,
    endLoss: candidate?.fullCurve.at(-1)?.loss ?? null,
  };
}

function growingPointOf(analysis: StudyAnalysis, search: Spent): TimelineGrowingPoint {
  const { decision, candidates, source, target } = analysis;
  const looks = assignLooks(candidates);
  return {
    growingPoint: 0,
    fromLayers: source.architecture.layers,
    toLayers: target.architecture.layers,
    strategy: decision?.strategy ?? null,
    choice: decision && choiceOf(decision),
    candidates: candidates.map((candidate) => {
      const { strategy, plan, isControl, state, lossAtLag, isChosen, isTied } = candidate;
      const curve = candidate.probeCurve.length > 0 ? candidate.probeCurve : candidate.fullCurve;
      const seen = decision ? curve.filter(({ step }) => step <= decision.lag) : curve;
      return {
        strategy,
        plan,
        look: looks.get(strategy)!,
        isControl,
        state,
        value: lossAtLag,
        isChosen,
        isTied,
        curve: smallCurve(seen),
      };
    }),
    search,
  };
}

/** What finding the choice cost beyond training the choice itself; repeats that measure noise are counted. */
function searchOf({ cost }: StudyAnalysis, grown: TimelineStage, unrecorded: Spent): Spent {
  const beyond = (whole: number, path: number): number => Math.max(0, whole - path);
  return {
    flops: beyond(cost.flops + unrecorded.flops, grown.spent.flops),
    steps: beyond(cost.steps + unrecorded.steps, grown.spent.steps),
    seconds: beyond(cost.seconds, grown.spent.seconds),
  };
}

const fullRunOf = (
  { strategy }: CandidateAnalysis,
  id: string,
  runs: readonly RunRecord[],
): RunRecord | undefined =>
  runs.find(({ kind, candidateId }) => kind === 'full' && candidateId === `${id}/${strategy}`);
