/** The files a study's trainers read: the tokenised corpus, and the sequences of its metrics. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSpec } from '../contract/data-spec.ts';
import { EspalierError } from '../contract/errors.ts';
import type { PreparedMetric } from '../contract/metrics.ts';
import type { EvaluationSpec } from '../contract/study-fields.ts';
import type { Dataset } from '../data/dataset.ts';
import { buildDataset } from '../data/dataset.ts';
import { datasetFileName, writeDatasetFile } from '../data/dataset-file.ts';
import { metricFileName, writeMetricFile } from '../data/metric-file.ts';
import { type MadeMetric, prepareMetrics } from '../data/prepare-metrics.ts';
import type { StoredFacts } from '../lag/study-facts.ts';
import type { Home } from './home.ts';

/** The parts of a study file that say what is learned and measured. */
export interface DataRequest {
  readonly data: DataSpec;
  readonly model: { readonly context: number };
  readonly evaluation: EvaluationSpec;
}

export interface StudyData {
  readonly dataset: Dataset;
  readonly metrics: readonly MadeMetric[];
}

/** @throws EspalierError for a corpus or a metric that cannot be had; writes nothing */
export function buildStudyData({ data, model, evaluation }: DataRequest): StudyData {
  const { context } = model;
  const dataset = buildDataset(data, { context });
  const { batches: batchCount, batchSize } = evaluation;
  const options = { context, batchCount, batchSize, validationShare: data.validationShare };
  return { dataset, metrics: prepareMetrics(evaluation.metrics ?? [], dataset, options) };
}

/** Facts of the data, to be stored with the study. */
export function describeData({ dataset, metrics }: StudyData): Pick<StoredFacts, 'data' | 'metrics'> {
  const { trainingTokens, validationTokens, contentHash, description } = dataset;
  const { corpus, tokenizer } = description;
  return {
    data: { corpus, tokenizer, trainingTokens, validationTokens, contentHash },
    ...(metrics.length === 0 ? {} : { metrics: metrics.map(({ metric }) => metric) }),
  };
}

/** What can change a result: the content, wherever it came from. */
export function dataIdentity({ data }: DataRequest, facts: Pick<StoredFacts, 'data' | 'metrics'>): object {
  return {
    data: { ...data, contentHash: facts.data.contentHash },
    ...(facts.metrics ? { metrics: facts.metrics.map(({ contentHash }) => contentHash) } : {}),
  };
}

/** What the files of a study are made from. */
export interface DataSource {
  readonly studyId: string;
  readonly request: DataRequest;
  readonly facts: Pick<StoredFacts, 'data' | 'metrics'>;
  /** Null when it was not built for this call. */
  readonly built: StudyData | null;
}

/**
 * The dataset file of a study in the home folder, with the files of its metrics beside it; made again from the
 * corpus when one is gone.
 * @throws EspalierError `refused` when a corpus has changed since the study began
 */
export function provideData(source: DataSource, home: Home): { path: string; contentHash: string } {
  const { facts, studyId } = source;
  const { contentHash, corpus } = facts.data;
  const path = join(home.datasets, datasetFileName(contentHash));
  const metricPath = (metric: PreparedMetric): string =>
    join(home.datasets, metricFileName(metric.contentHash));
  const metrics = facts.metrics ?? [];
  if (existsSync(path) && metrics.every((metric) => existsSync(metricPath(metric))))
    return { path, contentHash };
  const built = source.built ?? buildStudyData(source.request);
  const changed =
    built.dataset.contentHash !== contentHash
      ? `the corpus ${corpus}`
      : metrics.find((metric, index) => built.metrics[index]?.metric.contentHash !== metric.contentHash)
          ?.name;
  if (changed !== undefined)
    throw new EspalierError(
      'refused',
      `${changed} has changed since study ${studyId} began; its numbers could not be compared`,
      { hint: 'Put the corpus back as it was, or run the study file again as a new study.' },
    );
  for (const { data } of built.metrics) writeMetricFile(home.datasets, data);
  return { path: writeDatasetFile(home.datasets, built.dataset), contentHash };
}
