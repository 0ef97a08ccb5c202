/** From the records of a stacking study to what it found. Pure, and total over unfinished studies. */
import type { CurvePoint, Interval } from '../contract/analysis.ts';
import { decisionEvidenceSchema } from '../contract/decision.ts';
import type { CandidateRecord, EvaluationRecord, RunRecord } from '../contract/records.ts';
import type {
  GrowingPointAnalysis,
  PolicyAnalysis,
  StackingAnalysis,
  StageAnalysis,
} from '../contract/stacking-analysis.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import { compileStrategy } from '../growth/compile-strategy.ts';
import { countParameters } from '../model/parameter-layout.ts';
import type { StudyRecords } from './analysis.ts';
import { pairedDifference } from './bootstrap.ts';
import { deviceUse } from './device-use.ts';
import { finalLossOf, finalWindowStart } from './final-loss.ts';
import { layerOrigins } from './layer-origins.ts';
import { ranksOfPresent } from './rank-statistics.ts';
import type { PlannedPolicy, StackingPlan } from './stacking-plan.ts';
import { endingSuffix, sourceRun } from './stacking-runs.ts';
import { readTrigger } from './triggers.ts';

/** What the analysis needs besides plan and records. */
export interface StackingFacts {
  readonly data: StackingAnalysis['data'];
  readonly studyYaml: string;
  readonly reproduce: string;
  readonly environment: Readonly<Record<string, string>>;
}

type Ending = 'charged' | 'free' | null;

/** A policy's numbers, and the losses on every validation batch by which it is compared. */
interface Finished {
  readonly analysis: Omit<PolicyAnalysis, 'rank' | 'margin'>;
  readonly batchLosses: Float64Array | null;
}

/** Resamples behind the intervals between policies. */
const RESAMPLES = 2000;
const CONFIDENCE = 0.95;

export function analyseStacking(
  records: StudyRecords,
  plan: StackingPlan,
  facts: StackingFacts,
): StackingAnalysis {
  const { study } = records;
  const read = new RecordReader(records);
  const finished = plan.policies.flatMap((policy) =>
    policy.endings.map((ending) => analysePolicy(policy, ending, plan, read)),
  );
  const losses = finished.map(({ analysis }) => analysis.finalLoss);
  const isPartial =
    study.state !== 'finished' && finished.some(({ analysis }) => analysis.state !== 'finished');
  const ranks = isPartial ? losses.map(() => null) : ranksOfPresent(losses);
  const best = finished
    .filter(({ analysis }) => analysis.finalLoss !== null)
    .reduce<Finished | null>(
      (a, b) => (a === null || b.analysis.finalLoss! < a.analysis.finalLoss! ? b : a),
      null,
    );
  const policies = finished.map(
    (entry, index): PolicyAnalysis => ({
      ...entry.analysis,
      rank: ranks[index]!,
      margin: entry === best ? null : marginTo(entry, best, study.seed),
    }),
  );
  const errors = policies
    .filter(({ state }) => state === 'finished')
    .map(({ trainingFlops, searchFlops, search }) => {
      const spent = trainingFlops + (search === 'charged' ? searchFlops : 0);
      return Math.abs(spent - plan.budgetFlops) / plan.budgetFlops;
    });
  const architecture = plan.architectureOf(plan.stages.at(-1)!.layers);
  return {
    id: study.id,
    name: study.name,
    mode: 'stacking',
    state: study.state,
    reason: study.reason,
    seed: study.seed,
    createdAt: study.createdAt,
    stages: plan.stages.map(({ layers, steps, flopsPerStep }) => ({ layers, steps, flopsPerStep })),
    budgetFlops: plan.budgetFlops,
    largestBudgetError: errors.length > 0 ? Math.max(...errors) : null,
    architecture,
    parameters: countParameters(architecture),
    data: facts.data,
    pool: plan.pool.name,
    rule: plan.spec.decision.rule,
    policies,
    finalLossDefinition:
      'The final loss is the mean validation loss of the evaluations in the last 10 % of the last stage.',
    studyYaml: facts.studyYaml,
    reproduce: facts.reproduce,
    environment: facts.environment,
    deviceUse: deviceUse(records.runs, records.candidates),
    events: records.events
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ at, kind, message }) => ({ at, kind, message })),
  };
}

/** Records by what they belong to. */
class RecordReader {
  readonly records: StudyRecords;
  private readonly evaluations: ReadonlyMap<string, readonly EvaluationRecord[]>;

  constructor(records: StudyRecords) {
    this.records = records;
    this.evaluations = Map.groupBy(records.evaluations, ({ runId }) => runId);
  }

  run(id: string): RunRecord | undefined {
    return this.records.runs.find((run) => run.id === id);
  }

  evaluationsOf(run: RunRecord | undefined): readonly EvaluationRecord[] {
    return run ? (this.evaluations.get(run.id) ?? []) : [];
  }

  candidatesAt(policy: string, growingPoint: number): CandidateRecord[] {
    return this.records.candidates.filter(
      (candidate) => candidate.policy === policy && candidate.growingPoint === growingPoint,
    );
  }

  candidateOf(run: RunRecord | undefined): CandidateRecord | undefined {
    return this.records.candidates.find(({ id }) => id === run?.candidateId);
  }
}

function analysePolicy(
  policy: PlannedPolicy,
  ending: Ending,
  plan: StackingPlan,
  read: RecordReader,
): Finished {
  const { studyId } = plan;
  const isScratch = policy.kind === 'scratch';
  const runs = policy.stages.map((_, stage) => {
    if (isScratch) return read.run(`${studyId}/${policy.name}/1/stage`);
    if (stage === 0) return read.run(sourceRun(plan, policy).id);
    const isLast = stage === policy.stages.length - 1;
    const suffix = isLast ? endingSuffix(ending, policy.endings.length) : '';
    return read.run(`${studyId}/${policy.name}/${stage}/stage${suffix}`);
  });
  const growingPoints = policy.growingPoints.map((_, point) =>
    analysePoint(policy, point, runs[point + 1], read),
  );
  const searchFlops = growingPoints.reduce((sum, point) => sum + point.searchFlops, 0);
  let flopsBefore = 0;
  const stages = policy.stages.map((planned, stage): StageAnalysis => {
    const run = runs[stage];
    const candidate = read.candidateOf(run);
    if (ending === 'charged' && stage > 0) flopsBefore += growingPoints[stage - 1]!.searchFlops;
    const evaluations = read.evaluationsOf(run);
    const steps = run?.stepsDone ?? 0;
    const isGrown = candidate !== undefined && !isScratch;
    const analysis: StageAnalysis = {
      stage,
      layers: planned.layers,
      strategy: isGrown ? candidate.strategy : null,
      plan: isGrown ? candidate.plan : null,
      state: run?.state ?? 'waiting',
      stepsPlanned: run?.stepsPlanned ?? planned.steps,
      steps,
      flops: steps * planned.flopsPerStep,
      flopsBefore,
      flopsPerStep: planned.flopsPerStep,
      seconds: run?.seconds ?? 0,
      initialLoss: finiteOrNull(evaluations.find(({ step }) => step === 0)?.loss),
      endLoss: finiteOrNull(evaluations.at(-1)?.loss),
      curve: toCurve(evaluations),
      triggerReadings:
        planned.trigger === null || (stage === policy.stages.length - 1 && stage > 0)
          ? []
          : evaluations.flatMap((evaluation, index) =>
              evaluation.step === 0 ? [] : [readTrigger(planned.trigger!, evaluations.slice(0, index + 1))],
            ),
    };
    flopsBefore += analysis.flops;
    return analysis;
  });
  const last = runs.at(-1);
  const lastSteps = last?.stepsPlanned ?? 0;
  const lastEvaluations = read.evaluationsOf(last);
  const trainingFlops = stages.reduce((sum, stage) => sum + stage.flops, 0);
  const stateRun = runs.find((run) => run && run.state !== 'finished') ?? last;
  const suffix = policy.endings.length > 1 ? ` (search ${ending})` : '';
  return {
    analysis: {
      name: `${policy.name}${suffix}`,
      specName: policy.name,
      policy: policy.kind,
      search: ending,
      state: last?.state === 'finished' ? 'finished' : (stateRun?.state ?? 'waiting'),
      reason: stateRun?.reason ?? null,
      stages,
      growingPoints,
      trainingFlops,
      searchFlops,
      totalFlops: trainingFlops + searchFlops,
      finalLoss: last?.state === 'finished' ? finalLossOf(lastEvaluations, lastSteps) : null,
      lineage: isScratch ? [] : lineageOf(policy, runs, read),
      seconds: runs.reduce((sum, run) => sum + (run?.seconds ?? 0), 0),
    },
    batchLosses: last?.state === 'finished' ? meanBatchLosses(lastEvaluations, lastSteps) : null,
  };
}

function analysePoint(
  policy: PlannedPolicy,
  growingPoint: number,
  stage: RunRecord | undefined,
  read: RecordReader,
): GrowingPointAnalysis {
  const made = read.records.decisions.find(
    (decision) => decision.policy === policy.name && decision.growingPoint === growingPoint,
  );
  const { flopsPerStep } = policy.stages[growingPoint + 1]!;
  const probes = read.candidatesAt(policy.name, growingPoint).flatMap((candidate) => {
    const run = read.records.runs.find(
      ({ candidateId, kind }) => candidateId === candidate.id && kind === 'probe',
    );
    return run ? [{ candidate, run }] : [];
  });
  const searchSteps = probes.reduce((sum, { run }) => sum + run.stepsDone, 0);
  const decision = made ? decisionEvidenceSchema.parse(JSON.parse(made.evidenceJson)) : null;
  return {
    growingPoint,
    fromLayers: policy.stages[growingPoint]!.layers,
    toLayers: policy.stages[growingPoint + 1]!.layers,
    strategy: decision?.strategy ?? read.candidateOf(stage)?.strategy ?? null,
    decision,
    probes: probes.map(({ candidate, run }) => ({
      strategy: candidate.strategy,
      plan: candidate.plan,
      state: run.state,
      curve: toCurve(read.evaluationsOf(run)),
    })),
    searchFlops: searchSteps * flopsPerStep,
    searchSteps,
    searchSeconds: probes.reduce((sum, { run }) => sum + run.seconds, 0),
  };
}

function lineageOf(
  policy: PlannedPolicy,
  runs: readonly (RunRecord | undefined)[],
  read: RecordReader,
): PolicyAnalysis['lineage'] {
  const grown = policy.stages.slice(1).map((stage, point) => {
    const candidate = read.candidateOf(runs[point + 1]);
    if (!candidate) return null;
    const strategy = JSON.parse(candidate.strategyJson) as GrowingStrategy;
    return compileStrategy(strategy, policy.stages[point]!.layers, stage.layers).plan;
  });
  const plans = grown.filter((plan) => plan !== null);
  return plans.length < grown.length ? [] : layerOrigins(plans, policy.stages.at(-1)!.layers);
}

/** Losses of every validation batch, averaged over the evaluations that form the final loss. */
function meanBatchLosses(evaluations: readonly EvaluationRecord[], horizon: number): Float64Array | null {
  const last = evaluations.filter(({ step }) => step > finalWindowStart(horizon) && step <= horizon);
  const [first] = last;
  if (!first) return null;
  return Float64Array.from(
    first.batchLosses,
    (_, batch) => last.reduce((sum, { batchLosses }) => sum + batchLosses[batch]!, 0) / last.length,
  );
}

function marginTo(entry: Finished, best: Finished | null, seed: number): Interval | null {
  if (!best?.batchLosses || !entry.batchLosses) return null;
  return pairedDifference(entry.batchLosses, best.batchLosses, {
    seed,
    purpose: 'policy-margin',
    confidence: CONFIDENCE,
    resamples: RESAMPLES,
  });
}

const finiteOrNull = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

const toCurve = (evaluations: readonly EvaluationRecord[]): CurvePoint[] =>
  evaluations.map(({ step, loss }) => ({ step, loss: finiteOrNull(loss) }));
