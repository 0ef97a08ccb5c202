/** The two kinds of studies behind one face: one growing point (select, audit), or stages (stacking). */
import type { StudyAnalysis } from '../contract/analysis.ts';
import type { ComputeDevice } from '../contract/compute.ts';
import type { MeasuredDevices } from '../contract/measured-devices.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { StudyRecord } from '../contract/records.ts';
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import type { ComputeSpec, EvaluationSpec } from '../contract/study-fields.ts';
import type { AnyStudySpec } from '../contract/study-text.ts';
import type { History } from '../history/history.ts';
import type { StudyRecords } from '../lag/analysis.ts';
import { analyseStudy } from '../lag/analysis.ts';
import { conductStudy } from '../lag/conduct-study.ts';
import type { RunEnvironment } from '../lag/run-executor.ts';
import { analyseStacking } from '../lag/stacking-analysis.ts';
import { runStacking } from '../lag/stacking-runner.ts';
import { studyFacts } from '../lag/study-facts.ts';
import type { StudyEstimate } from '../lag/study-plan.ts';
import { candidateId, estimateStudy } from '../lag/study-plan.ts';
import type { StudyProgress } from '../lag/study-progress.ts';
import { runStudy } from '../lag/study-runner.ts';
import type { PreparedStacking } from './prepare-stacking.ts';
import { estimateStacking, prepareStacking, reopenStacking } from './prepare-stacking.ts';
import type { PreparedStudy } from './prepare-study.ts';
import { prepareStudy, reopenStudy } from './prepare-study.ts';
import type { LargestModel } from './size-limits.ts';
import type { DataSource } from './study-data.ts';
import { environmentText } from './study-environment.ts';

export type AnyAnalysis = StudyAnalysis | StackingAnalysis;

export interface TrainingOptions {
  readonly environment: Omit<RunEnvironment, 'onProgress'>;
  readonly trainers: number;
  readonly onProgress: (progress: StudyProgress) => void;
}

/** A study that is planned, new or from the history. */
export interface PlannedAnyStudy {
  readonly studyId: string;
  readonly specHash: string;
  readonly compute: ComputeSpec;
  readonly evaluation: EvaluationSpec;
  readonly divergenceLoss: number;
  readonly data: DataSource;
  /** Recipe of what is grown. */
  readonly recipe: Recipe;
  /** Tokens in a sequence. */
  readonly context: number;
  readonly largestModelOn: (device: ComputeDevice) => LargestModel;
  /** Candidates that can train at once. */
  readonly candidatesAtOnce: number;
  readonly duplicates: StudyAnalysis['duplicates'];
  estimate(): StudyEstimate;
  /** @param measured what chose the device; null where the study file names it */
  create(history: History, measured: MeasuredDevices | null): StudyRecord;
  train(options: TrainingOptions): Promise<void>;
  analyse(
    records: StudyRecords,
    facts: { readonly environment: Readonly<Record<string, string>>; readonly sourceReused: boolean },
  ): AnyAnalysis;
}

/** @throws EspalierError for whatever is wrong with the study; nothing is written */
export function planAnyStudy(spec: AnyStudySpec, reproduce: string): PlannedAnyStudy {
  return spec.mode === 'stacking'
    ? stackingKind(prepareStacking(spec, reproduce))
    : growthKind(prepareStudy(spec, reproduce));
}

export function reopenAnyStudy(study: StudyRecord): PlannedAnyStudy {
  return study.mode === 'stacking' ? stackingKind(reopenStacking(study)) : growthKind(reopenStudy(study));
}

function growthKind(prepared: PreparedStudy): PlannedAnyStudy {
  const { plan, facts, specHash, specJson } = prepared;
  const { spec, studyId, poolPlan } = plan;
  return {
    studyId,
    specHash,
    compute: spec.compute,
    evaluation: spec.evaluation,
    divergenceLoss: plan.divergenceLoss,
    data: { request: spec, facts, studyId, built: prepared.built },
    recipe: spec.recipe,
    context: spec.model.context,
    largestModelOn: (device) => ({
      spec: { ...spec, compute: { ...spec.compute, device } },
      targetArchitecture: plan.targetArchitecture,
    }),
    candidatesAtOnce: poolPlan.candidates.length,
    duplicates: poolPlan.duplicates,
    estimate: () => estimateStudy(plan),
    create: (history, measured) =>
      history.transaction(() => {
        const study = history.createStudy({
          id: studyId,
          name: spec.name,
          mode: spec.mode,
          seed: spec.seed,
          specJson,
          specHash,
          factsJson: JSON.stringify(facts),
          environmentJson: environmentText(measured),
        });
        history.addCandidates(
          poolPlan.candidates.flatMap(({ strategy, planText, exactness, isControl }, position) =>
            Array.from({ length: isControl ? 1 : 1 + spec.repeats }, (_, repeat) => ({
              id: candidateId(studyId, poolPlan, position, repeat),
              studyId,
              policy: '',
              growingPoint: 0,
              position,
              strategy: strategy.name,
              strategyJson: JSON.stringify(strategy),
              plan: planText,
              exactness,
              repeat,
              isControl,
            })),
          ),
        );
        noteCreation(history, study);
        return study;
      }),
    train: (options) => runStudy({ plan, ...options }),
    analyse: (records, known) => analyseStudy(records, studyFacts(plan, facts, known)),
  };
}

function stackingKind(prepared: PreparedStacking): PlannedAnyStudy {
  const { plan, facts, specHash, specJson } = prepared;
  const { spec, studyId } = plan;
  return {
    studyId,
    specHash,
    compute: spec.compute,
    evaluation: spec.evaluation,
    divergenceLoss: plan.divergenceLoss,
    data: { request: spec, facts, studyId, built: prepared.built },
    recipe: spec.recipe,
    context: spec.model.context,
    largestModelOn: (device) => ({
      spec: { ...spec, compute: { ...spec.compute, device } },
      targetArchitecture: plan.architectureOf(plan.stages.at(-1)!.layers),
    }),
    candidatesAtOnce: Math.max(
      ...plan.policies.flatMap(({ growingPoints }) =>
        growingPoints.map(({ candidates }) => candidates.length),
      ),
      1,
    ),
    duplicates: [],
    estimate: () => estimateStacking(plan),
    create: (history, measured) =>
      history.transaction(() => {
        const study = history.createStudy({
          id: studyId,
          name: spec.name,
          mode: 'stacking',
          seed: spec.seed,
          specJson,
          specHash,
          factsJson: JSON.stringify(facts),
          environmentJson: environmentText(measured),
        });
        noteCreation(history, study);
        return study;
      }),
    train: ({ environment, ...options }) =>
      conductStudy(environment, () => runStacking({ plan, environment, ...options })),
    analyse: (records, { environment }) =>
      analyseStacking(records, plan, {
        data: facts.data,
        studyYaml: facts.studyYaml,
        reproduce: facts.reproduce,
        environment,
      }),
  };
}

function noteCreation(history: History, { id, name, mode, seed }: StudyRecord): void {
  history.addEvent({
    studyId: id,
    runId: null,
    kind: 'study-created',
    message: `${name}: ${mode}, seed ${seed}`,
  });
}
