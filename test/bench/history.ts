/**
 * Evaluations a second into the history, through the store's own method: one in each transaction, as a study under
 * way records them (each is on the disk when the method returns), and many in one, as when a source is used again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvaluationRecord } from '../../src-main/contract/records.ts';
import { openHistory } from '../../src-main/history/open-history.ts';
import { run, study } from '../history/records.ts';

export interface HistoryRow {
  readonly evaluationsPerTransaction: number;
  readonly evaluations: number;
  /** Best of the rounds. */
  readonly evaluationsPerSecond: number;
  /** Time for one transaction in that round. */
  readonly msPerTransaction: number;
}

const BATCHES = 40;
const PLANS = [
  { perTransaction: 1, evaluations: 500 },
  { perTransaction: 100, evaluations: 20_000 },
  { perTransaction: 1000, evaluations: 20_000 },
] as const;
const ROUNDS = 3;

/** Writes to a folder of its own in the system's folder for temporary files. */
export async function benchHistory({ json }: { readonly json: boolean }): Promise<void> {
  for (const { perTransaction, evaluations } of PLANS) {
    const seconds = Math.min(...Array.from({ length: ROUNDS }, () => record(evaluations, perTransaction)));
    const row: HistoryRow = {
      evaluationsPerTransaction: perTransaction,
      evaluations,
      evaluationsPerSecond: Number((evaluations / seconds).toPrecision(4)),
      msPerTransaction: Number(((1000 * seconds * perTransaction) / evaluations).toPrecision(4)),
    };
    process.stdout.write(
      json
        ? `${JSON.stringify(row)}\n`
        : `${String(perTransaction).padStart(5)} a transaction  ${row.evaluationsPerSecond.toFixed(0).padStart(8)} evaluations/s  ${row.msPerTransaction.toFixed(3).padStart(9)} ms a transaction\n`,
    );
  }
}

/** Seconds for `count` evaluations of 40 batches in a new history. */
function record(count: number, perTransaction: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-bench-'));
  try {
    const history = openHistory(folder, { mode: 'write' });
    history.createStudy(study('bench'));
    const { id: runId } = history.createRun(run('bench/source', 'bench'));
    const batchLosses = Float32Array.from({ length: BATCHES }, (_, batch) => 2 + batch / 100);
    const evaluation = (step: number): EvaluationRecord => ({
      runId,
      step,
      loss: 2 + 1 / (step + 1),
      batchLosses,
      trainingLoss: 2,
      gradientNorm: 0.5,
      learningRate: 1e-3,
      weightDistance: null,
      seconds: step / 100,
    });
    const transactions = Array.from({ length: count / perTransaction }, (_, index) =>
      Array.from({ length: perTransaction }, (_, within) => evaluation(index * perTransaction + within)),
    );
    const begun = performance.now();
    for (const evaluations of transactions) history.recordEvaluations(evaluations);
    const seconds = (performance.now() - begun) / 1000;
    history.close();
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
