/** From a data spec to token ids, split into a training part and, after it, a validation part. */
import { createHash } from 'node:crypto';
import type { DataSpec } from '../contract/data-spec.ts';
import { EspalierError } from '../contract/errors.ts';
import { type CorpusOptions, readCorpus } from './corpus.ts';
import { trainTokenizer } from './tokenizer-json.ts';

export interface DatasetDescription {
  /** `Moby-Dick (Melville 1851)`. */
  readonly corpus: string;
  /** `character, 88 ids`. */
  readonly tokenizer: string;
  readonly documents: number;
  /** UTF-16 code units of the text. */
  readonly characters: number;
}

export interface Dataset {
  /** [trainingTokens + validationTokens] ids, the training part first. */
  readonly tokens: Int32Array;
  readonly trainingTokens: number;
  readonly validationTokens: number;
  /** Number of token ids V; all tokens are below it. */
  readonly vocabulary: number;
  readonly tokenizerJson: string;
  /** SHA-256 in hex over tokenizer, split and tokens (datasetHash): equal data, equal hash. */
  readonly contentHash: string;
  readonly description: DatasetDescription;
}

export interface DatasetOptions extends CorpusOptions {
  /** Context length T in tokens that both parts must be able to fill; 1 by default. */
  readonly context?: number;
}

/**
 * Reads the corpus, cuts it, trains the tokenizer on the training part and encodes both parts. Takes seconds for a
 * large corpus and does not yield to the event loop.
 * @throws EspalierError `bad-input` when the corpus cannot be read, or when a part is shorter than context + 1
 *   tokens.
 */
export function buildDataset(spec: DataSpec, options: DatasetOptions = {}): Dataset {
  const corpus = readCorpus(spec.corpus, options);
  const cut = splitPosition(corpus.text, spec.validationShare);
  const trainingText = corpus.text.slice(0, cut);
  const tokenizer = trainTokenizer(spec.tokenizer, trainingText);
  const training = tokenizer.encode(trainingText);
  const validation = tokenizer.encode(corpus.text.slice(cut));

  const tokens = new Int32Array(training.length + validation.length);
  tokens.set(training);
  tokens.set(validation, training.length);
  const content = {
    tokens,
    trainingTokens: training.length,
    validationTokens: validation.length,
    vocabulary: tokenizer.vocabularySize,
    tokenizerJson: tokenizer.toJson(),
  };
  const dataset: Dataset = {
    ...content,
    contentHash: datasetHash(content),
    description: {
      corpus: corpus.description,
      tokenizer: tokenizer.description,
      documents: corpus.documents,
      characters: corpus.text.length,
    },
  };
  requireContext(dataset, options.context ?? 1);
  return dataset;
}

/**
 * @throws EspalierError `bad-input` when a part of the dataset is shorter than one training sequence of
 *   context + 1 tokens.
 */
export function requireContext(dataset: Dataset, context: number): void {
  const parts = [
    ['training', dataset.trainingTokens],
    ['validation', dataset.validationTokens],
  ] as const;
  for (const [part, count] of parts)
    if (count < context + 1)
      throw new EspalierError(
        'bad-input',
        `The ${part} part of ${dataset.description.corpus} has ${count} tokens; a context of ${context} needs at least ${context + 1}.`,
        { hint: 'Use a longer text, a shorter context or another validationShare.' },
      );
}

/** SHA-256 over tokenizer, split and little-endian 32-bit tokens. */
export function datasetHash(
  content: Pick<Dataset, 'tokens' | 'trainingTokens' | 'validationTokens' | 'vocabulary' | 'tokenizerJson'>,
): string {
  const { tokens, trainingTokens, validationTokens, vocabulary, tokenizerJson } = content;
  const head = JSON.stringify([1, vocabulary, trainingTokens, validationTokens, tokenizerJson]);
  return createHash('sha256').update(`${head}\n`).update(bytesOf(tokens)).digest('hex');
}

/** The memory of an array as bytes (little-endian on every platform the program runs on). */
export function bytesOf(values: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Where the validation part begins, in UTF-16 code units; never between the halves of a surrogate pair. */
export function splitPosition(text: string, validationShare: number): number {
  const cut = Math.floor(text.length * (1 - validationShare));
  const isInsidePair =
    cut > 0 &&
    cut < text.length &&
    (text.charCodeAt(cut) & 0xfc00) === 0xdc00 &&
    (text.charCodeAt(cut - 1) & 0xfc00) === 0xd800;
  return isInsidePair ? cut - 1 : cut;
}
