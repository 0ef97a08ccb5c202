/**
 * What one can do with studies: the same calls serve the command line, the window and the tests. This and
 * compose.ts are the only places that know all parts.
 */
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StudyAnalysis } from '../contract/analysis.ts';
import { CANDIDATES_PER_GRAPH, GPU_DEVICES, PARAMETERS_PER_GRAPH } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { StudyRecord } from '../contract/records.ts';
import type { StackingSpec } from '../contract/stacking.ts';
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import type { StudySpec } from '../contract/study.ts';
import type { ComputeSpec } from '../contract/study-fields.ts';
import { trainerSettings } from '../contract/study-fields.ts';
import type { AnyStudySpec } from '../contract/study-text.ts';
import { removeTemporaryFiles } from '../data/durable-file.ts';
import type { History } from '../history/history.ts';
import { HISTORY_FILE } from '../history/open-history.ts';
import { deleteCheckpointFiles } from '../lag/run-executor.ts';
import type { StudyEstimate } from '../lag/study-plan.ts';
import type { StudyProgress } from '../lag/study-runner.ts';
import type { TrainerLauncher } from '../training/trainer-pool.ts';
import { TrainerPool } from '../training/trainer-pool.ts';
import { openCheckpointFolder } from './checkpoint-folder.ts';
import { HistoryAccess } from './history-access.ts';
import type { Home } from './home.ts';
import { LANDSCAPE_FOLDER, makeHome } from './home.ts';
import { coreCount, programIdentity } from './machine.ts';
import { capacityOf, refuseTooLarge, trainersThatFit } from './size-limits.ts';
import { provideData } from './study-data.ts';
import { type AnyAnalysis, type PlannedAnyStudy, planAnyStudy, reopenAnyStudy } from './study-kinds.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: StudyProgress) => void;
  /** Called once training is about to begin. */
  readonly onStart: (start: StudyStart) => void;
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
  readonly trainers: number;
  readonly device: string;
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
  private readonly launcher: (threads: number) => TrainerLauncher;
  private readonly histories: HistoryAccess;

  constructor(
    home: Home,
    launcher: (threads: number) => TrainerLauncher,
    histories: HistoryAccess = new HistoryAccess(home.folder),
  ) {
    this.home = home;
    this.launcher = launcher;
    this.histories = histories;
  }

  /** Checks, plans and estimates without writing anything. */
  estimate(spec: AnyStudySpec, options: Pick<RunOptions, 'trainers' | 'threads'> = {}): StudyStart {
    const planned = this.prepare(spec, '', options);
    const known = existsSync(join(this.home.folder, HISTORY_FILE));
    const trainers = this.trainerCount(planned, options);
    const estimate = planned.estimate();
    return {
      studyId: planned.studyId,
      name: spec.name,
      isResumed: false,
      estimate,
      estimatedSeconds: known
        ? this.histories.read((history) => estimateSeconds(history, estimate, spec.compute.device, trainers))
        : null,
      trainers,
      device: spec.compute.device,
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
      const study = known ?? planned.create(history);
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
    refuseTooLarge(planned.largestModel, planned.estimate(), capacityOf(this.home.folder), asked);
    return planned;
  }

  /** As asked, or one for each core that its threads leave and memory holds; one for a GPU, which it has to itself. */
  private trainerCount(
    { compute, largestModel }: Pick<PlannedAnyStudy, 'compute' | 'largestModel'>,
    { trainers, threads }: Pick<RunOptions, 'trainers' | 'threads'>,
  ): number {
    const asked = trainers ?? compute.trainers;
    if (asked !== undefined) return asked;
    if (GPU_DEVICES.has(compute.device)) return 1;
    const cores = Math.max(1, Math.floor(coreCount() / (threads ?? compute.threads)));
    return trainersThatFit(cores, largestModel, capacityOf(this.home.folder));
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
    const threads = options.threads ?? compute.threads;
    const trainers = this.trainerCount(planned, options);
    const estimate = planned.estimate();
    options.onStart({
      studyId: study.id,
      name: study.name,
      isResumed,
      estimate,
      estimatedSeconds: estimateSeconds(history, estimate, compute.device, trainers),
      trainers,
      device: compute.device,
      tokensPerStep: tokensPerStep(planned),
      duplicates: planned.duplicates,
    });
    const together = candidatesPerGraph(compute, estimate.parameters.target);
    const pool = new TrainerPool(this.launcher(threads), { size: trainers, together });
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
          compute: trainerSettings(compute, threads),
          signal: options.signal,
        },
      });
    } finally {
      pool.close();
    }
    return analysisOf(history, history.getStudy(study.id));
  }
}

/** As the study file says, or as many as fill the device; one where it has no such form. */
function candidatesPerGraph({ device, candidatesPerGraph: asked }: ComputeSpec, parameters: number): number {
  const most = CANDIDATES_PER_GRAPH[device];
  if (most === null) return 1;
  return asked ?? Math.max(1, Math.min(most, Math.floor(PARAMETERS_PER_GRAPH / parameters)));
}

function analysisOf(history: History, study: StudyRecord): AnyAnalysis {
  const planned = reopenAnyStudy(study);
  const runs = history.listRuns(study.id);
  const events = history.listEvents(study.id);
  return planned.analyse(
    {
      study,
      candidates: history.listCandidates(study.id),
      runs,
      evaluations: runs.flatMap((run) => history.listEvaluations(run.id)),
      decisions: history.listDecisions(study.id),
      events,
    },
    {
      environment: {
        ...(JSON.parse(study.environmentJson) as Record<string, string>),
        device:
          [...new Set(runs.map((run) => run.device).filter(Boolean))].join('; ') || planned.compute.device,
      },
      sourceReused: events.some((event) => event.kind === 'source-reused'),
    },
  );
}

/** FLOPs over the rate that earlier runs reached on the same device, shared by the trainers. */
function estimateSeconds(
  history: History,
  estimate: StudyEstimate,
  device: string,
  trainers: number,
): number | null {
  const past = history
    .listStudies()
    .slice(0, 20)
    .filter((study) => (JSON.parse(study.specJson) as StudySpec).compute.device === device)
    .flatMap((study) => history.listRuns(study.id))
    .filter((run) => run.seconds > 1 && run.flops > 0);
  const seconds = past.reduce((sum, run) => sum + run.seconds, 0);
  if (seconds === 0) return null;
  const rate = past.reduce((sum, run) => sum + run.flops, 0) / seconds;
  return estimate.flops / rate / trainers;
}

const tokensPerStep = ({ largestModel: { spec } }: PlannedAnyStudy): number =>
  spec.recipe.batchSize * spec.model.context;
