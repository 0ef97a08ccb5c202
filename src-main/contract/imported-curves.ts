/**
 * Recorded runs of other programs: how their table is read, and what an import reports. docs/importing.md explains
 * all of it with examples.
 */
import { z } from 'zod';
import type { MetricInfo, RecordedAudit } from './recorded-audit.ts';

/** What a column may stand for besides a metric. */
export const COLUMN_ROLES = ['strategy', 'step', 'study', 'seed', 'family', 'tokens', 'flops'] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** Names by which columns are recognised: in lower case, with every run of other characters as one underscore. */
export const COLUMN_SYNONYMS: Readonly<Record<ColumnRole, readonly string[]>> = {
  strategy: ['strategy', 'growing_strategy', 'growth_strategy', 'candidate', 'method', 'model', 'run'],
  step: ['step', 'steps', 'global_step', 'train_step', 'training_step', 'iteration', 'iter'],
  study: ['study', 'audit', 'experiment', 'setting', 'group'],
  seed: ['seed', 'random_seed'],
  family: ['family', 'operator', 'growth_operator'],
  tokens: ['tokens', 'tokens_seen', 'train_tokens', 'training_tokens'],
  flops: ['flops', 'train_flops', 'training_flops', 'total_flops'],
};

/** Strategies that are shown and not ranked unless others are named: the ungrown model, and training anew. */
export const CONTROL_SYNONYMS = ['base', 'scratch', 'from_scratch'] as const;

/** `Global Step` and `global-step` become `global_step`. */
export const canonicalName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');

const LOWER_WORDS = [
  'loss',
  'nll',
  'bpb',
  'bpc',
  'bits',
  'nats',
  'ppl',
  'perplexity',
  'entropy',
  'error',
  'err',
  'wer',
  'cer',
  'mse',
  'rmse',
  'mae',
];
const ACCURACY_WORDS = ['acc', 'accuracy'];
const HIGHER_WORDS = [...ACCURACY_WORDS, 'f1', 'bleu', 'rouge', 'auc', 'auroc', 'mcc', 'em'];
/** A standard error is no metric, though it carries the name of one. */
const SPREAD_WORDS = ['stderr', 'std', 'stdev', 'var', 'variance', 'sem'];

const wordsOf = (name: string): string[] => canonicalName(name).split('_');
const holds = (name: string, words: readonly string[]): boolean =>
  wordsOf(name).some((word) => words.includes(word));

/** Whether less of a metric is better, by the words in its name; null where they do not tell. */
export function recognisedDirection(name: string): 'lower' | 'higher' | null {
  const [isLower, isHigher] = [holds(name, LOWER_WORDS), holds(name, HIGHER_WORDS)];
  return isLower === isHigher ? null : isLower ? 'lower' : 'higher';
}

export const isAccuracy = (name: string): boolean =>
  holds(name, ACCURACY_WORDS) && recognisedDirection(name) === 'higher';
export const isSpread = (name: string): boolean => holds(name, SPREAD_WORDS);

const name = z.string().min(1).max(200);
const names = z.array(name).max(1000);
const size = z.number().int().min(0).max(1_000_000).nullable().default(null);

/** How a table is read; every field is part of the identity of the import. */
export const importOptionsSchema = z.strictObject({
  /** Name of the audits; the name of the file without its ending when null. */
  name: name.nullable().default(null),
  /** Columns by role; recognised by their names where left out. */
  columns: z.partialRecord(z.enum(COLUMN_ROLES), name).default({}),
  /** Columns that are metrics; every other numeric column when null. */
  metrics: names.nullable().default(null),
  lowerIsBetter: names.default([]),
  higherIsBetter: names.default([]),
  /** Strategies that are shown and not ranked; the CONTROL_SYNONYMS when null. */
  controls: names.nullable().default(null),
  /** Metrics that are the mean of others; the mean of all accuracies, if there are several, when null. */
  means: z
    .array(z.strictObject({ name, of: names.min(2) }))
    .nullable()
    .default(null),
  /** Cells that mean `not finite` or `not measured`, such as NaN; the empty cell always does. */
  missing: z.array(z.string().max(40)).max(50).default([]),
  facts: z
    .strictObject({
      sourceLayers: size,
      targetLayers: size,
      width: size,
      activation: name.nullable().default(null),
      corpus: name.nullable().default(null),
    })
    .default({ sourceLayers: null, targetLayers: null, width: null, activation: null, corpus: null }),
});
export type ImportOptions = z.infer<typeof importOptionsSchema>;

/** How the columns of a table were understood. */
export interface ColumnReading {
  readonly roles: Partial<Readonly<Record<ColumnRole, string>>>;
  readonly metrics: readonly MetricInfo[];
  /** Derived metrics, with the columns they are the mean of. */
  readonly means: readonly { readonly name: string; readonly of: readonly string[] }[];
  /** Columns that are neither. */
  readonly ignored: readonly string[];
}

/** Spearman's correlation over the strategies, both sides oriented so that 1 means `the better stays the better`. */
export interface MetricCorrelation {
  readonly step: number;
  readonly metric: string;
  /** Metric whose value at the last step is compared with. */
  readonly finalMetric: string;
  /** Null with fewer than two candidates, and where all values of one side are equal. */
  readonly spearman: number | null;
  /** Strategies that have both values. */
  readonly candidateCount: number;
}

/** Strategies of one value, which share the mean of their ranks. */
export interface MetricTie {
  readonly step: number;
  readonly metric: string;
  readonly strategies: readonly string[];
}

export interface ImportedAgreement {
  /** Every metric at every step against its own value at the last step. */
  readonly ownFinal: readonly MetricCorrelation[];
  /** Every metric at the first step against the final value of every metric. */
  readonly firstToFinal: readonly MetricCorrelation[];
  readonly ties: readonly MetricTie[];
}

/** An imported audit as the history keeps it. */
export interface ImportedAuditRecord {
  /** `import-` and the beginning of a hash of file content and options, with the number of the audit in the file. */
  readonly id: string;
  readonly name: string;
  /** Without its folder. */
  readonly fileName: string;
  readonly audit: RecordedAudit;
  /** ISO 8601, UTC. */
  readonly importedAt: string;
}

const fact = z.number().nullable();
const word = z.string().nullable();
const value = z.number().nullable();

/** Reads back what the history holds as JSON: all of an audit but its curves. */
export const importedFactsSchema = z.strictObject({
  seed: z.number(),
  horizon: z.number(),
  metrics: z.array(z.strictObject({ name: z.string(), lowerIsBetter: z.boolean() })),
  flopsPerStep: value,
  facts: z.strictObject({
    sourceLayers: fact,
    targetLayers: fact,
    width: fact,
    activation: word,
    corpus: word,
    pool: word,
    families: z.record(z.string(), z.string()),
  }),
});

/** Curves of an imported audit; values by validation batch are never there. */
export const importedCurvesSchema = z.array(
  z.strictObject({
    strategy: z.string(),
    isControl: z.boolean(),
    exactness: word,
    schedule: z.enum(['final', 'cooldown']),
    scheduleSteps: z.number(),
    repeat: z.number(),
    isDiverged: z.boolean(),
    points: z.array(
      z.strictObject({
        step: z.number(),
        metrics: z.record(z.string(), value),
        batchLosses: z.null(),
        trainingLoss: value,
        gradientNorm: value,
        weightDistance: value,
        tokens: value,
        flops: value,
      }),
    ),
  }),
);
