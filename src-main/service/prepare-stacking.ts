/** Everything before training a stacking study: builds the dataset, plans every policy, estimates the cost. */
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { deviceIdentity, numericSettings } from '../contract/compute.ts';
import { EspalierError } from '../contract/errors.ts';
import type { StudyRecord } from '../contract/records.ts';
import type { StackingSpec } from '../contract/stacking.ts';
import { stackingSpecSchema } from '../contract/stacking.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import type { StackingPlan } from '../lag/stacking-plan.ts';
import { planStacking } from '../lag/stacking-plan.ts';
import { plannedRuns } from '../lag/stacking-runs.ts';
import type { StoredFacts } from '../lag/study-facts.ts';
import type { StudyEstimate } from '../lag/study-plan.ts';
import { plannedFlops } from '../lag/study-plan.ts';
import { countParameters } from '../model/parameter-layout.ts';
import { findPool, presetStrategies } from './resource-files.ts';
import { buildStudyData, dataIdentity, describeData, type StudyData } from './study-data.ts';

/** StudyRecord.factsJson of a stacking study. */
export interface StackingStoredFacts extends StoredFacts {
  /** Presets that policies name, as they were when the study began. */
  readonly strategies: Readonly<Record<string, GrowingStrategy>>;
}

export interface PreparedStacking {
  readonly plan: StackingPlan;
  readonly facts: StackingStoredFacts;
  readonly specHash: string;
  readonly specJson: string;
  readonly built: StudyData | null;
}

/** @throws EspalierError `bad-input` or `refused` for whatever is wrong; nothing is written */
export function prepareStacking(spec: StackingSpec, reproduce: string): PreparedStacking {
  const pool = findPool(spec.pool);
  const presets = presetStrategies();
  const asked = spec.policies.flatMap((policy) =>
    'strategy' in policy && typeof policy.strategy === 'string' ? [policy.strategy] : [],
  );
  const strategies = Object.fromEntries(
    asked.flatMap((name) => (presets.has(name) ? [[name, presets.get(name)!]] : [])),
  );
  const built = buildStudyData(spec);
  const described = describeData(built);
  const identity = {
    ...spec,
    compute: numericSettings({ ...spec.compute, device: deviceIdentity(spec.compute.device) }),
    pool,
    strategies,
    ...dataIdentity(spec, described),
  };
  const specHash = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  return {
    plan: planStacking(spec, specHash.slice(0, 12), built.dataset.vocabulary, pool, presets),
    facts: {
      vocabulary: built.dataset.vocabulary,
      ...described,
      pool,
      strategies,
      studyYaml: stringify(spec),
      reproduce,
    },
    specHash,
    specJson: JSON.stringify(spec),
    built,
  };
}

/** The same from the history, without reading the corpus again. */
export function reopenStacking(study: StudyRecord): PreparedStacking {
  const parsed = stackingSpecSchema.safeParse(JSON.parse(study.specJson));
  if (!parsed.success)
    throw new EspalierError(
      'failed',
      `the stored file of study ${study.id} is not readable by this version`,
      {
        cause: parsed.error,
      },
    );
  const facts = JSON.parse(study.factsJson) as StackingStoredFacts;
  const known = new Map(Object.entries(facts.strategies));
  return {
    plan: planStacking(parsed.data, study.id, facts.vocabulary, facts.pool, known),
    facts,
    specHash: study.specHash,
    specJson: study.specJson,
    built: null,
  };
}

/** What it will cost at most: probes of every candidate to the end of the rule. */
export function estimateStacking(plan: StackingPlan): StudyEstimate {
  const runs = plannedRuns(plan);
  const first = countParameters(plan.architectureOf(plan.stages[0]!.layers));
  const target = countParameters(plan.architectureOf(plan.stages.at(-1)!.layers));
  return {
    runs: runs.length,
    steps: runs.reduce((sum, run) => sum + run.untilStep, 0),
    flops: runs.reduce((sum, run) => sum + plannedFlops(run, plan.spec), 0),
    diskBytes: runs.reduce((sum, run) => sum + 12 * countParameters(run.architecture), 0),
    parameters: { source: first, target },
  };
}
