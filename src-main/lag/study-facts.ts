/** What a study's analysis needs besides its records, kept with the study when it is created. */
import type { StudyAnalysis } from '../contract/analysis.ts';
import type { PreparedMetric } from '../contract/metrics.ts';
import type { ResolvedPool } from '../growth/pool.ts';
import { OPERATORS } from '../growth/registry.ts';
import { trainingFlopsPerStep } from '../model/flops.ts';
import { countParameters } from '../model/parameter-layout.ts';
import type { StudyFacts } from './analysis.ts';
import type { StudyPlan } from './study-plan.ts';

/** StudyRecord.factsJson: found out before training, needed to plan and report the study again. */
export interface StoredFacts {
  readonly vocabulary: number;
  readonly data: StudyAnalysis['data'];
  readonly pool: ResolvedPool;
  /** What is measured besides the validation loss; left out where nothing is. */
  readonly metrics?: readonly PreparedMetric[];
  readonly studyYaml: string;
  /** Command that repeats the study. */
  readonly reproduce: string;
}

export function studyFacts(
  plan: StudyPlan,
  stored: StoredFacts,
  { environment, sourceReused }: { environment: Readonly<Record<string, string>>; sourceReused: boolean },
): StudyFacts {
  const { spec, poolPlan, sourceArchitecture, targetArchitecture } = plan;
  return {
    rule: spec.decision,
    horizon: spec.horizon,
    pool: plan.pool.name,
    operators: Object.fromEntries(
      poolPlan.candidates.map(({ strategy }) => [strategy.name, OPERATORS[strategy.operator].label]),
    ),
    duplicates: poolPlan.duplicates,
    source: {
      architecture: sourceArchitecture,
      parameters: countParameters(sourceArchitecture),
      steps: spec.source.steps,
      reused: sourceReused,
    },
    target: {
      architecture: targetArchitecture,
      parameters: countParameters(targetArchitecture),
      flopsPerStep: trainingFlopsPerStep(targetArchitecture, spec.recipe.batchSize),
    },
    data: stored.data,
    studyYaml: stored.studyYaml,
    reproduce: stored.reproduce,
    environment,
  };
}
