/**
 * From the metrics a study asks for to the sequences they are measured on: windows of another corpus, or examples
 * of a reasoning primitive, in the study's own token ids. Pure functions of the specs, the dataset and the shape.
 */

import { EspalierError } from '../contract/errors.ts';
import {
  type CorpusMetric,
  type MetricSpec,
  metricName,
  type PreparedMetric,
  type PrimitiveMetric,
} from '../contract/metrics.ts';
import { randomStream } from '../tensor/random.ts';
import { evenBatches } from './batches.ts';
import { type CorpusOptions, readCorpus } from './corpus.ts';
import { type Dataset, splitPosition } from './dataset.ts';
import { type MetricData, metricHash } from './metric-data.ts';
import { charactersOf, primitiveLine } from './primitive-lines.ts';
import { symbolIds } from './symbol-ids.ts';
import type { Tokenizer } from './tokenizer.ts';
import { tokenizerFromJson } from './tokenizer-json.ts';

export interface MetricOptions extends CorpusOptions {
  /** Context length T of the model; sequences have T + 1 tokens. */
  readonly context: number;
  /** The study's evaluation batches; a corpus is measured on as many. */
  readonly batchCount: number;
  readonly batchSize: number;
  /** The study's; the same share of another corpus is measured. */
  readonly validationShare: number;
}

/** A metric with its sequences; `data` belongs into a file (writeMetricFile), the rest into the job. */
export interface MadeMetric {
  readonly metric: PreparedMetric;
  readonly data: MetricData;
}

/** Larger shares of unknown characters make a loss that says little about the text. */
const MAX_UNKNOWN_SHARE = 0.2;

/**
 * Makes the sequences of every metric, in the order of the specs.
 * @throws EspalierError `bad-input` when a corpus cannot be read or is too short, or a line of a primitive is longer
 *   than the context; `refused` when the tokenizer knows too little of a corpus or has too few symbols
 */
export function prepareMetrics(
  specs: readonly MetricSpec[],
  dataset: Dataset,
  options: MetricOptions,
): MadeMetric[] {
  const tokenizer = tokenizerFromJson(dataset.tokenizerJson);
  return specs.map((spec) => {
    const data =
      'corpus' in spec
        ? corpusSequences(spec, tokenizer, options)
        : primitiveSequences(spec, dataset, tokenizer, options);
    return {
      data,
      metric: {
        name: metricName(spec),
        kind: data.kind,
        contentHash: metricHash(data),
        sequences: data.tokens.length / data.sequenceLength,
      },
    };
  });
}

function corpusSequences(
  { name, corpus: spec }: CorpusMetric,
  tokenizer: Tokenizer,
  options: MetricOptions,
): MetricData {
  const corpus = readCorpus(spec, options);
  const ids = tokenizer.encode(corpus.text.slice(splitPosition(corpus.text, options.validationShare)));
  const unknown = ids.reduce((count, id) => count + (id === tokenizer.unknownId ? 1 : 0), 0) / ids.length;
  if (unknown > MAX_UNKNOWN_SHARE)
    throw new EspalierError(
      'refused',
      `The metric ${name}: ${(100 * unknown).toFixed(1)} % of ${corpus.description} is unknown to the study's tokenizer (${tokenizer.description}); at most ${100 * MAX_UNKNOWN_SHARE} % may be.`,
      { hint: 'Use the byte tokenizer, a larger vocabulary, or a corpus in the same script.' },
    );
  const { context, batchCount, batchSize } = options;
  if (ids.length < context + 1)
    throw new EspalierError(
      'bad-input',
      `The metric ${name}: the validation part of ${corpus.description} has ${ids.length} tokens; a context of ${context} needs at least ${context + 1}.`,
      { hint: 'Use a longer text or another validationShare.' },
    );
  const batches = evenBatches(ids, { batchCount, batchSize, context });
  const tokens = new Int32Array(batchCount * batchSize * (context + 1));
  for (const [index, batch] of batches.entries()) tokens.set(batch, index * batch.length);
  return {
    kind: 'loss',
    sequenceLength: context + 1,
    vocabulary: tokenizer.vocabularySize,
    tokens,
    answers: new Uint8Array(0),
  };
}

/** Sequences of whole lines, the last one of a sequence cut off; an answer that is cut off is not asked for. */
function primitiveSequences(
  task: PrimitiveMetric,
  dataset: Dataset,
  tokenizer: Tokenizer,
  { context, batchSize }: MetricOptions,
): MetricData {
  const name = metricName(task);
  const idOf = symbolIds(charactersOf(task), dataset, tokenizer, name);
  const stream = randomStream(task.seed, 'metric', task.primitive);
  const length = context + 1;
  const rows: { tokens: Int32Array; answers: Uint8Array }[] = [];
  for (let examples = 0; examples < task.examples || rows.length % batchSize !== 0; ) {
    const row = { tokens: new Int32Array(length), answers: new Uint8Array(length) };
    for (let at = 0; at < length; ) {
      const { text, answerLength } = primitiveLine(task, stream);
      if (text.length > length)
        throw new EspalierError(
          'bad-input',
          `The metric ${name}: one line takes ${text.length} tokens; a context of ${context} holds ${length}.`,
          { hint: 'Lower length or pairs, or raise the context.' },
        );
      const isWhole = at + text.length <= length;
      for (const [index, character] of [...`${text}\n`].entries()) {
        if (at + index >= length) break;
        row.tokens[at + index] = idOf.get(character)!;
        if (isWhole && index >= text.length - answerLength && index < text.length)
          row.answers[at + index] = 1;
      }
      if (isWhole) examples++;
      at += text.length + 1;
    }
    rows.push(row);
  }
  const tokens = new Int32Array(rows.length * length);
  const answers = new Uint8Array(rows.length * length);
  for (const [index, row] of rows.entries()) {
    tokens.set(row.tokens, index * length);
    answers.set(row.answers, index * length);
  }
  return { kind: 'accuracy', sequenceLength: length, vocabulary: tokenizer.vocabularySize, tokens, answers };
}
