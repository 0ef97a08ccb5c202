/**
 * Everything before training: builds the dataset, plans the study, estimates its cost. Writes nothing unless
 * asked to, so that a bad study leaves no trace.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { DataSpec } from '../contract/data-spec.ts';
import { EspalierError } from '../contract/errors.ts';
import type { StudyRecord } from '../contract/records.ts';
import type { StudySpec } from '../contract/study.ts';
import { studySpecSchema } from '../contract/study.ts';
import type { Dataset } from '../data/dataset.ts';
import { buildDataset } from '../data/dataset.ts';
import { datasetFileName, writeDatasetFile } from '../data/dataset-file.ts';
import type { StoredFacts } from '../lag/study-facts.ts';
import type { StudyPlan } from '../lag/study-plan.ts';
import { planStudy } from '../lag/study-plan.ts';
import type { Home } from './home.ts';
import { findPool } from './resource-files.ts';

export interface PreparedStudy {
  readonly plan: StudyPlan;
  readonly facts: StoredFacts;
  readonly specHash: string;
  readonly specJson: string;
  /** Null when the tokenised dataset is already in the home folder. */
  readonly dataset: Dataset | null;
}

/** Paths in a study file are relative to the file; they are made absolute before anything is stored. */
export function withAbsolutePaths<Spec extends { readonly data: DataSpec }>(
  spec: Spec,
  studyFile: string,
): Spec {
  const { corpus } = spec.data;
  if (typeof corpus === 'string' || !('path' in corpus)) return spec;
  const path = resolve(dirname(studyFile), corpus.path);
  return { ...spec, data: { ...spec.data, corpus: { ...corpus, path } } };
}

export function prepareStudy(spec: StudySpec, reproduce: string): PreparedStudy {
  const pool = findPool(spec.pool);
  const dataset = buildDataset(spec.data, { context: spec.model.context });
  const data = describeData(dataset);
  const { device } = spec.compute;
  // What can change a result is in the hash; what cannot (trainers, threads, checkpoint times) is not.
  const identity = {
    ...spec,
    compute: { device },
    pool,
    data: { ...spec.data, contentHash: data.contentHash },
  };
  const specHash = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  return {
    plan: planStudy(spec, specHash.slice(0, 12), dataset.vocabulary, pool),
    facts: { vocabulary: dataset.vocabulary, data, pool, studyYaml: stringify(spec), reproduce },
    specHash,
    specJson: JSON.stringify(spec),
    dataset,
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
    dataset: null,
  };
}

function parseStored(study: StudyRecord): StudySpec {
  const parsed = studySpecSchema.safeParse(JSON.parse(study.specJson));
  if (parsed.success) return parsed.data;
  throw new EspalierError('failed', `the stored file of study ${study.id} is not readable by this version`, {
    cause: parsed.error,
  });
}

/** What the dataset file of a study is made from. */
export interface DatasetSource {
  readonly studyId: string;
  readonly data: DataSpec;
  readonly context: number;
  readonly facts: Pick<StoredFacts, 'data'>;
  /** Null when it was not built for this call. */
  readonly dataset: Dataset | null;
}

/** The dataset file of a study in the home folder; rebuilt from the corpus when it is gone. */
export function provideDataset(source: DatasetSource, home: Home): { path: string; contentHash: string } {
  const { contentHash } = source.facts.data;
  const path = join(home.datasets, datasetFileName(contentHash));
  if (existsSync(path)) return { path, contentHash };
  const dataset = source.dataset ?? buildDataset(source.data, { context: source.context });
  if (dataset.contentHash !== contentHash)
    throw new EspalierError(
      'refused',
      `the corpus ${dataset.description.corpus} has changed since study ${source.studyId} began; its numbers could not be compared`,
      { hint: 'Put the corpus back as it was, or run the study file again as a new study.' },
    );
  return { path: writeDatasetFile(home.datasets, dataset), contentHash };
}

export function describeData(dataset: Dataset): StoredFacts['data'] {
  const { trainingTokens, validationTokens, contentHash, description } = dataset;
  return {
    corpus: description.corpus,
    tokenizer: description.tokenizer,
    trainingTokens,
    validationTokens,
    contentHash,
  };
}
