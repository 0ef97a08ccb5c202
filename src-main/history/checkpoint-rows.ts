/** Which checkpoint files exist, and which runs need them. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import type { CheckpointRecord } from '../contract/records.ts';
import type { CheckpointStore } from './history.ts';

export const CHECKPOINT_COLUMNS = 'hash, run_id AS runId, step, bytes, kind';

type Place = Pick<CheckpointRecord, 'runId' | 'step' | 'kind'>;

export function checkpointRows(database: Database): CheckpointStore {
  const insert = database.prepare(
    'INSERT INTO checkpoints (run_id, step, kind, hash, bytes) VALUES (@runId, @step, @kind, @hash, @bytes)',
  );
  const selectOne = database.prepare<[Place], CheckpointRecord>(
    `SELECT ${CHECKPOINT_COLUMNS} FROM checkpoints WHERE run_id = @runId AND step = @step AND kind = @kind`,
  );
  const kindRank = `CASE kind WHEN 'start' THEN 0 WHEN 'resume' THEN 1 ELSE 2 END`;
  const selectOfRun = database.prepare<[string], CheckpointRecord>(
    `SELECT ${CHECKPOINT_COLUMNS} FROM checkpoints WHERE run_id = ? ORDER BY step, ${kindRank}`,
  );
  const remove = database.prepare<[Place]>(
    'DELETE FROM checkpoints WHERE run_id = @runId AND step = @step AND kind = @kind',
  );
  const isReferenced = database.prepare<[string], number>('SELECT 1 FROM checkpoints WHERE hash = ? LIMIT 1');
  const selectHashes = database.prepare<[], string>('SELECT DISTINCT hash FROM checkpoints').pluck();

  return {
    addCheckpoint: (checkpoint) =>
      database
        .transaction(() => {
          const there = selectOne.get(checkpoint);
          if (there === undefined) insert.run(checkpoint);
          else if (there.hash !== checkpoint.hash || there.bytes !== checkpoint.bytes)
            throw new EspalierError(
              'failed',
              `Run ${there.runId} has the ${there.kind} checkpoint ${there.hash} at step ${there.step}; it came again as ${checkpoint.hash}. A repeated computation must give the same bytes.`,
              {
                hint: 'The engine, its version or the machine changed within the run. Start the study again.',
              },
            );
        })
        .immediate(),
    listCheckpoints: (runId) => selectOfRun.all(runId).map((row) => Object.freeze(row)),
    latestCheckpoint: (runId) => {
      const latest = selectOfRun.all(runId).at(-1);
      return latest === undefined ? null : Object.freeze(latest);
    },
    deleteCheckpoint: (checkpoint) =>
      database
        .transaction(() => {
          const there = selectOne.get(checkpoint);
          if (there === undefined)
            throw new EspalierError(
              'bad-input',
              `Run ${checkpoint.runId} has no ${checkpoint.kind} checkpoint at step ${checkpoint.step}.`,
            );
          remove.run(checkpoint);
          return isReferenced.get(there.hash) === undefined ? there.hash : null;
        })
        .immediate(),
    referencedCheckpoints: () => new Set(selectHashes.all()),
  };
}
