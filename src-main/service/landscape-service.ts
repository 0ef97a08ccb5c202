/**
 * Landscape probes of finished studies. The numbers are computed in this process, one batch at a time, and the event
 * loop turns between batches: whoever owns it stays responsive, and a stop takes effect within one batch. Models
 * that must be trained first are trained by a trainer process.
 */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DecisionEvidence } from '../contract/analysis.ts';
import type { DevicePlace } from '../contract/compute.ts';
import { decisionEvidenceSchema } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import type { LandscapeAnalysis, LandscapeAnalysisName, LandscapeSettings } from '../contract/landscape.ts';
import type { StudyRecord } from '../contract/records.ts';
import type { ComputeSpec } from '../contract/study-fields.ts';
import { validationBatches } from '../data/batches.ts';
import { readDatasetFile } from '../data/dataset-file.ts';
import { openProgramRunner } from '../engine/open-program-runner.ts';
import type { ProgramRunner } from '../engine/program-runner.ts';
import type { History } from '../history/history.ts';
import { HISTORY_FILE } from '../history/open-history.ts';
import { growingPointOf, lastCheckpointOf } from '../lag/growing-point.ts';
import { candidateId } from '../lag/study-plan.ts';
import { assembleLandscape } from '../landscape/assemble-landscape.ts';
import type { PlannedPart } from '../landscape/landscape-plan.ts';
import { planLandscape } from '../landscape/landscape-plan.ts';
import type { LandscapeProgress } from '../landscape/landscape-runner.ts';
import { missingParts, runLandscape } from '../landscape/landscape-runner.ts';
import type { StudyMaterial } from '../landscape/study-material.ts';
import { trainingFlopsPerStep } from '../model/flops.ts';
import { checkpointFileName } from '../training/checkpoint-file.ts';
import { optimizerOf } from '../training/trainer-loop.ts';
import type { TrainerLane } from '../training/trainer-pool.ts';
import { TrainerPool } from '../training/trainer-pool.ts';
import { HistoryAccess } from './history-access.ts';
import type { Home } from './home.ts';
import { LANDSCAPE_FOLDER, makeHome } from './home.ts';
import { makeFolder } from './make-folder.ts';
import type { PreparedStudy } from './prepare-study.ts';
import { reopenStudy } from './prepare-study.ts';
import { provideData } from './study-data.ts';
import { settledPlaces } from './study-environment.ts';
import { type LauncherOf, settingsAt } from './study-lanes.ts';

export type { LandscapeProgress };

export interface LandscapeOptions {
  readonly settings: LandscapeSettings;
  readonly analyses: readonly LandscapeAnalysisName[];
  /**
   * Names of strategies, and `source` for the source model; `all` for both; null for the decided strategy, the best
   * by initial loss and the source.
   */
  readonly strategies: readonly string[] | 'all' | null;
  /** Threads of one operator on the CPU; does not change results. */
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LandscapeProgress) => void;
}

export interface MeasuredLandscape {
  readonly analysis: LandscapeAnalysis;
  readonly parts: { readonly computed: number; readonly stored: number };
}

export class LandscapeService {
  private readonly home: Home;
  private readonly launcher: LauncherOf;
  private readonly openRunner: typeof openProgramRunner;
  private readonly histories: HistoryAccess;

  constructor(
    home: Home,
    launcher: LauncherOf,
    {
      openRunner = openProgramRunner,
      histories = new HistoryAccess(home.folder),
    }: { readonly openRunner?: typeof openProgramRunner; readonly histories?: HistoryAccess } = {},
  ) {
    this.home = home;
    this.launcher = launcher;
    this.openRunner = openRunner;
    this.histories = histories;
  }

  /** What was measured of a study so far; null for nothing, and for studies that have no landscape. */
  stored(idOrPrefix: string): LandscapeAnalysis | null {
    return this.read((history) => {
      const study = history.getStudy(idOrPrefix);
      return hasLandscape(study) ? assemble(history, study, reopenStudy(study)) : null;
    });
  }

  /** Why the landscape of a study cannot be measured now; null where it can. */
  refusalOf(idOrPrefix: string): EspalierError | null {
    return this.read((history) => landscapeRefusal(history.getStudy(idOrPrefix)));
  }

  /**
   * Measures what is missing. With the same settings as before nothing is computed and nothing is written.
   * @throws EspalierError `refused` for a study that is not finished or has no growing point of its own, `bad-input`
   *   for an unknown strategy, `interrupted` when the signal fired (finished parts are kept)
   */
  async measure(idOrPrefix: string, options: LandscapeOptions): Promise<MeasuredLandscape> {
    const before = this.read((history) => {
      const request = this.requestOf(history, history.getStudy(idOrPrefix), options);
      const missing = missingParts(request.parts, history.listLandscapeParts(request.study.id));
      const analysis = missing.length === 0 ? assemble(history, request.study, request.prepared) : null;
      return { analysis, missing: missing.length, total: request.parts.length };
    });
    const parts = { computed: before.missing, stored: before.total - before.missing };
    if (before.analysis) return { analysis: before.analysis, parts };
    makeHome(this.home);
    return this.histories.writeWhile(async (history) => {
      const { study, prepared, ...request } = this.requestOf(history, history.getStudy(idOrPrefix), options);
      const runner = await this.openRunner({ device: options.settings.device, threads: options.threads });
      await this.run(history, request, runner, options);
      return { analysis: assemble(history, study, prepared)!, parts };
    });
  }

  private async run(
    history: History,
    { parts, material, places, compute }: LandscapeWork,
    runner: ProgramRunner,
    { settings, signal, onProgress, threads }: LandscapeOptions,
  ): Promise<void> {
    const lanes = places.map(
      (place): TrainerLane => ({
        compute: settingsAt(place, compute, threads),
        launch: this.launcher(threads, place.gpu),
        size: 1,
        together: 1,
      }),
    );
    const pool = new TrainerPool(...(lanes as [TrainerLane, ...TrainerLane[]]));
    makeFolder(material.workFolder);
    try {
      await runLandscape({
        parts,
        settings,
        material,
        store: history,
        runner,
        trainers: pool,
        signal,
        onProgress,
        now: () => performance.now(),
      });
      // What was trained for the probe is kept only as long as parts may still need it.
      rmSync(material.workFolder, { recursive: true, force: true });
    } finally {
      pool.close();
    }
  }

  private requestOf(history: History, study: StudyRecord, options: LandscapeOptions) {
    const refusal = landscapeRefusal(study);
    if (refusal) throw refusal;
    const prepared = reopenStudy(study);
    const material = materialOf(history, prepared, this.home);
    const chosen = chooseStrategies(history, prepared, options.strategies);
    const parts = planLandscape({ ...options, ...chosen }, material);
    const { compute } = prepared.plan.spec;
    const places = settledPlaces(study, compute.device);
    return { study, prepared, material, parts, places, compute };
  }

  private read<Result>(action: (history: History) => Result): Result {
    if (!existsSync(join(this.home.folder, HISTORY_FILE)))
      throw new EspalierError('bad-input', `there is no history in ${this.home.folder} yet`, {
        hint: 'Run a study first, or name its folder with --home.',
      });
    return this.histories.read(action);
  }
}

interface LandscapeWork {
  readonly parts: readonly PlannedPart[];
  readonly material: StudyMaterial;
  /** Where the study trained; a model that is trained again is trained where it was. */
  readonly places: readonly DevicePlace[];
  readonly compute: ComputeSpec;
}

const hasLandscape = ({ mode }: StudyRecord): boolean => mode === 'select' || mode === 'audit';

function landscapeRefusal(study: StudyRecord): EspalierError | null {
  if (!hasLandscape(study))
    return new EspalierError(
      'refused',
      `study ${study.id} is of mode ${study.mode}; a landscape is measured at the growing point of a study of mode select or audit`,
      { hint: 'Run one growth of it as a study of its own.' },
    );
  if (study.state !== 'finished')
    return new EspalierError(
      'refused',
      `study ${study.id} is ${study.state}; its landscape needs it finished`,
      {
        hint: `Finish it first: espalier study resume ${study.id}`,
      },
    );
  return null;
}

function decisionOf(history: History, studyId: string): DecisionEvidence | null {
  const made = history.listDecisions(studyId)[0];
  return made ? decisionEvidenceSchema.parse(JSON.parse(made.evidenceJson)) : null;
}

/** Strategies in pool order, whatever order they were asked for in: the same pair is always the same path. */
function chooseStrategies(
  history: History,
  { plan }: PreparedStudy,
  asked: LandscapeOptions['strategies'],
): { strategies: string[]; withSource: boolean } {
  const known = plan.poolPlan.candidates.map(({ strategy }) => strategy.name);
  if (asked === 'all') return { strategies: known, withSource: true };
  const decision = decisionOf(history, plan.studyId);
  const names = asked ?? [
    ...(decision ? [decision.strategy, ...decision.initialLossPicks.slice(0, 1)] : known.slice(0, 1)),
    'source',
  ];
  const unknown = names.filter((name) => name !== 'source' && !known.includes(name));
  if (unknown.length > 0)
    throw new EspalierError(
      'bad-input',
      `study ${plan.studyId} has no strategy named ${unknown.map((name) => JSON.stringify(name)).join(', ')}`,
      {
        hint: `Its strategies: ${known.join(', ')}; source is the source model, all is everything.`,
        problems: unknown.map((name) => ({
          at: '--strategies',
          message: `${JSON.stringify(name)} is not known`,
        })),
      },
    );
  return {
    strategies: known.filter((name) => names.includes(name)),
    withSource: names.includes('source'),
  };
}

function assemble(history: History, study: StudyRecord, prepared: PreparedStudy): LandscapeAnalysis | null {
  const { plan } = prepared;
  return assembleLandscape(history.listLandscapeParts(study.id), {
    studyId: study.id,
    lag: lagOfDecision(history, prepared),
    horizon: plan.spec.horizon,
    strategies: plan.poolPlan.candidates.map(({ strategy }) => strategy.name),
  });
}

/** The step at which the choice was made, which a rule that stops early finds only by running. */
const lagOfDecision = (history: History, { plan }: PreparedStudy): number =>
  decisionOf(history, plan.studyId)?.lag ?? 0;

function materialOf(history: History, prepared: PreparedStudy, home: Home): StudyMaterial {
  const { plan } = prepared;
  const { spec, studyId } = plan;
  const { batches: batchCount, batchSize } = spec.evaluation;
  const indexOf = (name: string): number =>
    plan.poolPlan.candidates.findIndex(({ strategy }) => strategy.name === name);
  const datasetOf = () => {
    const { facts, built } = prepared;
    return provideData({ studyId, request: spec, facts, built }, home);
  };
  const source = lastCheckpointOf(plan.source.id, history, home.checkpoints);
  const runIdOf = (strategy: string): string =>
    `${candidateId(studyId, plan.poolPlan, indexOf(strategy), 0)}/full`;
  return {
    studyId,
    seed: spec.seed,
    lag: lagOfDecision(history, prepared),
    horizon: spec.horizon,
    sourceArchitecture: plan.sourceArchitecture,
    targetArchitecture: plan.targetArchitecture,
    optimizer: optimizerOf(spec.recipe),
    batchSize,
    flopsPerStep: trainingFlopsPerStep(plan.targetArchitecture, spec.recipe.batchSize),
    batches: (count) => {
      const dataset = readDatasetFile(datasetOf().path);
      const { context } = spec.model;
      // Of more batches than the study has, all are spread anew; of fewer, the study's first ones are taken.
      const all = { batchCount: Math.max(count, batchCount), batchSize, context };
      return validationBatches(dataset, all).slice(0, count);
    },
    source,
    growingPoint: (strategy) =>
      growingPointOf(source(), {
        strategy: plan.poolPlan.candidates[indexOf(strategy)]!.strategy,
        targetLayers: plan.targetArchitecture.layers,
        seed: spec.seed,
        repeat: 0,
      }),
    keptCheckpoint: (strategy, step) => {
      const kept = history.listCheckpoints(runIdOf(strategy)).find((checkpoint) => checkpoint.step === step);
      const path = kept && join(home.checkpoints, checkpointFileName(kept.hash));
      return path && existsSync(path) ? { path, hash: kept.hash } : null;
    },
    trainingTo: (strategy, step) => {
      const run = plan.fullRun(indexOf(strategy));
      return {
        architecture: run.architecture,
        dataset: datasetOf(),
        recipe: run.recipe,
        scheduleSteps: run.scheduleSteps,
        untilStep: step,
        batchSeed: run.batchSeed,
        firstBatch: run.firstBatch,
        adamStepOffset: run.adamStepOffset,
        evaluation: { batchCount, batchSize, steps: [step] },
        checkpointSeconds: 86_400,
        divergenceLoss: plan.divergenceLoss,
        secondsBefore: 0,
      };
    },
    trainedOn: (strategy) =>
      history.listRuns(studyId).find(({ id }) => id === runIdOf(strategy))?.computeDevice ?? null,
    workFolder: join(home.folder, LANDSCAPE_FOLDER, studyId),
  };
}
