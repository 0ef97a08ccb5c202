/** Evaluations: losses to the last bit, NaN and infinities included. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import type { EvaluationRecord } from '../contract/records.ts';
import type { EvaluationStore } from './history.ts';
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
  readonly seconds: number;
}

const COLUMNS = `run_id AS runId, step, loss, batch_losses AS batchLosses, training_loss AS trainingLoss,
  gradient_norm AS gradientNorm, learning_rate AS learningRate, seconds`;

export function evaluationRows(database: Database): EvaluationStore {
  const insert = database.prepare(`INSERT INTO evaluations
    (run_id, step, loss, batch_losses, training_loss, gradient_norm, learning_rate, seconds)
    VALUES (@runId, @step, @loss, @batchLosses, @trainingLoss, @gradientNorm, @learningRate, @seconds)`);
  const selectOne = database.prepare<[string, number], EvaluationRow>(
    `SELECT ${COLUMNS} FROM evaluations WHERE run_id = ? AND step = ?`,
  );
  const selectOfRun = database.prepare<[string], EvaluationRow>(
    `SELECT ${COLUMNS} FROM evaluations WHERE run_id = ? ORDER BY step`,
  );

  return {
    recordEvaluations: (evaluations) =>
      database
        .transaction(() => {
          for (const evaluation of evaluations) {
            const there = selectOne.get(evaluation.runId, evaluation.step);
            if (there === undefined) insert.run(toRow(evaluation));
            else requireEqual(fromRow(there), evaluation);
          }
        })
        .immediate(),
    listEvaluations: (runId) => selectOfRun.all(runId).map(fromRow),
  };
}

function toRow(evaluation: EvaluationRecord): EvaluationRow {
  return {
    ...evaluation,
    loss: toStoredNumber(evaluation.loss),
    batchLosses: toFloatBytes(evaluation.batchLosses),
    trainingLoss: toStoredNumber(evaluation.trainingLoss),
    gradientNorm: toStoredNumber(evaluation.gradientNorm),
  };
}

function fromRow(row: EvaluationRow): EvaluationRecord {
  return Object.freeze({
    ...row,
    loss: fromStoredNumber(row.loss),
    batchLosses: fromFloatBytes(row.batchLosses),
    trainingLoss: fromStoredNumber(row.trainingLoss),
    gradientNorm: fromStoredNumber(row.gradientNorm),
  });
}

/** Fields that a repeated computation must reproduce; wall seconds are not among them. */
const NUMBERS = ['loss', 'trainingLoss', 'gradientNorm', 'learningRate'] as const;

function requireEqual(there: EvaluationRecord, again: EvaluationRecord): void {
  for (const name of NUMBERS)
    if (!Object.is(there[name], again[name])) throw contradiction(there, name, there[name], again[name]);
  if (!toFloatBytes(there.batchLosses).equals(toFloatBytes(again.batchLosses)))
    throw contradiction(there, 'batchLosses', `[${there.batchLosses}]`, `[${again.batchLosses}]`);
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
