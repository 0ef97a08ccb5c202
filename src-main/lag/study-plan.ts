/**
 * From a study spec and the size of its vocabulary to everything that is decided before training: architectures, candidates,
 * runs with their steps and evaluations, cost. Pure, so the same plan serves the estimate and the run.
 */
import type { Architecture } from '../contract/architecture.ts';
import { lagOf } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { RunKind } from '../contract/records.ts';
import type { StudySpec } from '../contract/study.ts';
import type { PoolPlan, ResolvedPool } from '../growth/pool.ts';
import { planPool } from '../growth/pool.ts';
import { trainingFlopsPerStep } from '../model/flops.ts';
import { cooldownRecipe } from '../model/learning-rate.ts';
import { countParameters } from '../model/parameter-layout.ts';
import { randomStream } from '../tensor/random.ts';
import { finalRunEvaluations, multiples, probeEvaluations } from './evaluation-grid.ts';

/** One training run as it will happen. */
export interface PlannedRun {
  readonly id: string;
  readonly kind: RunKind;
  /** Index into the pool plan's candidates; null for the source. */
  readonly candidate: number | null;
  readonly repeat: number;
  readonly architecture: Architecture;
  readonly recipe: Recipe;
  /** Length of the learning-rate schedule. */
  readonly scheduleSteps: number;
  readonly untilStep: number;
  readonly evaluationSteps: readonly number[];
  readonly batchSeed: number;
  readonly firstBatch: number;
  readonly adamStepOffset: number;
}

export interface StudyPlan {
  readonly studyId: string;
  readonly spec: StudySpec;
  readonly pool: ResolvedPool;
  readonly poolPlan: PoolPlan;
  readonly source: PlannedRun;
  readonly sourceArchitecture: Architecture;
  readonly targetArchitecture: Architecture;
  readonly divergenceLoss: number;
  /** Runs the decision needs, in pool order, repeats after all candidates. */
  readonly decisionRuns: readonly PlannedRun[];
  /** Cooldown probes of other lengths than the decision's, for audits that judge the rule at several lags. */
  readonly extraProbes: readonly PlannedRun[];
  /** The run to the horizon of one candidate: after the decision for the chosen one, in audits for all. */
  readonly fullRun: (candidate: number) => PlannedRun;
}

/**
 * @throws EspalierError `refused` when a strategy of the pool cannot grow these depths; `bad-input` when the
 *   decision leaves a cooldown probe no step to cool down.
 */
export function planStudy(
  spec: StudySpec,
  studyId: string,
  vocabulary: number,
  pool: ResolvedPool,
): StudyPlan {
  const { source, target, seed, horizon, decision } = spec;
  const lag = lagOf(decision);
  if (decision.rule === 'cooldown' && lag <= spec.recipe.warmupSteps)
    throw new EspalierError(
      'bad-input',
      `decision.lag is ${lag}; a cooldown probe must be longer than recipe.warmupSteps, which is ${spec.recipe.warmupSteps}`,
      { hint: 'Raise decision.lag or lower recipe.warmupSteps.' },
    );
  const poolPlan = planPool(pool, source.layers, target.layers);
  refuseUnplannable(poolPlan, source.layers, target.layers);
  const { dropout, ...shape } = spec.model;
  const architectureOf = (layers: number): Architecture => ({
    ...shape,
    dropout,
    layers,
    vocabulary,
  });
  const targetArchitecture = architectureOf(target.layers);

  const candidateRun = (candidate: number, repeat: number, kind: 'probe' | 'full'): PlannedRun => {
    const { strategy } = poolPlan.candidates[candidate]!;
    const copiesMoments = 'moments' in strategy && strategy.moments === 'copy';
    const isProbe = kind === 'probe' && decision.rule === 'cooldown';
    return {
      id: runId(studyId, poolPlan, candidate, repeat, kind),
      kind,
      candidate,
      repeat,
      architecture: targetArchitecture,
      recipe: isProbe ? cooldownRecipe(spec.recipe) : spec.recipe,
      scheduleSteps: isProbe ? lag : horizon,
      untilStep: kind === 'probe' ? lag : horizon,
      evaluationSteps: evaluationSteps(spec, kind),
      batchSeed: batchSeedOf(seed, repeat),
      firstBatch: source.steps,
      adamStepOffset: copiesMoments ? source.steps : 0,
    };
  };

  // A rule on the final schedule reads the full runs themselves: nothing is trained twice. Repeats exist for the
  // decision alone, so they are always probes.
  const decisionKind = decision.rule === 'cooldown' ? 'probe' : 'full';
  const ranked = poolPlan.candidates.map((_, index) => index);
  const stopAtLag = (run: PlannedRun): PlannedRun =>
    run.kind === 'full' && spec.mode === 'select' ? { ...run, untilStep: lag } : run;
  const decisionRuns = [
    ...ranked.map((index) => stopAtLag(candidateRun(index, 0, decisionKind))),
    ...Array.from({ length: spec.repeats }, (_, repeat) =>
      ranked
        .filter((index) => !poolPlan.candidates[index]!.isControl)
        .map((index) => candidateRun(index, repeat + 1, 'probe')),
    ).flat(),
  ];
  const sourceArchitecture = architectureOf(source.layers);
  return {
    studyId,
    spec,
    pool,
    poolPlan,
    sourceArchitecture,
    targetArchitecture,
    divergenceLoss: spec.divergenceLoss ?? 10 * Math.log(vocabulary),
    source: {
      id: `${studyId}/source`,
      kind: 'source',
      candidate: null,
      repeat: 0,
      architecture: sourceArchitecture,
      recipe: source.recipe,
      scheduleSteps: source.steps,
      untilStep: source.steps,
      evaluationSteps: multiples(spec.evaluation.every, source.steps),
      batchSeed: batchSeedOf(seed, 0),
      firstBatch: 0,
      adamStepOffset: 0,
    },
    decisionRuns,
    extraProbes: (spec.cooldownLags ?? [])
      .filter((length) => decision.rule !== 'cooldown' || length !== lag)
      .flatMap((length) => ranked.map((index) => extraProbe(candidateRun(index, 0, 'probe'), spec, length))),
    fullRun: (candidate) => candidateRun(candidate, 0, 'full'),
  };
}

/** The same probe, `length` steps long. */
function extraProbe(probe: PlannedRun, spec: StudySpec, length: number): PlannedRun {
  return {
    ...probe,
    id: `${probe.id}-${length}`,
    recipe: cooldownRecipe(spec.recipe),
    scheduleSteps: length,
    untilStep: length,
    evaluationSteps: probeEvaluations(length),
  };
}

/** Every problem at once, before anything is trained. */
function refuseUnplannable(plan: PoolPlan, from: number, to: number): void {
  if (plan.refusals.length > 0)
    throw new EspalierError(
      'refused',
      `${plan.refusals.length} of the pool's strategies cannot grow ${from} into ${to} layers: ${plan.refusals.map((refusal) => refusal.message).join(' ')}`,
      {
        hint: plan.refusals[0]?.hint ?? 'Leave these strategies out of the pool, or choose other depths.',
        problems: plan.refusals.map(({ strategy, message }) => ({ at: `pool: ${strategy}`, message })),
      },
    );
  if (!plan.candidates.some((candidate) => !candidate.isControl))
    throw new EspalierError('refused', 'the pool has only controls; it must have a strategy to choose', {
      hint: 'Add a strategy to the pool.',
    });
}

const runId = (studyId: string, plan: PoolPlan, candidate: number, repeat: number, kind: RunKind): string =>
  `${candidateId(studyId, plan, candidate, repeat)}/${kind}`;

/** `{study}/{strategy}`, with `#1` for the first repeat. */
export function candidateId(studyId: string, plan: PoolPlan, candidate: number, repeat: number): string {
  const { strategy } = plan.candidates[candidate]!;
  return `${studyId}/${strategy.name}${repeat === 0 ? '' : `#${repeat}`}`;
}

/** Repeats see other training orders; repeat 0 goes on with the source's stream. */
function batchSeedOf(seed: number, repeat: number): number {
  return repeat === 0 ? seed : randomStream(seed, 'repeat', repeat).nextUint32();
}

function evaluationSteps(spec: StudySpec, kind: 'probe' | 'full'): number[] {
  const { evaluation, horizon, decision } = spec;
  const full = finalRunEvaluations(evaluation, horizon, decision);
  if (kind === 'full') return full;
  const lag = lagOf(decision);
  // A repeat must be read at the very steps at which the runs it is compared with are read.
  if (decision.rule === 'windowMean')
    return full.filter((step) => step > lag - decision.window && step <= lag);
  return decision.rule === 'areaUnderCurve' || decision.rule === 'extrapolation'
    ? full.filter((step) => step <= lag)
    : probeEvaluations(lag);
}

/** What a study will cost, from exact counts. */
export interface StudyEstimate {
  readonly runs: number;
  readonly steps: number;
  /** Matrix-product FLOPs of training and evaluating, source included. */
  readonly flops: number;
  /** Least and most bytes on disk while it runs, checkpoints of all runs kept. */
  readonly diskBytes: number;
  readonly parameters: { readonly source: number; readonly target: number };
}

export function estimateStudy(plan: StudyPlan): StudyEstimate {
  const full = plan.poolPlan.candidates.map((_, index) => plan.fullRun(index));
  const readsFull = plan.spec.decision.rule !== 'cooldown';
  const probes = readsFull ? plan.decisionRuns.filter((run) => run.kind === 'probe') : plan.decisionRuns;
  const continued = plan.spec.mode === 'audit' ? full : full.slice(0, 1);
  const stopped =
    readsFull && plan.spec.mode === 'select'
      ? plan.decisionRuns.filter((run) => run.kind === 'full').slice(1)
      : [];
  const runs = [plan.source, ...probes, ...stopped, ...plan.extraProbes, ...continued];
  const source = countParameters(plan.sourceArchitecture);
  const target = countParameters(plan.targetArchitecture);
  const bytesPerRun = (run: PlannedRun): number => 12 * (run.kind === 'source' ? source : target);
  return {
    runs: runs.length,
    steps: runs.reduce((sum, run) => sum + run.untilStep, 0),
    flops: runs.reduce((sum, run) => sum + plannedFlops(run, plan.spec), 0),
    diskBytes: runs.reduce((sum, run) => sum + bytesPerRun(run), 0),
    parameters: { source, target },
  };
}

/** Training and evaluation FLOPs of a run; an evaluation is a forward pass, a third of a step on as many tokens. */
export function plannedFlops(run: PlannedRun, spec: Pick<StudySpec, 'evaluation'>): number {
  const { batchSize, metrics = [] } = spec.evaluation;
  // A corpus is measured on as many batches as the validation text, a primitive on whole batches of its examples.
  const metricBatches = metrics.map((metric) =>
    'corpus' in metric ? spec.evaluation.batches : Math.ceil(metric.examples / batchSize),
  );
  const batches = metricBatches.reduce((sum, count) => sum + count, spec.evaluation.batches);
  const evaluationCount = 1 + run.evaluationSteps.filter((step) => step <= run.untilStep).length;
  return (
    run.untilStep * trainingFlopsPerStep(run.architecture, run.recipe.batchSize) +
    (evaluationCount * batches * trainingFlopsPerStep(run.architecture, batchSize)) / 3
  );
}
