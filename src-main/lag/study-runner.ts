/**
 * Runs a study: source, growth, probes, decision, continuation. Every step looks at the history first and does
 * only what is missing, so the same call starts a study, resumes it after any interruption, and does nothing to
 * a finished one.
 */
import { createHash } from 'node:crypto';
import type { DecisionEvidence } from '../contract/analysis.ts';
import { lagOf } from '../contract/decision.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { CandidateRecord, EvaluationRecord, RunRecord } from '../contract/records.ts';
import { grow } from '../growth/grow.ts';
import type { History } from '../history/history.ts';
import { initialParameters } from '../model/parameter-layout.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import { checkpointFileName, readCheckpoint } from '../training/checkpoint-file.ts';
import { readRule } from './decision-rules.ts';
import type { RunEnvironment } from './run-executor.ts';
import { deleteCheckpointFiles, executeRun } from './run-executor.ts';
import { selectStrategy } from './selection.ts';
import type { PlannedRun, StudyPlan } from './study-plan.ts';
import { candidateId, plannedFlops } from './study-plan.ts';

/** Where a study stands; FLOPs are planned work, evaluations included. */
export interface StudyProgress {
  readonly phase: 'source' | 'probing' | 'continuing' | 'finished';
  readonly runsDone: number;
  readonly runsTotal: number;
  readonly flopsDone: number;
  readonly flopsTotal: number;
  /** Run and step that moved last. */
  readonly runId: string | null;
  readonly step: number;
}

export interface StudyRunnerOptions {
  readonly plan: StudyPlan;
  readonly environment: Omit<RunEnvironment, 'onProgress'>;
  /** Runs side by side. */
  readonly trainers: number;
  readonly onProgress: (progress: StudyProgress) => void;
}

/** @throws EspalierError `interrupted` when the signal fired; whatever stopped the study otherwise. */
export async function runStudy(options: StudyRunnerOptions): Promise<void> {
  const { plan, environment } = options;
  const { history } = environment;
  if (history.getStudy(plan.studyId).state === 'finished') return;
  history.updateStudyState(plan.studyId, 'running');
  try {
    await new StudyRunner(options).toTheEnd();
    history.updateStudyState(plan.studyId, 'finished');
  } catch (error) {
    const isInterrupted = error instanceof EspalierError && error.code === 'interrupted';
    history.updateStudyState(plan.studyId, isInterrupted ? 'interrupted' : 'failed', messageOf(error));
    throw error;
  }
}

class StudyRunner {
  private readonly plan: StudyPlan;
  private readonly environment: RunEnvironment;
  private readonly trainers: number;
  private readonly report: (progress: StudyProgress) => void;
  private readonly steps = new Map<string, number>();
  private phase: StudyProgress['phase'] = 'source';
  private planned: PlannedRun[] = [];

  constructor({ plan, environment, trainers, onProgress }: StudyRunnerOptions) {
    this.plan = plan;
    this.trainers = trainers;
    this.report = onProgress;
    this.environment = {
      ...environment,
      onProgress: (runId, step) => {
        this.steps.set(runId, step);
        this.tell(runId, step);
      },
    };
  }

  private get history(): History {
    return this.environment.history;
  }

  async toTheEnd(): Promise<void> {
    const { plan, history } = this;
    const full = plan.poolPlan.candidates.map((_, index) => plan.fullRun(index));
    const isAudit = plan.spec.mode === 'audit';
    this.planned = this.distinct([plan.source, ...plan.decisionRuns, ...(isAudit ? full : [])]);
    this.givePastRunsAnotherTry();
    await this.trainSource();

    this.phase = 'probing';
    await this.execute(plan.decisionRuns);
    const decision = this.decide();

    this.phase = 'continuing';
    const chosen = plan.poolPlan.candidates.findIndex(({ strategy }) => strategy.name === decision.strategy);
    const continued = isAudit ? full : [full[chosen]!];
    this.planned = this.distinct([plan.source, ...plan.decisionRuns, ...continued]);
    await this.execute(continued);
    if (plan.spec.keepCheckpoints === 'chosen') this.dropOtherCheckpoints(full[chosen]!.id);
    this.phase = 'finished';
    this.tell(null, 0);
    history.addEvent({
      studyId: plan.studyId,
      runId: null,
      kind: 'study-finished',
      message: `finished; chosen: ${decision.strategy}`,
    });
  }

  /** The longest plan of each run: a run that first stops at the lag and later goes on counts once. */
  private distinct(runs: readonly PlannedRun[]): PlannedRun[] {
    const longest = new Map<string, PlannedRun>();
    for (const run of runs)
      if (!((longest.get(run.id)?.untilStep ?? -1) >= run.untilStep)) longest.set(run.id, run);
    return [...longest.values()];
  }

  private tell(runId: string | null, step: number): void {
    const { spec } = this.plan;
    const share = (run: PlannedRun): number =>
      Math.min(1, (this.steps.get(run.id) ?? 0) / Math.max(1, run.untilStep));
    this.report({
      phase: this.phase,
      runsDone: this.planned.filter((run) => share(run) === 1).length,
      runsTotal: this.planned.length,
      flopsDone: this.planned.reduce((sum, run) => sum + share(run) * plannedFlops(run, spec), 0),
      flopsTotal: this.planned.reduce((sum, run) => sum + plannedFlops(run, spec), 0),
      runId,
      step,
    });
  }

  /** A run that was cut off, or that failed before, may have met a passing trouble. */
  private givePastRunsAnotherTry(): void {
    for (const run of this.history.listRuns(this.plan.studyId)) {
      if (run.state === 'running' || run.state === 'failed')
        this.history.updateRun(run.id, { state: 'waiting', reason: null });
      this.steps.set(run.id, run.stepsDone);
    }
  }

  private async trainSource(): Promise<void> {
    const { plan, history } = this;
    const key = this.sourceKey();
    if (!this.knownRun(plan.source.id)) {
      const trained = history.findSourceRun(key);
      if (trained) {
        this.reuseSource(trained.run, trained.checkpoint.hash, trained.checkpoint.bytes, key);
        return;
      }
      this.createRun(plan.source, null, key);
    }
    const record = await executeRun(plan.source, () => this.initialSource(), this.environment);
    if (record.state !== 'finished')
      throw new EspalierError(
        'failed',
        `the source model could not be trained: ${record.reason ?? record.state}`,
        {
          hint: 'Lower source.recipe.learningRate, or look at the events of the study.',
        },
      );
  }

  /** All that determines the trained source, and where the same bytes are promised. */
  private sourceKey(): string {
    const { plan, environment } = this;
    const content = {
      version: 1,
      architecture: plan.sourceArchitecture,
      dataset: environment.dataset.contentHash,
      steps: plan.source.untilStep,
      recipe: plan.source.recipe,
      seed: plan.spec.seed,
      evaluation: { ...environment.evaluation, steps: plan.source.evaluationSteps },
      device: environment.compute.device,
    };
    return createHash('sha256').update(JSON.stringify(content)).digest('hex');
  }

  private initialSource(): CheckpointContent {
    const { sourceArchitecture, spec } = this.plan;
    const parameters = initialParameters(sourceArchitecture, spec.seed);
    return {
      architecture: sourceArchitecture,
      step: 0,
      parameters,
      momentM: null,
      momentV: null,
      lineage: null,
      extra: {},
    };
  }

  /** A source that another study trained becomes this study's own, so that either may be removed. */
  private reuseSource(trained: RunRecord, hash: string, bytes: number, sourceKey: string): void {
    const { plan, history } = this;
    const runId = plan.source.id;
    const evaluations = history.listEvaluations(trained.id);
    history.transaction(() => {
      history.createRun({ ...trained, id: runId, studyId: plan.studyId, attempts: 0 }, { sourceKey });
      history.recordEvaluations(evaluations.map((evaluation) => ({ ...evaluation, runId })));
      history.addCheckpoint({ hash, bytes, runId, step: trained.stepsDone, kind: 'final' });
      history.addEvent({
        studyId: plan.studyId,
        runId,
        kind: 'source-reused',
        message: `the source was trained before (study ${trained.studyId}); it is used again`,
      });
    });
    this.steps.set(runId, trained.stepsDone);
    this.tell(runId, trained.stepsDone);
  }

  private knownRun(id: string): RunRecord | undefined {
    return this.history.listRuns(this.plan.studyId).find((run) => run.id === id);
  }

  private createRun(run: PlannedRun, owner: string | null, sourceKey?: string): void {
    this.history.createRun(
      {
        id: run.id,
        studyId: this.plan.studyId,
        candidateId: owner,
        kind: run.kind,
        state: 'waiting',
        stepsPlanned: run.untilStep,
        stepsDone: 0,
        attempts: 0,
        seconds: 0,
        flops: 0,
        architecture: run.architecture,
        device: '',
        reason: null,
      },
      sourceKey === undefined ? {} : { sourceKey },
    );
  }

  /** Runs the given runs, `trainers` at a time, in order. The first refusal or interruption stops the rest. */
  private async execute(runs: readonly PlannedRun[]): Promise<void> {
    const { plan, history } = this;
    const known = new Set(history.listRuns(plan.studyId).map((run) => run.id));
    history.transaction(() => {
      for (const run of runs)
        if (!known.has(run.id))
          this.createRun(run, candidateId(plan.studyId, plan.poolPlan, run.candidate!, run.repeat));
    });
    const source = this.loadSource();
    const waiting = [...runs];
    let stopped: unknown = null;
    const worker = async (): Promise<void> => {
      for (let run = waiting.shift(); run; run = waiting.shift()) {
        const next = run;
        try {
          await executeRun(next, () => this.growingPoint(next, source()), this.environment);
        } catch (error) {
          stopped ??= error;
          waiting.length = 0;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.trainers, runs.length) }, worker));
    if (stopped !== null) throw stopped;
  }

  /** Reads the trained source once, when the first candidate is grown. */
  private loadSource(): () => CheckpointContent {
    let content: CheckpointContent | null = null;
    return () => {
      const checkpoint = this.history.latestCheckpoint(this.plan.source.id);
      if (!checkpoint)
        throw new EspalierError('failed', `run ${this.plan.source.id} has no checkpoint to grow from`);
      const path = `${this.environment.checkpointFolder}/${checkpointFileName(checkpoint.hash)}`;
      content ??= readCheckpoint(path, { verifyHash: checkpoint.hash });
      return content;
    };
  }

  private growingPoint(run: PlannedRun, source: CheckpointContent): CheckpointContent {
    const { plan } = this;
    const { strategy } = plan.poolPlan.candidates[run.candidate!]!;
    const { momentM, momentV } = source;
    const grown = grow({
      source: {
        architecture: source.architecture,
        parameters: source.parameters,
        moments: momentM && momentV ? { m: momentM, v: momentV } : null,
      },
      targetLayers: plan.targetArchitecture.layers,
      strategy,
      seed: plan.spec.seed,
      repeat: run.repeat,
    });
    const { architecture, parameters, lineage } = grown;
    const copies = 'moments' in strategy && strategy.moments === 'copy';
    return {
      architecture,
      step: 0,
      parameters,
      momentM: copies ? grown.momentM : null,
      momentV: copies ? grown.momentV : null,
      lineage,
      extra: { strategy: JSON.stringify(strategy) },
    };
  }

  /** Makes the decision, or returns the one that was made. */
  private decide(): DecisionEvidence {
    const { plan, history } = this;
    const made = history.listDecisions(plan.studyId)[0];
    if (made) return JSON.parse(made.evidenceJson) as DecisionEvidence;
    const { decision, seed } = plan.spec;
    const lag = lagOf(decision);
    const candidates = history.listCandidates(plan.studyId);
    const runOf = (candidate: CandidateRecord): PlannedRun =>
      plan.decisionRuns.find(
        (run) => candidateId(plan.studyId, plan.poolPlan, run.candidate!, run.repeat) === candidate.id,
      )!;
    const evaluationsOf = (candidate: CandidateRecord): EvaluationRecord[] =>
      history.listEvaluations(runOf(candidate).id).filter((evaluation) => evaluation.step <= lag);
    const evidence = selectStrategy(
      candidates
        .filter(({ repeat }) => repeat === 0)
        .map((candidate) => {
          const evaluations = evaluationsOf(candidate);
          const reached = evaluations.some((evaluation) => evaluation.step === lag);
          return {
            strategy: candidate.strategy,
            position: candidate.position,
            isControl: candidate.isControl,
            state: reached ? 'finished' : history.getRun(runOf(candidate).id).state,
            evaluations,
            repeatValues: candidates
              .filter(({ strategy, repeat }) => strategy === candidate.strategy && repeat > 0)
              .map((repeated) => {
                const outcome = readRule(decision, evaluationsOf(repeated));
                return typeof outcome === 'object' ? outcome.value : null;
              }),
          };
        }),
      decision,
      seed,
    );
    const chosen = candidates.find(({ strategy, repeat }) => strategy === evidence.strategy && repeat === 0)!;
    history.transaction(() => {
      history.recordDecision({
        studyId: plan.studyId,
        growingPoint: 0,
        rule: evidence.rule,
        lag: evidence.lag,
        chosenCandidateId: chosen.id,
        evidenceJson: JSON.stringify(evidence),
      });
      history.addEvent({
        studyId: plan.studyId,
        runId: null,
        kind: 'decided',
        message: `chosen by ${evidence.rule} at step ${evidence.lag}: ${evidence.strategy}${evidence.tie.length > 1 ? ` (tied with ${evidence.tie.slice(1).join(', ')})` : ''}`,
      });
    });
    return evidence;
  }

  /** Keeps the source and the chosen model; the others can be computed again. */
  private dropOtherCheckpoints(chosenRunId: string): void {
    const { plan, history, environment } = this;
    const unused = history.transaction(() =>
      history
        .listRuns(plan.studyId)
        .filter((run) => run.id !== chosenRunId && run.kind !== 'source')
        .flatMap((run) => history.listCheckpoints(run.id))
        .map((checkpoint) => history.deleteCheckpoint(checkpoint))
        .filter((hash) => hash !== null),
    );
    deleteCheckpointFiles(environment.checkpointFolder, unused);
  }
}
