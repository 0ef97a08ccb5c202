/**
 * What one can do with studies: the same calls serve the command line, the window and the tests. This and
 * compose.ts are the only places that know all parts.
 */
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StudyAnalysis } from '../contract/analysis.ts';
import type { ComputeDevice } from '../contract/compute.ts';
import { AUTO_DEVICE, choiceInWords, GPU_DEVICES, placesOf } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { MeasuredDevices } from '../contract/measured-devices.ts';
import type { StudyRecord } from '../contract/records.ts';
import type { StackingSpec } from '../contract/stacking.ts';
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import type { StudySpec } from '../contract/study.ts';
import type { AnyStudySpec } from '../contract/study-text.ts';
import { removeTemporaryFiles } from '../data/durable-file.ts';
import type { History } from '../history/history.ts';
import { HISTORY_FILE } from '../history/open-history.ts';
import { deviceUse } from '../lag/device-use.ts';
import { deleteCheckpointFiles } from '../lag/run-executor.ts';
import type { StudyEstimate } from '../lag/study-plan.ts';
import type { StudyProgress } from '../lag/study-runner.ts';
import { TrainerPool } from '../training/trainer-pool.ts';
import { openCheckpointFolder } from './checkpoint-folder.ts';
import { HistoryAccess } from './history-access.ts';
import type { Home } from './home.ts';
import { LANDSCAPE_FOLDER, makeHome } from './home.ts';
import { programIdentity } from './machine.ts';
import { measureDevices } from './measure-devices.ts';
import { capacityOf, refuseTooLarge } from './size-limits.ts';
import { provideData } from './study-data.ts';
import { deviceOf, environmentInWords, readEnvironment, settledPlaces } from './study-environment.ts';
import { type AnyAnalysis, type PlannedAnyStudy, planAnyStudy, reopenAnyStudy } from './study-kinds.ts';
import { type LaneQuestion, type LauncherOf, studyLanes, threadsOf, trainerCounts } from './study-lanes.ts';
import { estimateSeconds, type PastRun } from './time-estimate.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: StudyProgress) => void;
  /** Called once training is about to begin. */
  readonly onStart: (start: StudyStart) => void;
  /** Called before a device is tried, where the study file leaves the choice to a measurement. */
  readonly onTrial?: (device: ComputeDevice) => void;
  /** Overrides of the study file's compute settings that do not change results. */
  readonly trainers?: number | undefined;
  readonly threads?: number | undefined;
}

export interface StudyStart {
  readonly studyId: string;
  readonly name: string;
  readonly isResumed: boolean;
  readonly estimate: StudyEstimate;
  /** Guess from earlier runs on this machine; null without any. */
  readonly estimatedSeconds: number | null;
  /** In all; null where it depends on the device that will be chosen. */
  readonly trainers: number | null;
  /** `cpu`, `cuda:0, cuda:1`; `auto` before it is chosen. */
  readonly device: string;
  /** What chose the device; null where the study file names it, and before. */
  readonly measured: MeasuredDevices | null;
  readonly tokensPerStep: number;
  readonly duplicates: StudyAnalysis['duplicates'];
}

export interface StudySummary {
  readonly study: StudyRecord;
  readonly strategiesCount: number;
  readonly chosen: string | null;
}

export class StudyService {
  private readonly home: Home;
  private readonly launcher: LauncherOf;
  private readonly histories: HistoryAccess;

  constructor(home: Home, launcher: LauncherOf, histories: HistoryAccess = new HistoryAccess(home.folder)) {
    this.home = home;
    this.launcher = launcher;
    this.histories = histories;
  }

  /** Checks, plans and estimates without writing anything. */
  estimate(spec: AnyStudySpec, options: Pick<RunOptions, 'trainers' | 'threads'> = {}): StudyStart {
    const planned = this.prepare(spec, '', options);
    const known = existsSync(join(this.home.folder, HISTORY_FILE));
    const device = choiceInWords(spec.compute.device);
    const trainers = this.plannedTrainers(planned, options);
    const estimate = planned.estimate();
    return {
      studyId: planned.studyId,
      name: spec.name,
      isResumed: false,
      estimate,
      estimatedSeconds:
        known && trainers !== null
          ? this.histories.read((history) => estimateSeconds(pastRuns(history, device), estimate, trainers))
          : null,
      trainers,
      device,
      measured: null,
      tokensPerStep: tokensPerStep(planned),
      duplicates: planned.duplicates,
    };
  }

  /**
   * Runs a study to its end. A study with the same spec is continued if it was interrupted, and returned as it is
   * if it is finished.
   * @throws EspalierError `interrupted` when the signal fired
   */
  async run(spec: StudySpec, reproduce: string, options: RunOptions): Promise<StudyAnalysis>;
  async run(spec: StackingSpec, reproduce: string, options: RunOptions): Promise<StackingAnalysis>;
  async run(spec: AnyStudySpec, reproduce: string, options: RunOptions): Promise<AnyAnalysis>;
  async run(spec: AnyStudySpec, reproduce: string, options: RunOptions): Promise<AnyAnalysis> {
    const planned = this.prepare(spec, reproduce, options); // before any folder is made: a bad study leaves no trace
    makeHome(this.home);
    return this.histories.writeWhile(async (history) => {
      const known = history.findStudyBySpecHash(planned.specHash);
      const study = known ?? planned.create(history, await this.measure(planned, options));
      // Equal specs plan equally; compute settings that do not change results are those of the file given now.
      return this.train(history, study, planned, known !== null, options);
    });
  }

  /** @throws EspalierError `bad-input` for an unknown id */
  async resume(idOrPrefix: string, options: RunOptions): Promise<AnyAnalysis> {
    this.requireHistory();
    return this.histories.writeWhile(async (history) => {
      const study = history.getStudy(idOrPrefix);
      return this.train(history, study, reopenAnyStudy(study), true, options);
    });
  }

  list(): StudySummary[] {
    this.requireFolder();
    if (!existsSync(join(this.home.folder, HISTORY_FILE))) return [];
    return this.histories.read((history) =>
      history.listStudies().map((study) => {
        const candidates = history.listCandidates(study.id).filter(({ repeat }) => repeat === 0);
        const ranked = candidates.filter(({ isControl }) => !isControl);
        // Of several policies that choose, the first one's choices stand for the study.
        const [first, ...others] = history.listDecisions(study.id);
        const decisions = first ? [first, ...others.filter(({ policy }) => policy === first.policy)] : [];
        const chosen = decisions.map(
          ({ chosenCandidateId }) => candidates.find(({ id }) => id === chosenCandidateId)?.strategy,
        );
        return {
          study,
          strategiesCount: new Set(ranked.map(({ strategy }) => strategy)).size,
          chosen: chosen.length > 0 ? chosen.join(' → ') : null,
        };
      }),
    );
  }

  analyse(idOrPrefix: string): AnyAnalysis {
    this.requireHistory();
    return this.histories.read((history) => analysisOf(history, history.getStudy(idOrPrefix)));
  }

  /** Removes a study with its checkpoints and with what an interrupted landscape probe left. */
  remove(idOrPrefix: string): StudyRecord {
    this.requireHistory();
    return this.histories.write((history) => {
      const study = history.getStudy(idOrPrefix);
      deleteCheckpointFiles(this.home.checkpoints, history.removeStudy(study.id));
      rmSync(join(this.home.folder, LANDSCAPE_FOLDER, study.id), { recursive: true, force: true });
      return study;
    });
  }

  /** The study with this id, or the only one whose id begins so. */
  find(idOrPrefix: string): StudyRecord {
    this.requireHistory();
    return this.histories.read((history) => history.getStudy(idOrPrefix));
  }

  private prepare(
    spec: AnyStudySpec,
    reproduce: string,
    { trainers }: Pick<RunOptions, 'trainers'>,
  ): PlannedAnyStudy {
    this.requireFolder();
    const planned = planAnyStudy(spec, reproduce);
    const asked = trainers ?? spec.compute.trainers ?? null;
    const { device } = spec.compute;
    // A device that the memory here does not hold is left out when it is tried; a GPU asks least of it.
    const places = device === AUTO_DEVICE ? placesOf('webgpu') : placesOf(device);
    const onCpu = places.filter((place) => !GPU_DEVICES.has(place.device)).length;
    for (const place of places) {
      const isAlone = places.length === 1;
      const beside = isAlone ? asked : asked && !GPU_DEVICES.has(place.device) ? asked * onCpu : null;
      refuseTooLarge(
        planned.largestModelOn(place.device),
        planned.estimate(),
        capacityOf(this.home.folder),
        beside,
      );
    }
    return planned;
  }

  private laneQuestion(
    { compute, largestModelOn }: Pick<PlannedAnyStudy, 'compute' | 'largestModelOn'>,
    options: Pick<RunOptions, 'trainers' | 'threads'>,
  ): LaneQuestion {
    return { compute, largestModelOn, options, capacity: capacityOf(this.home.folder) };
  }

  /** Null where it depends on a device that is not chosen yet. */
  private plannedTrainers(
    planned: PlannedAnyStudy,
    options: Pick<RunOptions, 'trainers' | 'threads'>,
  ): number | null {
    const { device, trainers } = planned.compute;
    if (device !== AUTO_DEVICE)
      return sum(trainerCounts(placesOf(device), this.laneQuestion(planned, options)));
    return options.trainers ?? trainers ?? null;
  }

  /** Tries all devices where the study file leaves the choice to that; null where it names one. */
  private async measure(planned: PlannedAnyStudy, options: RunOptions): Promise<MeasuredDevices | null> {
    const { compute, recipe, largestModelOn, candidatesAtOnce, evaluation } = planned;
    if (compute.device !== AUTO_DEVICE) return null;
    const question = this.laneQuestion(planned, options);
    const threads = threadsOf(question);
    return measureDevices({
      recipe,
      largestModelOn,
      parameters: planned.estimate().parameters.target,
      candidates: candidatesAtOnce,
      candidatesPerGraph: compute.candidatesPerGraph,
      evaluationBatchSize: evaluation.batchSize,
      dataset: provideData(planned.data, this.home),
      trainersOn: (device) => trainerCounts([{ device }], question)[0]!,
      threads,
      passes: compute,
      capacity: question.capacity,
      launcher: this.launcher(threads),
      signal: options.signal,
      onTrial: options.onTrial ?? (() => {}),
    });
  }

  private requireFolder(): void {
    const { folder } = this.home;
    if (!existsSync(folder) || statSync(folder).isDirectory()) return;
    throw new EspalierError('refused', `the home folder ${folder} is a file; it must be a folder`, {
      hint: 'Choose another folder with --home DIR or ESPALIER_HOME.',
      problems: [{ at: '--home', message: `${folder} is a file` }],
    });
  }

  private requireHistory(): void {
    this.requireFolder();
    if (existsSync(join(this.home.folder, HISTORY_FILE))) return;
    throw new EspalierError('bad-input', `there is no history in ${this.home.folder} yet`, {
      hint: 'Run a study first, or name its folder with --home.',
    });
  }

  private async train(
    history: History,
    study: StudyRecord,
    planned: PlannedAnyStudy,
    isResumed: boolean,
    options: RunOptions,
  ): Promise<AnyAnalysis> {
    if (study.state === 'finished') return analysisOf(history, study);
    makeHome(this.home);
    openCheckpointFolder(this.home, history);
    for (const folder of [this.home.checkpoints, this.home.datasets]) removeTemporaryFiles(folder);
    const { compute, evaluation } = planned;
    const { metrics } = planned.data.facts;
    const { measured } = readEnvironment(study);
    const estimate = planned.estimate();
    const lanes = studyLanes(
      settledPlaces(study, compute.device),
      this.laneQuestion(planned, options),
      { measured, parameters: estimate.parameters.target },
      this.launcher,
    );
    const trainers = sum(lanes.map(({ size }) => size));
    const device = choiceInWords(deviceOf(compute.device, measured));
    options.onStart({
      studyId: study.id,
      name: study.name,
      isResumed,
      estimate,
      estimatedSeconds: estimateSeconds(pastRuns(history, device), estimate, trainers),
      trainers,
      device,
      measured,
      tokensPerStep: tokensPerStep(planned),
      duplicates: planned.duplicates,
    });
    const pool = new TrainerPool(...lanes);
    try {
      await planned.train({
        trainers: pool.capacity,
        onProgress: options.onProgress,
        environment: {
          history,
          pool,
          studyId: study.id,
          dataset: provideData(planned.data, this.home),
          checkpointFolder: this.home.checkpoints,
          checkpointSeconds: compute.checkpointSeconds,
          evaluation: {
            batchCount: evaluation.batches,
            batchSize: evaluation.batchSize,
            ...(metrics ? { metrics } : {}),
          },
          divergenceLoss: planned.divergenceLoss,
          program: programIdentity(),
          signal: options.signal,
        },
      });
    } finally {
      pool.close();
    }
    return analysisOf(history, history.getStudy(study.id));
  }
}

function analysisOf(history: History, study: StudyRecord): AnyAnalysis {
  const planned = reopenAnyStudy(study);
  const runs = history.listRuns(study.id);
  const events = history.listEvents(study.id);
  const candidates = history.listCandidates(study.id);
  return planned.analyse(
    {
      study,
      candidates,
      runs,
      evaluations: runs.flatMap((run) => history.listEvaluations(run.id)),
      decisions: history.listDecisions(study.id),
      events,
    },
    {
      environment: {
        ...environmentInWords(readEnvironment(study), deviceUse(runs, candidates)),
        device:
          [...new Set(runs.map((run) => run.device).filter(Boolean))].join('; ') ||
          choiceInWords(planned.compute.device),
      },
      sourceReused: events.some((event) => event.kind === 'source-reused'),
    },
  );
}

/** Training of the latest studies on the same device. */
function pastRuns(history: History, device: string): PastRun[] {
  return history
    .listStudies()
    .slice(0, 20)
    .filter((study) => {
      const { compute } = JSON.parse(study.specJson) as StudySpec;
      return choiceInWords(deviceOf(compute.device, readEnvironment(study).measured)) === device;
    })
    .flatMap((study) => history.listRuns(study.id))
    .map(({ flops, stepsDone, seconds }) => ({ flops, steps: stepsDone, seconds }));
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

const tokensPerStep = ({ recipe, context }: PlannedAnyStudy): number => recipe.batchSize * context;
