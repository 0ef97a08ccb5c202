/**
 * Runs a stacking study: every policy goes its way from the first stage to the last, beside the others. Like a
 * study of one growing point it looks at the history first and does only what is missing, so starting, resuming and
 * looking at a finished study are the same call, and end the same bit for bit.
 */
import { lagOf } from '../contract/decision.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { RunRecord } from '../contract/records.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import type { History } from '../history/history.ts';
import { initialParameters } from '../model/parameter-layout.ts';
import { randomStream } from '../tensor/random.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import { type ChoiceSite, choose } from './choose.ts';
import { growingPointOf, lastCheckpointOf } from './growing-point.ts';
import type { RunEnvironment } from './run-executor.ts';
import { createRun, deleteCheckpointFiles, executeRun } from './run-executor.ts';
import { RunGroup, type RunTask } from './run-group.ts';
import { provideSource } from './source-model.ts';
import type { PlannedPolicy, PlannedStage, StackingPlan } from './stacking-plan.ts';
import { addCandidates, forgetInnerCheckpoints, noteOnce, searchFlopsAt } from './stacking-records.ts';
import type { PathState } from './stacking-runs.ts';
import {
  candidateIdAt,
  endingSuffix,
  growthSeed,
  plannedRuns,
  probeRun,
  scratchRun,
  sourceRun,
  stageRun,
} from './stacking-runs.ts';
import type { PlannedRun } from './study-plan.ts';
import type { StudyProgress } from './study-progress.ts';
import { ProgressMeter } from './study-progress.ts';
import { readTrigger } from './triggers.ts';

export interface StackingOptions {
  readonly plan: StackingPlan;
  readonly environment: Omit<RunEnvironment, 'onProgress'>;
  /** Runs side by side. */
  readonly trainers: number;
  readonly onProgress: (progress: StudyProgress) => void;
}

/** A policy that cannot go on, because a run of its own was lost; the others do. */
class PolicyEnded extends Error {}

/**
 * Takes every policy to its end.
 * @returns what to say of it, in a few words
 * @throws EspalierError `interrupted` when the signal fired, `failed` when no policy came to its end
 */
export async function runStacking(options: StackingOptions): Promise<string> {
  return new StackingRunner(options).toTheEnd();
}

class StackingRunner {
  private readonly plan: StackingPlan;
  private readonly environment: RunEnvironment;
  private readonly group: RunGroup;
  private readonly progress: ProgressMeter;
  /** Source runs under way or done, which policies share. */
  private readonly sources = new Map<string, Promise<RunRecord>>();

  constructor({ plan, environment, trainers, onProgress }: StackingOptions) {
    this.plan = plan;
    this.progress = new ProgressMeter(plan.spec, onProgress);
    this.environment = {
      ...environment,
      onProgress: (runId, step) => this.progress.move(runId, step),
    };
    this.group = new RunGroup(this.environment, trainers, (run, { stepsDone }) =>
      this.progress.end(run.id, stepsDone, run.untilStep),
    );
  }

  private get history(): History {
    return this.environment.history;
  }

  async toTheEnd(): Promise<string> {
    const { plan, history } = this;
    this.progress.plan(plannedRuns(plan));
    this.recallPastRuns();
    this.progress.enter('probing');
    const lost: string[] = [];
    await this.group.all(
      plan.policies.map((policy) => async () => {
        try {
          await this.follow(policy);
        } catch (error) {
          if (!(error instanceof PolicyEnded)) throw error;
          lost.push(policy.name);
          this.note('policy-ended', `${policy.name}: ${error.message}`);
        }
      }),
    );
    if (lost.length === plan.policies.length)
      throw new EspalierError('failed', `no policy came to its end: ${lost.join(', ')}`, {
        hint: 'Lower recipe.learningRate, or look at the events of the study.',
      });
    if (plan.spec.keepCheckpoints === 'chosen')
      deleteCheckpointFiles(this.environment.checkpointFolder, forgetInnerCheckpoints(plan, history));
    this.progress.enter('finished');
    return `${plan.policies.length - lost.length} of ${plan.policies.length} policies came to their end${
      history.listDecisions(plan.studyId).length > 0
        ? `; ${history.listDecisions(plan.studyId).length} choices were made`
        : ''
    }`;
  }

  /** A run that was cut off, or failed by a passing trouble, gets another try, unless a decision rests on it. */
  private recallPastRuns(): void {
    const decided = new Set(
      this.history
        .listDecisions(this.plan.studyId)
        .map(({ policy, growingPoint }) => `${policy} ${growingPoint}`),
    );
    const candidates = new Map(
      this.history.listCandidates(this.plan.studyId).map((candidate) => [candidate.id, candidate]),
    );
    for (const run of this.history.listRuns(this.plan.studyId)) {
      if (run.state === 'finished') this.progress.end(run.id, run.stepsDone, Number.POSITIVE_INFINITY);
      else this.progress.move(run.id, run.stepsDone);
      if (run.state !== 'running' && run.state !== 'failed') continue;
      const candidate = run.candidateId === null ? undefined : candidates.get(run.candidateId);
      if (run.kind === 'probe' && candidate && decided.has(`${candidate.policy} ${candidate.growingPoint}`))
        continue;
      this.history.updateRun(run.id, { state: 'waiting', reason: null });
    }
  }

  private async follow(policy: PlannedPolicy): Promise<void> {
    if (policy.kind === 'scratch') return this.trainFromScratch(policy);
    let path = await this.trainSource(policy);
    let searchFlops = 0;
    for (const [growingPoint, point] of policy.growingPoints.entries()) {
      const { strategy } = await this.chooseAt(policy, growingPoint, path);
      searchFlops += searchFlopsAt(this.plan, policy, growingPoint, this.history);
      const isLast = growingPoint === policy.growingPoints.length - 1;
      const planned = point.candidates.find((candidate) => candidate.strategy.name === strategy)!;
      const grown = { policy, growingPoint, strategy: planned.strategy, path };
      if (isLast) await this.trainLastStage(grown, searchFlops);
      else path = await this.trainStage(grown);
    }
  }

  /** The first stage; trained once for all policies that begin alike. */
  private async trainSource(policy: PlannedPolicy): Promise<PathState> {
    const { plan, group } = this;
    const stage = policy.stages[0]!;
    const run = sourceRun(plan, policy);
    const train = (): Promise<RunRecord> =>
      group.withTrainer(() =>
        provideSource({ studyId: plan.studyId, seed: plan.spec.seed, run }, group.runEnvironment, {
          isReusable: stage.trigger === null,
          train: (makeStart) => this.trainUntilTrigger(run, stage, makeStart),
        }),
      );
    const under = this.sources.get(run.id) ?? train();
    this.sources.set(run.id, under);
    const record = await under;
    this.progress.end(run.id, record.stepsDone, Number.POSITIVE_INFINITY);
    const { stepsDone } = record;
    return {
      runId: run.id,
      steps: stepsDone,
      flops: stepsDone * stage.flopsPerStep,
      adamSteps: stepsDone,
    };
  }

  /** Choice at a growing point: by the rule, by chance, or as the policy always does. */
  private async chooseAt(
    policy: PlannedPolicy,
    growingPoint: number,
    path: PathState,
  ): Promise<{ readonly strategy: string }> {
    const { plan, history, group } = this;
    const { candidates } = policy.growingPoints[growingPoint]!;
    const { choice } = policy;
    const considered =
      choice.kind === 'random'
        ? [candidates[randomStream(plan.spec.seed, 'random-policy', growingPoint).below(candidates.length)]!]
        : candidates;
    addCandidates(plan.studyId, policy, growingPoint, considered, history);
    if (choice.kind !== 'rule') return { strategy: considered[0]!.strategy.name };
    const source = lastCheckpointOf(path.runId, history, this.environment.checkpointFolder);
    const taskOf = (
      strategy: GrowingStrategy,
      schedule: 'final' | 'cooldown',
      untilStep: number,
    ): RunTask => ({
      run: probeRun({ plan, policy, growingPoint, strategy, path }, schedule, untilStep),
      candidateId: candidateIdAt(plan.studyId, policy, growingPoint, strategy.name),
      makeStart: () => this.grownModel(policy, growingPoint, strategy, source()),
    });
    const { decision, seed } = plan.spec;
    const probe = probeRun(
      { plan, policy, growingPoint, strategy: considered[0]!.strategy, path },
      'final',
      lagOf(decision),
    );
    const site: ChoiceSite = {
      studyId: plan.studyId,
      policy: policy.name,
      growingPoint,
      rule: decision,
      seed,
      horizon: probe.scheduleSteps,
      evaluationSteps: probe.evaluationSteps,
      candidates: considered.map(({ strategy }, position) => ({
        candidateId: candidateIdAt(plan.studyId, policy, growingPoint, strategy.name),
        strategy: strategy.name,
        position,
        isControl: false,
        task: (schedule, untilStep) => taskOf(strategy, schedule, untilStep),
        repeats: [],
      })),
    };
    try {
      return await choose(site, history, (tasks) => group.execute(tasks));
    } catch (error) {
      const lost = site.candidates.every(({ candidateId }) =>
        history
          .listRuns(plan.studyId)
          .some(
            (run) => run.candidateId === candidateId && (run.state === 'diverged' || run.state === 'failed'),
          ),
      );
      throw lost ? new PolicyEnded(messageOf(error)) : error;
    }
  }

  private async trainStage(grown: GrownStage): Promise<PathState> {
    const { policy, growingPoint, strategy, path } = grown;
    const stage = policy.stages[growingPoint + 1]!;
    const run = stageRun({ plan: this.plan, ...grown }, stage.steps, '');
    const record = await this.trainGrown(run, grown, stage);
    return {
      runId: run.id,
      steps: path.steps + record.stepsDone,
      flops: path.flops + record.stepsDone * stage.flopsPerStep,
      adamSteps:
        ('moments' in strategy && strategy.moments === 'copy' ? path.adamSteps : 0) + record.stepsDone,
    };
  }

  /** As many steps as the budget leaves after the path, and after the search where it is charged. */
  private async trainLastStage(grown: GrownStage, searchFlops: number): Promise<void> {
    const { policy, path } = grown;
    const stage = policy.stages.at(-1)!;
    let ended: PolicyEnded | null = null;
    for (const ending of policy.endings) {
      const left = this.plan.budgetFlops - path.flops - (ending === 'charged' ? searchFlops : 0);
      const run = stageRun(
        { plan: this.plan, ...grown },
        Math.max(1, Math.floor(left / stage.flopsPerStep)),
        endingSuffix(ending, policy.endings.length),
      );
      try {
        await this.trainGrown(run, grown, { ...stage, trigger: null });
      } catch (error) {
        if (!(error instanceof PolicyEnded)) throw error;
        ended = error;
      }
    }
    if (ended) throw ended;
  }

  private async trainGrown(run: PlannedRun, grown: GrownStage, stage: PlannedStage): Promise<RunRecord> {
    const { policy, growingPoint, strategy, path } = grown;
    const { history, environment, plan, group } = this;
    const candidateId = candidateIdAt(plan.studyId, policy, growingPoint, strategy.name);
    if (!history.listRuns(plan.studyId).some(({ id }) => id === run.id))
      createRun(run, candidateId, environment);
    const source = lastCheckpointOf(path.runId, history, environment.checkpointFolder);
    const record = await group.withTrainer(() =>
      this.trainUntilTrigger(run, stage, () => this.grownModel(policy, growingPoint, strategy, source())),
    );
    this.progress.end(run.id, record.stepsDone, Number.POSITIVE_INFINITY);
    if (record.state === 'finished') return record;
    throw new PolicyEnded(
      `stage ${growingPoint + 2} (${strategy.name}) could not be trained: ${record.reason ?? record.state}`,
    );
  }

  private grownModel(
    policy: PlannedPolicy,
    growingPoint: number,
    strategy: GrowingStrategy,
    source: CheckpointContent,
  ): CheckpointContent {
    return growingPointOf(source, {
      strategy,
      targetLayers: policy.stages[growingPoint + 1]!.layers,
      seed: growthSeed(this.plan.spec.seed, growingPoint),
      repeat: 0,
    });
  }

  private async trainFromScratch(policy: PlannedPolicy): Promise<void> {
    const { plan, history, environment, group } = this;
    const run = scratchRun(plan, policy);
    const strategy: GrowingStrategy = {
      name: 'scratch',
      operator: 'scratch',
      description: 'Trained from its initialisation.',
    };
    const planned = { strategy, planText: 'scratch', exactness: 'none' as const };
    addCandidates(plan.studyId, policy, 0, [planned], history);
    const candidateId = candidateIdAt(plan.studyId, policy, 0, strategy.name);
    if (!history.listRuns(plan.studyId).some(({ id }) => id === run.id))
      createRun(run, candidateId, environment);
    const record = await group.withTrainer(() =>
      executeRun(
        run,
        () => ({
          architecture: run.architecture,
          step: 0,
          parameters: initialParameters(run.architecture, plan.spec.seed),
          momentM: null,
          momentV: null,
          lineage: null,
          extra: {},
        }),
        group.runEnvironment,
      ),
    );
    this.progress.end(run.id, record.stepsDone, Number.POSITIVE_INFINITY);
    if (record.state !== 'finished') throw new PolicyEnded(record.reason ?? record.state);
  }

  /** Trains a stage to its end, or to the evaluation at which its trigger fires; the latter is read from the history. */
  private async trainUntilTrigger(
    run: PlannedRun,
    { trigger }: PlannedStage,
    makeStart: () => CheckpointContent,
  ): Promise<RunRecord> {
    const { history, group } = this;
    if (trigger === null) return executeRun(run, makeStart, group.runEnvironment);
    let record: RunRecord | null = null;
    for (const step of run.evaluationSteps) {
      record = await executeRun({ ...run, untilStep: step }, makeStart, group.runEnvironment);
      if (record.state !== 'finished') return record;
      const seen = history.listEvaluations(run.id).filter((evaluation) => evaluation.step <= step);
      const reading = readTrigger(trigger, seen);
      if (!reading.hasFired || step === run.untilStep) continue;
      this.note(
        'trigger-fired',
        `${run.id}: ${trigger.trigger} read ${reading.value?.toPrecision(3)} at step ${step} (threshold ${reading.threshold}); grown early`,
      );
      return record;
    }
    return record!;
  }

  private note(kind: string, message: string): void {
    noteOnce(this.history, this.plan.studyId, kind, message);
  }
}

interface GrownStage {
  readonly policy: PlannedPolicy;
  readonly growingPoint: number;
  readonly strategy: GrowingStrategy;
  readonly path: PathState;
}
