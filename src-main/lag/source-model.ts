/** The trained source of a study: trained once, then used again by every study that needs the same one. */
import { createHash } from 'node:crypto';
import { numericSettings } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { CheckpointRecord, RunRecord } from '../contract/records.ts';
import { initialParameters } from '../model/parameter-layout.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import type { RunEnvironment } from './run-executor.ts';
import { createRun, executeRun, isUsable, usableCheckpoint } from './run-executor.ts';
import type { PlannedRun } from './study-plan.ts';

/** A source run of a study. */
export interface PlannedSource {
  readonly studyId: string;
  /** Seed of the initial parameters. */
  readonly seed: number;
  readonly run: PlannedRun;
}

export interface SourceOptions {
  /** False for a source whose length its own curve decides: no other study may use it. */
  readonly isReusable?: boolean;
  /** Trains the run in place of one call of executeRun. */
  readonly train?: (makeStart: () => CheckpointContent) => Promise<RunRecord>;
}

/**
 * Sees to it that the study's source run is finished and its checkpoint readable.
 * @throws EspalierError `failed` when it diverged or could not be trained; `interrupted`, `refused` as executeRun
 */
export async function provideSource(
  plan: PlannedSource,
  environment: RunEnvironment,
  options: SourceOptions = {},
): Promise<RunRecord> {
  const { run: source, studyId } = plan;
  const { history, checkpointFolder } = environment;
  if (!history.listRuns(studyId).some((run) => run.id === source.id)) {
    const sourceKey = options.isReusable === false ? undefined : sourceKeyOf(plan, environment);
    const trained = sourceKey === undefined ? null : history.findSourceRun(sourceKey);
    if (sourceKey !== undefined && trained && isUsable(checkpointFolder, trained.checkpoint))
      return reuse(plan, environment, sourceKey, trained);
    createRun(source, null, environment, sourceKey);
  }
  const makeStart = (): CheckpointContent => initialSource(plan);
  const train = (): Promise<RunRecord> =>
    options.train?.(makeStart) ?? executeRun(source, makeStart, environment);
  let record = await train();
  if (record.state === 'finished' && !usableCheckpoint(source, environment)) {
    history.updateRun(source.id, { state: 'waiting', stepsDone: 0, seconds: 0, flops: 0 });
    record = await train();
  }
  if (record.state === 'finished') return record;
  throw new EspalierError(
    'failed',
    `the source model could not be trained: ${record.reason ?? record.state}`,
    {
      hint: 'Lower source.recipe.learningRate, or look at the events of the study.',
    },
  );
}

/** All that determines the trained source, and where the same bytes are promised. */
function sourceKeyOf({ run: source, seed }: PlannedSource, environment: RunEnvironment): string {
  const { accumulationSteps } = environment.pool.firstCompute;
  const content = {
    version: 1,
    program: environment.program,
    architecture: source.architecture,
    dataset: environment.dataset.contentHash,
    steps: source.untilStep,
    recipe: source.recipe,
    seed,
    evaluation: { ...environment.evaluation, steps: source.evaluationSteps },
    divergenceLoss: environment.divergenceLoss,
    ...numericSettings(environment.pool.firstCompute),
    // Only where it is more than one, so that sources that were kept before are found again.
    ...(accumulationSteps === undefined ? {} : { accumulationSteps }),
  };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function initialSource({ run: { architecture }, seed }: PlannedSource): CheckpointContent {
  return {
    architecture,
    step: 0,
    parameters: initialParameters(architecture, seed),
    momentM: null,
    momentV: null,
    lineage: null,
    extra: {},
  };
}

/** A source that another study trained becomes this study's own, so that either may be removed. */
function reuse(
  { run: source, studyId }: PlannedSource,
  { history }: RunEnvironment,
  sourceKey: string,
  trained: { readonly run: RunRecord; readonly checkpoint: CheckpointRecord },
): RunRecord {
  const runId = source.id;
  const { hash, bytes } = trained.checkpoint;
  const evaluations = history.listEvaluations(trained.run.id);
  return history.transaction(() => {
    const record = history.createRun({ ...trained.run, id: runId, studyId, attempts: 0 }, { sourceKey });
    history.recordEvaluations(evaluations.map((evaluation) => ({ ...evaluation, runId })));
    history.addCheckpoint({ hash, bytes, runId, step: record.stepsDone, kind: 'final' });
    history.addEvent({
      studyId,
      runId,
      kind: 'source-reused',
      message: `the source was trained before (study ${trained.run.studyId}); it is used again`,
    });
    return record;
  });
}
