/** Evaluations: losses, distances and metrics to the last bit, NaN and infinities included. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import type { EvaluationRecord } from '../contract/records.ts';
import type { EvaluationStore, LossRecord } from './history.ts';
import {
  fromFloatBytes,
  fromStoredNumber,
  type StoredNumber,
  toFloatBytes,
  toStoredNumber,
} from './measured-number.ts';

interface EvaluationRow {
  readonly runId: string;
  readonly step: number;
  readonly loss: StoredNumber;
  readonly batchLosses: Buffer;
  readonly trainingLoss: StoredNumber | null;
  readonly gradientNorm: StoredNumber | null;
  readonly learningRate: number | null;
  readonly weightDistance: StoredNumber | null;
  readonly seconds: number;
}

interface MetricRow {
  readonly step: number;
  readonly metric: string;
  readonly value: StoredNumber;
}

type Metrics = Readonly<Record<string, number>>;

const COLUMNS = `run_id AS runId, step, loss, batch_losses AS batchLosses, training_loss AS trainingLoss,
  gradient_norm AS gradientNorm, learning_rate AS learningRate, weight_distance AS weightDistance, seconds`;

export function evaluationRows(database: Database): EvaluationStore {
  const insert = database.prepare(`INSERT INTO evaluations (run_id, step, loss, batch_losses, training_loss,
      gradient_norm, learning_rate, weight_distance, seconds)
    VALUES (@runId, @step, @loss, @batchLosses, @trainingLoss,
      @gradientNorm, @learningRate, @weightDistance, @seconds)`);
  const insertMetric = database.prepare(
    'INSERT INTO metric_values (run_id, step, metric, value) VALUES (?, ?, ?, ?)',
  );
  const learnDistance = database.prepare<[StoredNumber | null, string, number]>(
    'UPDATE evaluations SET weight_distance = ? WHERE run_id = ? AND step = ?',
  );
  const selectOne = database.prepare<[string, number], EvaluationRow>(
    `SELECT ${COLUMNS} FROM evaluations WHERE run_id = ? AND step = ?`,
  );
  const selectOfRun = database.prepare<[string], EvaluationRow>(
    `SELECT ${COLUMNS} FROM evaluations WHERE run_id = ? ORDER BY step`,
  );
  const selectLosses = database.prepare<[string, number], readonly [number, StoredNumber, number]>(
    'SELECT step, loss, seconds FROM evaluations WHERE run_id = ? AND step > ? ORDER BY step',
  );
  const selectFirstLoss = database.prepare<[string, number], readonly [number, StoredNumber, number]>(
    'SELECT step, loss, seconds FROM evaluations WHERE run_id = ? AND step >= ? ORDER BY step LIMIT 1',
  );
  const selectLastLoss = database.prepare<[string], readonly [number, StoredNumber, number]>(
    'SELECT step, loss, seconds FROM evaluations WHERE run_id = ? ORDER BY step DESC LIMIT 1',
  );
  const selectMetrics = database.prepare<[string], MetricRow>(
    'SELECT step, metric, value FROM metric_values WHERE run_id = ? ORDER BY step, metric',
  );
  const selectMetricsAt = database.prepare<[string, number], MetricRow>(
    'SELECT step, metric, value FROM metric_values WHERE run_id = ? AND step = ? ORDER BY metric',
  );

  const remove = database.prepare('DELETE FROM evaluations WHERE run_id = ? AND step >= ?');

  const add = (evaluation: EvaluationRecord): void => {
    insert.run(toRow(evaluation));
    for (const [metric, value] of Object.entries(evaluation.metrics ?? {}))
      insertMetric.run(evaluation.runId, evaluation.step, metric, toStoredNumber(value));
  };
  const repeat = (row: EvaluationRow, again: EvaluationRecord): void => {
    const { runId, step } = row;
    const there = fromRow(row, metricsOf(selectMetricsAt.all(runId, step)));
    requireEqual(there, again);
    if (there.weightDistance === null && again.weightDistance !== null)
      learnDistance.run(toStoredNumber(again.weightDistance), runId, step);
  };

  return {
    recordEvaluations: (evaluations) =>
      database
        .transaction(() => {
          for (const evaluation of evaluations) {
            const there = selectOne.get(evaluation.runId, evaluation.step);
            if (there === undefined) add(evaluation);
            else repeat(there, evaluation);
          }
        })
        .immediate(),
    forgetEvaluations: (runId, step) => void remove.run(runId, step),
    listEvaluations: (runId) => {
      const metrics = Map.groupBy(selectMetrics.all(runId), ({ step }) => step);
      return selectOfRun.all(runId).map((row) => fromRow(row, metricsOf(metrics.get(row.step))));
    },
    listLosses: (runId, afterStep = -1) =>
      selectLosses
        .raw()
        .all(runId, afterStep)
        .map(([step, loss, seconds]) => ({ step, loss: fromStoredNumber(loss), seconds })),
    sampleLosses: (runId, steps) => {
      const found: LossRecord[] = [];
      const add = (row: readonly [number, StoredNumber, number] | undefined): void => {
        if (row && row[0] > (found.at(-1)?.step ?? -1))
          found.push({ step: row[0], loss: fromStoredNumber(row[1]), seconds: row[2] });
      };
      for (const step of steps)
        if (step > (found.at(-1)?.step ?? -1)) add(selectFirstLoss.raw().get(runId, step));
      add(selectLastLoss.raw().get(runId));
      return found;
    },
    findEvaluation: (runId, step) => {
      const row = selectOne.get(runId, step);
      return row === undefined ? null : fromRow(row, metricsOf(selectMetricsAt.all(runId, step)));
    },
  };
}

function toRow(evaluation: EvaluationRecord): EvaluationRow {
  const { metrics: _, ...rest } = evaluation;
  return {
    ...rest,
    loss: toStoredNumber(evaluation.loss),
    batchLosses: toFloatBytes(evaluation.batchLosses),
    trainingLoss: toStoredNumber(evaluation.trainingLoss),
    gradientNorm: toStoredNumber(evaluation.gradientNorm),
    weightDistance: toStoredNumber(evaluation.weightDistance),
  };
}

function fromRow(row: EvaluationRow, metrics: Metrics | undefined): EvaluationRecord {
  return Object.freeze({
    ...row,
    loss: fromStoredNumber(row.loss),
    batchLosses: fromFloatBytes(row.batchLosses),
    trainingLoss: fromStoredNumber(row.trainingLoss),
    gradientNorm: fromStoredNumber(row.gradientNorm),
    weightDistance: fromStoredNumber(row.weightDistance),
    ...(metrics === undefined ? {} : { metrics }),
  });
}

/** Undefined when there are none. */
function metricsOf(rows: readonly MetricRow[] = []): Metrics | undefined {
  if (rows.length === 0) return undefined;
  return Object.freeze(
    Object.fromEntries(rows.map(({ metric, value }) => [metric, fromStoredNumber(value)])),
  );
}

/** Fields that a repeated computation must reproduce; wall seconds are not among them. */
const NUMBERS = ['loss', 'trainingLoss', 'gradientNorm', 'learningRate'] as const;

function requireEqual(there: EvaluationRecord, again: EvaluationRecord): void {
  const require = (field: string, before: unknown, after: unknown): void => {
    if (!Object.is(before, after)) throw contradiction(there, field, before, after);
  };
  for (const name of NUMBERS) require(name, there[name], again[name]);
  if (!toFloatBytes(there.batchLosses).equals(toFloatBytes(again.batchLosses)))
    throw contradiction(there, 'batchLosses', `[${there.batchLosses}]`, `[${again.batchLosses}]`);
  // A distance that is not known contradicts nothing.
  if (there.weightDistance !== null && again.weightDistance !== null)
    require('weightDistance', there.weightDistance, again.weightDistance);
  const [before, after] = [there.metrics ?? {}, again.metrics ?? {}];
  for (const metric of new Set([...Object.keys(before), ...Object.keys(after)]))
    require(metric, before[metric], after[metric]);
}

function contradiction(
  { runId, step }: EvaluationRecord,
  field: string,
  there: unknown,
  again: unknown,
): EspalierError {
  return new EspalierError(
    'failed',
    `The evaluation of run ${runId} at step ${step} was recorded with ${field} ${there} and came again with ${again}; a repeated computation must give the same numbers.`,
    { hint: 'The engine, its version or the machine changed within the run. Start the study again.' },
  );
}
