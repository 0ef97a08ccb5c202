/**
 * Everything before training: builds the dataset, plans the study, estimates its cost. Writes nothing unless
 * asked to, so that a bad study leaves no trace.
 */
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { deviceIdentity, numericSettings } from '../contract/compute.ts';
import type { CorpusSpec } from '../contract/data-spec.ts';
import { EspalierError } from '../contract/errors.ts';
import type { StudyRecord } from '../contract/records.ts';
import type { StudySpec } from '../contract/study.ts';
import { studySpecSchema } from '../contract/study.ts';
import type { StoredFacts } from '../lag/study-facts.ts';
import type { StudyPlan } from '../lag/study-plan.ts';
import { planStudy } from '../lag/study-plan.ts';
import { findPool } from './resource-files.ts';
import {
  buildStudyData,
  type DataRequest,
  dataIdentity,
  describeData,
  type StudyData,
} from './study-data.ts';

export interface PreparedStudy {
  readonly plan: StudyPlan;
  readonly facts: StoredFacts;
  readonly specHash: string;
  readonly specJson: string;
  /** Null when it was not built for this call. */
  readonly built: StudyData | null;
}

/** Paths in a study file are relative to the file; they are made absolute before anything is stored. */
export function withAbsolutePaths<Spec extends DataRequest>(spec: Spec, studyFile: string): Spec {
  const absolute = (corpus: CorpusSpec): CorpusSpec =>
    typeof corpus === 'string' || !('path' in corpus)
      ? corpus
      : { ...corpus, path: resolve(dirname(studyFile), corpus.path) };
  const { data, evaluation } = spec;
  const metrics = evaluation.metrics?.map((metric) =>
    'corpus' in metric ? { ...metric, corpus: absolute(metric.corpus) } : metric,
  );
  return {
    ...spec,
    data: { ...data, corpus: absolute(data.corpus) },
    evaluation: { ...evaluation, ...(metrics ? { metrics } : {}) },
  };
}

export function prepareStudy(spec: StudySpec, reproduce: string): PreparedStudy {
  const pool = findPool(spec.pool);
  const built = buildStudyData(spec);
  const described = describeData(built);
  // What can change a result is in the hash; what cannot (trainers, threads, checkpoint times) is not.
  const identity = {
    ...spec,
    compute: numericSettings({ ...spec.compute, device: deviceIdentity(spec.compute.device) }),
    pool,
    ...dataIdentity(spec, described),
  };
  const specHash = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  return {
    plan: planStudy(spec, specHash.slice(0, 12), built.dataset.vocabulary, pool),
    facts: {
      vocabulary: built.dataset.vocabulary,
      ...described,
      pool,
      studyYaml: stringify(spec),
      reproduce,
    },
    specHash,
    specJson: JSON.stringify(spec),
    built,
  };
}

/** The same from the history, without reading the corpus again. */
export function reopenStudy(study: StudyRecord): PreparedStudy {
  const spec = parseStored(study);
  const facts = JSON.parse(study.factsJson) as StoredFacts;
  return {
    plan: planStudy(spec, study.id, facts.vocabulary, facts.pool),
    facts,
    specHash: study.specHash,
    specJson: study.specJson,
    built: null,
  };
}

function parseStored(study: StudyRecord): StudySpec {
  const parsed = studySpecSchema.safeParse(JSON.parse(study.specJson));
  if (parsed.success) return parsed.data;
  throw new EspalierError('failed', `the stored file of study ${study.id} is not readable by this version`, {
    cause: parsed.error,
  });
}
