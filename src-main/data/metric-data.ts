/** The sequences a metric is measured on, and their hash. */
import { createHash } from 'node:crypto';
import type { MetricKind } from '../contract/metrics.ts';
import { bytesOf } from './dataset.ts';

export interface MetricData {
  readonly kind: MetricKind;
  /** Context + 1. */
  readonly sequenceLength: number;
  /** Number of token ids V; all tokens are below it. */
  readonly vocabulary: number;
  /** [sequences, sequenceLength] ids. */
  readonly tokens: Int32Array;
  /** [sequences, sequenceLength], 1 where the token is an answer; empty for kind `loss`. Never 1 at the first. */
  readonly answers: Uint8Array;
}

/** SHA-256 in hex: equal sequences, equal hash, whatever the metric is called. */
export function metricHash({ kind, sequenceLength, vocabulary, tokens, answers }: MetricData): string {
  const head = JSON.stringify([1, kind, vocabulary, sequenceLength, tokens.length]);
  return createHash('sha256').update(`${head}\n`).update(bytesOf(tokens)).update(answers).digest('hex');
}

/**
 * Share of the answer tokens that were predicted right.
 * @param correct [sequences, sequenceLength - 1], 1 where the token after the position is the arg max.
 */
export function answerAccuracy({ answers, sequenceLength }: MetricData, correct: ArrayLike<number>): number {
  let asked = 0;
  let right = 0;
  for (let index = 0; index < answers.length; index++) {
    if (answers[index] === 0) continue;
    asked++;
    // A token is predicted at the position before it, and each sequence has one prediction less than tokens.
    right += correct[index - 1 - Math.floor(index / sequenceLength)]!;
  }
  return right / asked;
}
