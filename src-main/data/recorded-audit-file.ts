/**
 * Recorded audits as one Parquet file, read back equal to the last bit.
 *
 * One row is one evaluation; a curve without evaluations is one row whose `step` is null. Rows of a curve and curves
 * of an audit stand together and in order. Columns:
 *
 *     audit, curve                            id of the audit; index of the curve in it
 *     strategy, is_control, exactness         of the candidate
 *     schedule, schedule_steps, repeat        `final` or `cooldown`; its length; 0 for the run itself
 *     is_diverged                             the run ended early
 *     step, training_loss, gradient_norm, weight_distance, tokens, flops
 *     batch_losses                            list of 32-bit floats; null where not recorded
 *     metric:NAME                             one column for each metric; null where not measured, NaN where the
 *                                             measurement was not finite
 *
 * What belongs to an audit as a whole (name, seed, horizon, metrics, FLOPs of a step, facts) is JSON under the key
 * `espalier.audits` of the file's metadata. Floats are split into byte planes and compressed with GZIP.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { KeyValue, SchemaElement } from 'hyparquet';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { z } from 'zod';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { RecordedAudit, RecordedCurve, RecordedPoint } from '../contract/recorded-audit.ts';
import { writeDurably } from './durable-file.ts';
import { unreadable } from './file-access.ts';
import { PARQUET_COMPRESSORS, PARQUET_DECOMPRESSORS } from './parquet-compression.ts';

const METADATA_KEY = 'espalier.audits';
const METRIC_PREFIX = 'metric:';

const integer = z.number().int();
const layers = integer.nullable();
const word = z.string().nullable();

const headSchema = z.strictObject({
  version: z.literal(1),
  audits: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      seed: z.number(),
      horizon: z.number(),
      metrics: z.array(z.strictObject({ name: z.string(), lowerIsBetter: z.boolean() })),
      flopsPerStep: z.number().nullable(),
      facts: z.strictObject({
        sourceLayers: layers,
        targetLayers: layers,
        width: layers,
        activation: word,
        corpus: word,
        pool: word,
        families: z.array(z.tuple([z.string(), z.string()])),
      }),
      curves: integer.min(0),
    }),
  ),
});

const rowSchema = z.object({
  audit: z.string(),
  curve: integer.min(0),
  strategy: z.string(),
  is_control: z.boolean(),
  exactness: word,
  schedule: z.enum(['final', 'cooldown']),
  schedule_steps: integer,
  repeat: integer,
  is_diverged: z.boolean(),
  step: integer.nullable(),
  training_loss: z.number().nullable(),
  gradient_norm: z.number().nullable(),
  weight_distance: z.number().nullable(),
  tokens: z.number().nullable(),
  flops: z.number().nullable(),
  // Batch losses of a run that was lost may be infinite or NaN, which zod's number refuses.
  batch_losses: z.custom<readonly number[]>(Array.isArray).nullish(),
});
type Row = z.infer<typeof rowSchema>;

interface Entry {
  readonly audit: RecordedAudit;
  readonly index: number;
  readonly curve: RecordedCurve;
  readonly point: RecordedPoint | null;
}

/**
 * Writes the audits to one file, which replaces a file of that name only when it is whole.
 * @throws EspalierError `bad-input` when two audits have one id, `failed` when the file cannot be written
 */
export async function writeRecordedAudits(path: string, audits: readonly RecordedAudit[]): Promise<void> {
  const twice = audits.find(({ id }, index) => audits.findIndex((other) => other.id === id) < index);
  if (twice)
    throw new EspalierError(
      'bad-input',
      `Two audits have the id ${twice.id}; audits of one file must have different ids.`,
    );
  const bytes = await toParquet(audits);
  const file = resolve(path);
  writeDurably(dirname(file), [bytes], () => basename(file));
}

/**
 * Reads what writeRecordedAudits wrote.
 * @throws EspalierError `bad-input` when the file cannot be opened, is damaged or holds no audits
 */
export async function readRecordedAudits(path: string): Promise<RecordedAudit[]> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    return await fromParquet(new Uint8Array(bytes).buffer);
  } catch (error) {
    throw new EspalierError(
      'bad-input',
      `${path} is not a usable file of recorded audits: ${messageOf(error).slice(0, 300)}.`,
      { hint: 'Record the audits again, or take the file from where it came.', cause: error },
    );
  }
}

async function toParquet(audits: readonly RecordedAudit[]): Promise<Uint8Array> {
  const entries = audits.flatMap((audit) =>
    audit.curves.flatMap((curve, index) =>
      (curve.points.length === 0 ? [null] : curve.points).map(
        (point): Entry => ({ audit, index, curve, point }),
      ),
    ),
  );
  const columns = columnsOf(entries);
  const writer = new ByteWriter();
  await parquetWrite({
    writer,
    schema: [
      { name: 'evaluations', num_children: columns.length },
      ...columns.flatMap(({ schema }) => schema),
    ],
    columnData: columns.map(({ name, data, encoding }) => ({ name, data, ...(encoding && { encoding }) })),
    codec: 'GZIP',
    compressors: PARQUET_COMPRESSORS,
    statistics: false,
    rowGroupSize: 100_000,
    createdBy: 'espalier',
    kvMetadata: [{ key: METADATA_KEY, value: headOf(audits) }],
  });
  return writer.getBytes();
}

function headOf(audits: readonly RecordedAudit[]): string {
  const head: z.infer<typeof headSchema> = {
    version: 1,
    audits: audits.map(({ id, name, seed, horizon, metrics, flopsPerStep, facts, curves }) => ({
      id,
      name,
      seed,
      horizon,
      metrics: metrics.map((metric) => ({ name: metric.name, lowerIsBetter: metric.lowerIsBetter })),
      flopsPerStep,
      facts: { ...facts, families: Object.entries(facts.families) },
      curves: curves.length,
    })),
  };
  return JSON.stringify(head);
}

type Cell = string | number | boolean | readonly number[] | null;
type Kind = 'STRING' | 'BOOLEAN' | 'INT32' | 'DOUBLE' | 'LIST';

function columnsOf(entries: readonly Entry[]) {
  const column = (name: string, kind: Kind, cell: (entry: Entry) => Cell) => ({
    name,
    data: entries.map(cell),
    schema: schemaOf(name, kind),
    // A dictionary would take -0 for 0.
    encoding: kind === 'DOUBLE' || kind === 'LIST' ? ('BYTE_STREAM_SPLIT' as const) : undefined,
  });
  const names = new Set(entries.flatMap(({ point }) => (point === null ? [] : Object.keys(point.metrics))));
  return [
    column('audit', 'STRING', ({ audit }) => audit.id),
    column('curve', 'INT32', ({ index }) => index),
    column('strategy', 'STRING', ({ curve }) => curve.strategy),
    column('is_control', 'BOOLEAN', ({ curve }) => curve.isControl),
    column('exactness', 'STRING', ({ curve }) => curve.exactness),
    column('schedule', 'STRING', ({ curve }) => curve.schedule),
    column('schedule_steps', 'INT32', ({ curve }) => curve.scheduleSteps),
    column('repeat', 'INT32', ({ curve }) => curve.repeat),
    column('is_diverged', 'BOOLEAN', ({ curve }) => curve.isDiverged),
    column('step', 'INT32', ({ point }) => point?.step ?? null),
    column('training_loss', 'DOUBLE', ({ point }) => point?.trainingLoss ?? null),
    column('gradient_norm', 'DOUBLE', ({ point }) => point?.gradientNorm ?? null),
    column('weight_distance', 'DOUBLE', ({ point }) => point?.weightDistance ?? null),
    column('tokens', 'DOUBLE', ({ point }) => point?.tokens ?? null),
    column('flops', 'DOUBLE', ({ point }) => point?.flops ?? null),
    column('batch_losses', 'LIST', ({ point }) =>
      point?.batchLosses ? Array.from(point.batchLosses) : null,
    ),
    ...[...names].map((name) =>
      column(`${METRIC_PREFIX}${name}`, 'DOUBLE', ({ point }) =>
        point && Object.hasOwn(point.metrics, name) ? (point.metrics[name] ?? Number.NaN) : null,
      ),
    ),
  ];
}

function schemaOf(name: string, kind: Kind): SchemaElement[] {
  const optional = 'OPTIONAL';
  if (kind === 'LIST')
    return [
      { name, repetition_type: optional, num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
    ];
  if (kind === 'STRING')
    return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: optional }];
  return [{ name, type: kind, repetition_type: optional }];
}

async function fromParquet(file: ArrayBuffer): Promise<RecordedAudit[]> {
  const metadata = parquetMetadata(file);
  const { audits } = parseHead(metadata.key_value_metadata);
  const rows: Record<string, unknown>[] = await parquetReadObjects({
    file,
    metadata,
    compressors: PARQUET_DECOMPRESSORS,
  });
  const curves = new Map<string, RecordedCurve[]>(audits.map(({ id }) => [id, []]));
  let points: RecordedPoint[] = [];
  for (const [index, unknownRow] of rows.entries()) {
    const row = rowSchema.safeParse(unknownRow);
    if (!row.success) throw new Error(`row ${index + 1} is not an evaluation: ${row.error.message}`);
    const { data } = row;
    const known = curves.get(data.audit);
    if (!known || data.curve > known.length || data.curve < known.length - 1)
      throw new Error(`row ${index + 1} belongs to no audit of the file, or out of order`);
    if (data.curve === known.length) {
      points = [];
      known.push(toCurve(data, points));
    }
    if (data.step !== null) points.push(toPoint(data, data.step, unknownRow));
  }
  return audits.map(({ curves: count, facts, ...audit }) => {
    const found = curves.get(audit.id) ?? [];
    if (found.length !== count)
      throw new Error(`the audit ${audit.id} has ${found.length} curves; it must have ${count}`);
    return { ...audit, facts: { ...facts, families: Object.fromEntries(facts.families) }, curves: found };
  });
}

function parseHead(metadata: readonly KeyValue[] | undefined): z.infer<typeof headSchema> {
  const json = metadata?.find(({ key }) => key === METADATA_KEY)?.value;
  if (json === undefined) throw new Error(`its metadata has no ${METADATA_KEY}`);
  return headSchema.parse(JSON.parse(json));
}

function toCurve(row: Row, points: readonly RecordedPoint[]): RecordedCurve {
  return {
    strategy: row.strategy,
    isControl: row.is_control,
    exactness: row.exactness,
    schedule: row.schedule,
    scheduleSteps: row.schedule_steps,
    repeat: row.repeat,
    isDiverged: row.is_diverged,
    points,
  };
}

function toPoint(row: Row, step: number, columns: Readonly<Record<string, unknown>>): RecordedPoint {
  const metrics = Object.entries(columns).flatMap(([name, value]) =>
    name.startsWith(METRIC_PREFIX) && typeof value === 'number'
      ? [[name.slice(METRIC_PREFIX.length), Number.isNaN(value) ? null : value] as const]
      : [],
  );
  return {
    step,
    metrics: Object.fromEntries(metrics),
    batchLosses: row.batch_losses ? Float32Array.from(row.batch_losses) : null,
    trainingLoss: row.training_loss,
    gradientNorm: row.gradient_norm,
    weightDistance: row.weight_distance,
    tokens: row.tokens,
    flops: row.flops,
  };
}
