/**
 * What a study may measure at every evaluation besides its validation loss: the loss on other corpora, and the
 * accuracy on small reasoning primitives. Stacked models of equal loss may differ on such tasks (Saunshi et al.
 * 2024, "On the Inductive Bias of Stacking Towards Improving Reasoning").
 */
import { z } from 'zod';
import { corpusSpecSchema, MAX_SYNTHETIC_SYMBOLS } from './data-spec.ts';

/** Most metrics of one study. */
export const MAX_METRICS = 20;

const wholeNumber = (low: number, high: number) => z.number().int().min(low).max(high);

const name = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'must begin with a letter and hold only letters, digits and hyphens')
  .refine((text) => text !== 'loss', 'must not be loss, which is the validation loss itself');

const primitiveFields = {
  name: name
    .optional()
    .describe('Name of the metric, to which .accuracy is added; the name of the primitive when left out.'),
  examples: wholeNumber(1, 100_000)
    .default(500)
    .describe('Least number of examples; more are made until whole evaluation batches are full.'),
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0).describe('Seed of the examples.'),
};
const symbols = wholeNumber(2, MAX_SYNTHETIC_SYMBOLS)
  .default(10)
  .describe('Different symbols the examples are made of.');

const primitive = <const Kind extends string>(kind: Kind, text: string) => z.literal(kind).describe(text);

export const primitiveMetricSchema = z
  .discriminatedUnion('primitive', [
    z.strictObject({
      primitive: primitive('copy', 'Lines `abc=abc`: repeat the sequence after the sign.'),
      ...primitiveFields,
      length: wholeNumber(1, 512).default(8).describe('Symbols in one sequence.'),
      symbols,
    }),
    z.strictObject({
      primitive: primitive('induction', 'Lines `dbacab`: what followed `a` before follows it again.'),
      ...primitiveFields,
      length: wholeNumber(2, MAX_SYNTHETIC_SYMBOLS)
        .default(8)
        .describe('Different symbols before the repeated one.'),
      symbols,
    }),
    z.strictObject({
      primitive: primitive('associative-recall', 'Lines `afbgch=bg`: pairs, then a key and its value.'),
      ...primitiveFields,
      pairs: wholeNumber(1, MAX_SYNTHETIC_SYMBOLS / 2)
        .default(4)
        .describe('Pairs of key and value.'),
      symbols,
    }),
    z.strictObject({
      primitive: primitive('modular-sum', 'Lines `7+5=2`: the sum modulo the modulus, one symbol a residue.'),
      ...primitiveFields,
      modulus: wholeNumber(2, 10).default(10).describe('Modulus p.'),
    }),
  ])
  .superRefine((task, context) => {
    const issue = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (task.primitive === 'induction' && task.length > task.symbols)
      issue('length', `${task.length} different symbols do not exist; raise symbols from ${task.symbols}`);
    if (task.primitive === 'associative-recall' && 2 * task.pairs > task.symbols)
      issue(
        'pairs',
        `${task.pairs} keys need ${2 * task.pairs} symbols, half of them are values; raise symbols`,
      );
  });
export type PrimitiveMetric = z.infer<typeof primitiveMetricSchema>;
export type ReasoningPrimitive = PrimitiveMetric['primitive'];

export const corpusMetricSchema = z.strictObject({
  name: name.describe('Name of the metric.'),
  corpus: corpusSpecSchema.describe(
    'A text whose validation part (the same share as of the study) is measured with the tokenizer of the study.',
  ),
});
export type CorpusMetric = z.infer<typeof corpusMetricSchema>;

export const metricSpecSchema = z.union([corpusMetricSchema, primitiveMetricSchema], {
  error:
    'must be a corpus such as { name: speeches, corpus: state-of-the-union }, or a primitive such as { primitive: copy } (copy, induction, associative-recall or modular-sum)',
});
export type MetricSpec = z.infer<typeof metricSpecSchema>;

/** Name under which evaluations carry a metric: as given for corpora, `copy.accuracy` for primitives. */
export function metricName(spec: MetricSpec): string {
  return 'corpus' in spec ? spec.name : `${spec.name ?? spec.primitive}.accuracy`;
}

/** The list a study file may give as evaluation.metrics. */
export const metricSpecsSchema = z
  .array(metricSpecSchema)
  .max(MAX_METRICS)
  .superRefine((specs, context) => {
    const names = specs.map(metricName);
    for (const [index, own] of names.entries())
      if (names.indexOf(own) < index)
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: `${own} is there twice; give one of the two another name`,
        });
  });

/** `loss`: mean cross-entropy in nats per token. `accuracy`: share of the answer tokens that are the arg max. */
export type MetricKind = 'loss' | 'accuracy';

/** A metric whose sequences are made: data/metric-file.ts has them under the content hash. */
export interface PreparedMetric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly contentHash: string;
  /** Sequences of context + 1 tokens, whole evaluation batches. */
  readonly sequences: number;
}

/** A prepared metric as a trainer gets it. */
export interface JobMetric extends PreparedMetric {
  readonly path: string;
}
